/** The stylesheet, served as `/style.css`: the common rules, and each gateway's own. */
export function styleOf(gateways: readonly { readonly style: string }[]): string {
  return COMMON + gateways.map(({ style }) => style).join("");
}

const COMMON = `
:root { color-scheme: light dark; --ink: light-dark(#1b1b1f, #eeeef2); --paper: light-dark(#fff, #17171b); --card: light-dark(#f4f4f7, #232329); --accent: #3b4252; }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; padding: .75rem 1rem; color: #fff; background: var(--accent); }
main a { color: light-dark(#0b57a4, #8ab8ff); }
header a { color: inherit; }
nav { display: flex; flex-wrap: wrap; gap: 0 1rem; }
main { max-width: 36rem; margin: 1.5rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
.home main { max-width: 64rem; }
.note { padding: .5rem .75rem; border-left: .25rem solid var(--accent); background: var(--card); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
.checkout dl { padding: 1rem; border-radius: .5rem; background: var(--card); }
.checkout dd:first-of-type { font-size: 1.75rem; font-weight: 700; line-height: 1; }
fieldset { margin: 0 0 1rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: .5rem; }
fieldset label { display: block; }
form.buttons, .buttons { display: grid; gap: .5rem; }
form.line, div.line { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .5rem 0; }
button, input, select, textarea { font: inherit; color: inherit; }
button { padding: .6rem 1rem; border: 1px solid currentColor; border-radius: .4rem; background: none; cursor: pointer; }
button[value="pay"] { color: #fff; border-color: var(--accent); background: var(--accent); }
input:not([type="radio"], [type="checkbox"]), select, textarea { padding: .4rem .5rem; border: 1px solid currentColor; border-radius: .3rem; background: var(--paper); }
textarea { width: 100%; font-family: ui-monospace, monospace; font-size: .875rem; }
pre { overflow: auto; max-height: 24rem; padding: .75rem; border-radius: .4rem; background: var(--card); white-space: pre-wrap; }
:focus-visible { outline: 3px solid light-dark(#b45309, #f59e0b); outline-offset: 2px; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .25rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } }
`;
