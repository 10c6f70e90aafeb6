/** The one stylesheet, served as `/style.css`. Text has a contrast of 4.5 or more on what is behind it, in both schemes. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1b1f, #ececf1);
  --paper: light-dark(#ffffff, #17171b);
  --panel: light-dark(#f4f5f8, #222228);
  --line: light-dark(#8a8f9c, #7b8090);
  --link: light-dark(#0b4f9e, #9ecbff);
  --good: light-dark(#0b6b32, #7ee2a4);
  --bad: light-dark(#a3172a, #ff9ba6);
  --wait: light-dark(#7a4a00, #f5c36b);
  --focus: light-dark(#b45309, #fbbf24);
}
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--paper); }
.skip:focus { left: 0; z-index: 1; }
body > header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .75rem 1rem; background: var(--panel); border-bottom: 1px solid var(--line); }
header nav ul { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; padding: 0; list-style: none; }
header .who { margin: 0 0 0 auto; }
[aria-current] { font-weight: 700; }
.count { display: inline-block; padding: 0 .45rem; border: 1px solid var(--bad); border-radius: 1rem; color: var(--bad); font-size: .875rem; font-weight: 600; }
main, footer { max-width: 80rem; margin: 0 auto; padding: 1rem; }
main { overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; }
h2 { margin-top: 2rem; font-size: 1.25rem; border-bottom: 1px solid var(--line); }
h3 { margin: 0 0 .5rem; font-size: 1.05rem; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { font-weight: 600; }
dd { margin: 0; }
@media (max-width: 40rem) { dl { grid-template-columns: minmax(6rem, 40%) 1fr; } }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
caption { padding: .25rem 0; text-align: left; font-weight: 600; }
th, td { padding: .4rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { background: var(--panel); }
thead th { overflow-wrap: normal; }
.id, time, .number, .state { white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; }
pre { margin: .25rem 0; padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); }
code { overflow-wrap: anywhere; }
fieldset { min-width: 0; margin: .5rem 0; border: 1px solid var(--line); border-radius: .4rem; }
label { display: block; font-weight: 600; }
label.choice { font-weight: 400; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .3rem; padding: .4rem .5rem; max-width: 100%; }
input[type="radio"] { margin-right: .4rem; }
textarea { width: 100%; }
button { padding: .4rem 1rem; cursor: pointer; background: var(--panel); }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-top: .75rem; }
.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .75rem 1rem; align-items: start; }
.filters input, .filters select { width: 100%; }
.hint { margin: .1rem 0; }
.wrong { margin: .2rem 0; color: var(--bad); font-weight: 600; }
.wrong + label { margin-top: .6rem; }
[aria-invalid] { border-color: var(--bad); border-width: 2px; }
.message { padding: .5rem .75rem; border-left: .3rem solid var(--good); background: var(--panel); }
.message.bad { border-color: var(--bad); }
.state { font-weight: 600; }
.state.succeeded, .state.delivered { color: var(--good); }
.state.failed, .state.dead { color: var(--bad); }
.state.pending, .state.unknown, .state.requested, .state.open, .state.due { color: var(--wait); }
.deliveries { min-width: 64rem; }
.deliveries code, .deliveries button { white-space: nowrap; }
.review { margin: 1rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .4rem; }
.timeline { table-layout: fixed; min-width: 48rem; }
.timeline th:first-child { width: 15rem; }
.timeline dl { display: block; }
.timeline dd { margin-left: 1rem; }
.timeline td p { margin: 0; }
.timeline td:not(:empty) { background: var(--panel); }
.diagram, .chart { display: block; width: 100%; max-width: 48rem; height: auto; }
.diagram .node { fill: var(--paper); stroke: var(--line); stroke-width: 1.5; }
.diagram .now .node { fill: var(--ink); stroke: var(--ink); }
.diagram .now text { fill: var(--paper); font-weight: 700; }
.diagram .been .node { stroke: var(--link); stroke-width: 3; }
.diagram text, .chart text { fill: var(--ink); font-size: 15px; }
.diagram text { text-anchor: middle; dominant-baseline: central; }
.diagram .way { fill: none; stroke: var(--line); stroke-width: 1; opacity: .55; }
.diagram .way.taken { stroke: var(--link); stroke-width: 4; opacity: 1; }
.diagram .head { fill: var(--line); }
.diagram .head.taken { fill: var(--link); }
.chart .bar { fill: var(--link); }
.chart .track { fill: var(--panel); stroke: var(--line); }
`;
