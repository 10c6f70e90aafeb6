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

/** The one stylesheet, served as `/style.css`. */
export const STYLE: string = `
:root { color-scheme: light dark; --ink: light-dark(#1b1b1f, #eeeef2); --paper: light-dark(#fff, #17171b); --accent: #3b4252; }
.gosetti { --accent: #00508f; }
.sellly { --accent: #6b21a8; }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { display: flex; justify-content: space-between; gap: 1rem; padding: .75rem 1rem; color: #fff; background: var(--accent); }
header a { color: inherit; }
main { max-width: 36rem; margin: 1.5rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
.home main { max-width: 60rem; }
.sellly main { border-top: .5rem dotted var(--accent); padding-top: 1rem; }
.note { padding: .5rem .75rem; border-left: .25rem solid var(--accent); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
fieldset { margin-bottom: 1rem; }
fieldset label { display: block; }
form.buttons, .buttons { display: grid; gap: .5rem; }
button { padding: .6rem 1rem; font: inherit; border: 1px solid currentColor; border-radius: .4rem; background: none; color: inherit; cursor: pointer; }
button[value="pay"] { color: #fff; background: var(--accent); }
:focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .25rem .5rem; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
`;
