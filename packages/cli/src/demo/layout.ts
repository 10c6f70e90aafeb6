import { html } from "hono/html";
import { LANGUAGES, type Language, TEXTS } from "./texts.ts";

/** What hono's `html` makes: text whose inserted values were escaped. */
export type Markup = ReturnType<typeof html>;

/** Pages of others on this machine that belong to the demo. */
export interface Links {
  /** The simulator's page; its payment pages are on the same origin. */
  readonly gateways: string;
  /** The operator's console. */
  readonly console: string;
}

export interface Frame {
  readonly language: Language;
  readonly title: string;
  readonly links: Links;
  /** Where the page hears that it has changed; it keeps itself up to date with script and without. */
  readonly events?: string;
}

/** A whole page: one stylesheet, a script only where the page changes by itself, a link to each language. */
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
      <nav aria-label="${t.language}">${LANGUAGES.map(([tag, name]) => languageLink(tag, name, language))}</nav>
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

function languageLink(tag: Language, name: string, current: Language): Markup {
  const mark = tag === current ? html`aria-current="true"` : "";
  return html`<a href="?lang=${tag}" lang="${tag}" hreflang="${tag}" ${mark}>${name}</a>`;
}
