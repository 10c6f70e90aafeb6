import { holds, type Row } from "./benchmark.ts";

const WIDTH = 880;
const LABEL = 460;
const LINE = 26;
const BAR = WIDTH - LABEL - 130;

/** Draws one bar per row, with all goals on one vertical line. A bar must reach the line, or must stay before it. */
export function bars(title: string, rows: readonly Row[]): string {
  const height = 60 + rows.length * LINE;
  const goalAt = LABEL + BAR / 2;
  const lines = rows.map((row, at) => {
    const { goal, measured, what } = row;
    const scale = (value: number) => Math.min(BAR, (value / goal.value) * (BAR / 2));
    const y = 50 + at * LINE;
    const [low, high] = [scale(measured.lowest), scale(measured.highest)].map((length) => LABEL + length) as [
      number,
      number,
    ];
    const number = `${measured.median.toFixed(2)}${goal.unit} (${{ "at least": "≥", "at most": "≤", "more than": ">" }[goal.kind]} ${goal.value})`;
    return [
      `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${escaped(short(what))}</text>`,
      `<rect x="${LABEL}" y="${y + 3}" width="${scale(measured.median).toFixed(1)}" height="14" rx="2" class="${holds(row) ? "holds" : "missed"}"/>`,
      `<path d="M${low.toFixed(1)} ${y + 10}H${high.toFixed(1)}" class="spread"/>`,
      `<text x="${WIDTH - 122}" y="${y + 13}">${escaped(number)}</text>`,
    ].join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<style>text{fill:#222}.holds{fill:#2e7d4f}.missed{fill:#b3462f}.spread{stroke:#222;stroke-width:1.5}.goal{stroke:#222;stroke-dasharray:4 3}@media(prefers-color-scheme:dark){text{fill:#ddd}.spread,.goal{stroke:#ddd}}</style>
<text x="8" y="20" font-size="15">${escaped(title)}</text>
<path d="M${goalAt} 36V${height - 6}" class="goal"/><text x="${goalAt}" y="32" text-anchor="middle">goal</text>
${lines.join("\n")}
</svg>
`;
}

function short(text: string): string {
  return text.length <= 74 ? text : `${text.slice(0, 73)}…`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
