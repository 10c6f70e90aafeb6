import { LANGUAGE_TAGS, LANGUAGES, type Language } from "@pay/i18n";
import { html } from "hono/html";
import { FAILING_SHOWN } from "./context.ts";
import { fill } from "./texts/fill.ts";
import type { Markup, Query, View } from "./view.ts";

export interface Frame {
  readonly title: string;
  /** Path and query of this page, for the links to other languages. */
  readonly path: string;
  readonly query?: Query;
  /** Reports a success. */
  readonly done?: string | undefined;
  /** Reports a failure. */
  readonly problem?: Markup | undefined;
  /** True if the script renews the page's table while it is open. */
  readonly live?: boolean;
}

const SECTIONS = [
  ["payments", "/"],
  ["reviews", "/reviews"],
  ["failing", "/failing"],
  ["statistics", "/statistics"],
] as const;

/** A whole page: landmarks, one first-level heading, no inline script or style. */
export function layout(view: View, frame: Frame, content: Markup): Markup {
  const { language, operator, texts, timeZone, to } = view;
  const { words } = texts;
  const { done, live = false, path, problem, query, title } = frame;
  const links = LANGUAGE_TAGS.filter((tag) => tag !== language).map((tag) =>
    languageLink(tag, to(path, { ...query, lang: tag })),
  );
  const script = live ? html`<script src="${to("/live.js")}" defer></script>` : "";
  return html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} – ${words.product}</title>
    <link rel="stylesheet" href="${to("/style.css")}">
    ${script}
  </head>
  <body>
    <a class="skip" href="#content">${words.skip}</a>
    <header>
      <strong>${words.product}</strong>
      <nav aria-label="${words.sections}">
        <ul>${SECTIONS.map(([name, section]) => html`<li><a href="${to(section)}"${here(path, section)}>${words[name]}${name === "failing" ? count(view) : ""}</a></li>`)}</ul>
      </nav>
      <p class="who">${fill(words.signedInAs, { name: operator })}</p>
      ${links}
    </header>
    <main id="content" tabindex="-1">
      <h1>${title}</h1>
      ${done === undefined ? "" : html`<p class="message" role="status">${done}</p>`}
      ${problem === undefined ? "" : html`<div class="message bad" role="alert">${problem}</div>`}
      ${content}
    </main>
    <footer><p>${fill(words.timesIn, { zone: timeZone })}</p></footer>
  </body>
</html>`;
}

function languageLink(tag: Language, address: string): Markup {
  return html`<a href="${address}" lang="${tag}" hreflang="${tag}">${LANGUAGES[tag].name}</a>`;
}

function count({ failing = 0 }: View): Markup | string {
  if (failing === 0) return "";
  return html` <span class="count">${failing > FAILING_SHOWN ? `${FAILING_SHOWN}+` : failing}</span>`;
}

function here(path: string, section: string): Markup | string {
  return path === section ? html` aria-current="page"` : "";
}

/** A table with a caption. It also scrolls sideways by keyboard. */
export function table(caption: string, heads: readonly string[], rows: readonly Markup[], style = ""): Markup {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
        <table class="${style}">
          <caption>${caption}</caption>
          <thead><tr>${heads.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
          <tbody>${rows}</tbody>
        </table>
      </div>`;
}

/** Names and values. Rows without a value are left out. */
export function facts(rows: readonly (readonly [string, Markup | string | undefined])[]): Markup {
  const given = rows.filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return html``;
  return html`<dl>${given.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
