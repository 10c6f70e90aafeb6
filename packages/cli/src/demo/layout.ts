import { LANGUAGE_TAGS, LANGUAGES, type Language } from "@pay/i18n";
import { html } from "hono/html";
import { TEXTS } from "./texts/index.ts";

/** The return type of hono's `html`: text in which inserted values are escaped. */
export type Markup = ReturnType<typeof html>;

/** The demo's other pages on this machine. */
export interface Links {
  /** The simulator's home page. Its payment pages have the same origin. */
  readonly gateways: string;
  /** The operator's console. */
  readonly console: string;
}

export interface Frame {
  readonly language: Language;
  readonly title: string;
  readonly links: Links;
  /** Address of the events that report changes. With it, the page updates itself, also without script. */
  readonly events?: string;
}

/** A whole page: one style sheet, a script only if the page updates itself, and a link to each language. */
export function layout({ language, title, links, events }: Frame, content: Markup): Markup {
  const t = TEXTS[language];
  return html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} – ${t.shop}</title>
    <link rel="stylesheet" href="/style.css">
    ${events === undefined ? "" : live()}
  </head>
  <body>
    <header>
      <a class="name" href="/?lang=${language}">${t.shop}</a>
      <nav aria-label="${t.language}">${LANGUAGE_TAGS.map((tag) => languageLink(tag, language))}</nav>
    </header>
    <main ${events === undefined ? "" : html`data-events="${events}"`}>
      ${content}
    </main>
    <footer>
      <p>${t.demo}</p>
      <nav aria-label="${t.behind}">
        <a href="${links.gateways}/?lang=${language}">${t.gateways}</a>
        <a href="${links.console}?lang=${language}">${t.console}</a>
      </nav>
    </footer>
  </body>
</html>`;
}

function live(): Markup {
  return html`<script src="/live.js" defer></script>
    <noscript><meta http-equiv="refresh" content="3"></noscript>`;
}

function languageLink(tag: Language, current: Language): Markup {
  const mark = tag === current ? html`aria-current="true"` : "";
  return html`<a href="?lang=${tag}" lang="${tag}" hreflang="${tag}" ${mark}>${LANGUAGES[tag].name}</a>`;
}
