import { html } from "hono/html";
import { type Language, TEXTS } from "./texts.ts";

/** What hono's `html` makes: text whose inserted values were escaped. */
export type Markup = ReturnType<typeof html>;

export interface Frame {
  /** Also the class of the body: each gateway has its own look. */
  readonly look: "gosetti" | "sellly" | "home";
  readonly language: Language;
  readonly title: string;
}

const NAMES = { gosetti: "GOSetti.pl · PaySafeCard", sellly: "Sellly", home: "@pay/simulator" };

/** A link within the simulator's own pages, which keeps the language. */
export function to(path: string, language: Language): string {
  return `${path}${path.includes("?") ? "&" : "?"}lang=${language}`;
}

/** A whole page: no script, one stylesheet, a link to the other language. */
export function layout({ look, language, title }: Frame, content: Markup): Markup {
  const t = TEXTS[language];
  const other: Language = language === "pl" ? "en" : "pl";
  return html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} – ${NAMES[look]}</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body class="${look}">
    <header>
      <strong>${NAMES[look]}</strong>
      ${look === "home" ? navigation(language) : ""}
      <a href="?lang=${other}" lang="${other}" hreflang="${other}">${t.other}</a>
    </header>
    <main>
      <p class="note">${t.simulated}</p>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>`;
}

function navigation(language: Language): Markup {
  const t = TEXTS[language];
  return html`<nav aria-label="${t.navigation}">
        <a href="${to("/", language)}">${t.overview}</a>
        <a href="${to("/exchanges", language)}">${t.exchanges}</a>
        <a href="${to("/chaos", language)}">${t.chaos}</a>
      </nav>`;
}
