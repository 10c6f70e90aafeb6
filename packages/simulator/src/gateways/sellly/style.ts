export const STYLE = `
.sellly { --accent: #6b21a8; }
.sellly:has(.stripe) { --accent: #3d3a8c; }
.cashbill fieldset { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .5rem; }
.cashbill fieldset label { padding: .75rem; border-radius: .4rem; background: var(--card); }
.cashbill label:has(:checked) { outline: 2px solid currentColor; }
.card { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; }
.card label:first-of-type { grid-column: 1 / -1; }
.card input { width: 100%; }
`;
