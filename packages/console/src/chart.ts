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
/** Letters of a name that fit into its column. The table beside the chart has the whole name. */
const LETTERS = 20;

/** Bars with their names and values. Screen readers get the sentence instead. */
export function barChart(sentence: string, bars: readonly Bar[]): Markup {
  const rows = bars.map(({ name, share, text }, index) => {
    const top = index * ROW;
    const short = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
    return html`<text x="0" y="${top + 23}">${short}</text>
          <rect class="track" x="${NAMES}" y="${top + 6}" width="${LONGEST}" height="24"/>
          <rect class="bar" x="${NAMES}" y="${top + 6}" width="${Math.round(share * LONGEST)}" height="24"/>
          <text x="${NAMES + LONGEST + 10}" y="${top + 23}">${text}</text>`;
  });
  return html`<svg class="chart" role="img" aria-label="${sentence}" viewBox="0 0 ${WIDTH} ${bars.length * ROW}">
          ${rows}
        </svg>`;
}
