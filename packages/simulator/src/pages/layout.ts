import { LANGUAGE_TAGS, LANGUAGES, type Language } from "@pay/i18n";
import { html } from "hono/html";
import { TEXTS } from "../texts/index.ts";
import type { Markup } from "./markup.ts";

export interface Frame {
  /** The gateway's class and title on its payment page. Left out on the simulator's own pages. */
  readonly brand?: { readonly look: string; readonly title: string };
  readonly language: Language;
  readonly title: string;
}

const HOME = { look: "home", title: "@pay/simulator" };

/** A link within the simulator's own pages that keeps the language. */
export function to(path: string, language: Language): string {
  return `${path}${path.includes("?") ? "&" : "?"}lang=${language}`;
}

/** A complete page without script: one stylesheet, and links to the other languages. */
export function layout({ brand = HOME, language, title }: Frame, content: Markup): Markup {
  return html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} – ${brand.title}</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body class="${brand.look}">
    <header>
      <strong>${brand.title}</strong>
      ${brand === HOME ? navigation(language) : ""}
      ${languageNames(language)}
    </header>
    <main>
      <p class="note">${TEXTS[language].common.simulated}</p>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>`;
}

/** Each language by its own name. */
function languageNames(language: Language): Markup[] {
  return LANGUAGE_TAGS.filter((one) => one !== language).map(
    (other) => html`<a href="?lang=${other}" lang="${other}" hreflang="${other}">${LANGUAGES[other].name}</a>`,
  );
}

function navigation(language: Language): Markup {
  const t = TEXTS[language].common;
  return html`<nav aria-label="${t.navigation}">
        <a href="${to("/", language)}">${t.overview}</a>
        <a href="${to("/exchanges", language)}">${t.exchanges}</a>
        <a href="${to("/chaos", language)}">${t.chaos}</a>
      </nav>`;
}
