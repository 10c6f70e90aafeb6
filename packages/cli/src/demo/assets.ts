/** The one stylesheet, served as `/style.css`. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1b1f, #ececf1);
  --quiet: light-dark(#55565f, #b4b5c0);
  --paper: light-dark(#f6f6f9, #131317);
  --card: light-dark(#fff, #1d1d23);
  --line: light-dark(#83848f, #777884);
  --accent: light-dark(#1f5130, #8fd3a6);
  --on-accent: light-dark(#fff, #0d2214);
}
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, main, footer { max-width: 40rem; margin: 0 auto; padding: 1rem; }
header, footer nav { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }
header { justify-content: space-between; border-bottom: 1px solid var(--line); }
header nav a + a { margin-left: 1rem; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); color: var(--quiet); }
h1 { line-height: 1.2; }
a { color: var(--accent); text-underline-offset: .2em; }
a.name, [aria-current] { font-weight: 700; color: inherit; }
a.name, header [aria-current] { text-decoration: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
fieldset, dl, .card { margin: 0 0 1.25rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
legend { padding: 0 .35rem; font-weight: 700; }
fieldset label { display: flex; gap: .75rem; align-items: baseline; padding: .35rem 0; }
fieldset label span:last-child:not(:only-of-type) { margin-left: auto; font-variant-numeric: tabular-nums; white-space: nowrap; }
input { accent-color: var(--accent); }
input[type="email"] { display: block; width: 100%; margin: .25rem 0 1.25rem; padding: .6rem .75rem; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
button, .button { display: inline-block; padding: .7rem 1.25rem; font: inherit; font-weight: 700; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .5rem; cursor: pointer; text-decoration: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
dd ul { margin: 0; padding: 0; list-style: none; }
`;

/** Replaces only the changed parts of the page, so that a screen reader reads only these. Served as `/live.js`. */
export const LIVE: string = `
const events = new EventSource(document.querySelector("[data-events]").dataset.events);
events.onmessage = ({ data }) => {
  const fresh = new DOMParser().parseFromString(data, "text/html");
  document.title = fresh.title;
  for (const now of document.querySelectorAll("main > [id]")) {
    const next = fresh.getElementById(now.id);
    if (!now.isEqualNode(next)) now.replaceChildren(...next.childNodes);
  }
  if (fresh.querySelector("[data-events]") === null) events.close();
};
`;
