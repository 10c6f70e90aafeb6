import { html } from "hono/html";
import type { Markup } from "./view.ts";

export interface Bar {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
  readonly text: string;
}

const [WIDTH, ROW, NAMES, VALUES] = [720, 36, 200, 120];
const LONGEST = WIDTH - NAMES - VALUES;
/** Letters of a name that its column holds for sure. The table beside has it whole. */
const LETTERS = 20;

/** Bars with their names and values, said in one sentence to whoever does not see them. */
export function barChart(said: string, bars: readonly Bar[]): Markup {
  const rows = bars.map(({ name, share, text }, index) => {
    const top = index * ROW;
    const short = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
    return html`<text x="0" y="${top + 23}">${short}</text>
          <rect class="track" x="${NAMES}" y="${top + 6}" width="${LONGEST}" height="24"/>
          <rect class="bar" x="${NAMES}" y="${top + 6}" width="${Math.round(share * LONGEST)}" height="24"/>
          <text x="${NAMES + LONGEST + 10}" y="${top + 23}">${text}</text>`;
  });
  return html`<svg class="chart" role="img" aria-label="${said}" viewBox="0 0 ${WIDTH} ${bars.length * ROW}">
          ${rows}
        </svg>`;
}
