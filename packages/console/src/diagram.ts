import type { HistoryEntry, PaymentState } from "@pay/core";
import { html } from "hono/html";
import { STATES, WAYS } from "./state-table.ts";
import { fill } from "./texts/fill.ts";
import type { Markup, View } from "./view.ts";

const BOX = { width: 124, height: 40 };
const [WIDTH, HEIGHT] = [710, 330];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The states of a payment. The current one and the path to it are highlighted, and described in words. */
export function diagram(view: View, state: PaymentState, history: readonly HistoryEntry[]): Markup {
  const { states, words } = view.texts;
  const moves = history.filter(({ from, to }) => Object.hasOwn(STATES, from) && from !== to);
  const been = new Set(moves.flatMap(({ from, to }) => [from, to]));
  const isTaken = (way: { readonly from: string; readonly to: string }) =>
    moves.some(({ from, to }) => from === way.from && to === way.to);
  const named = (name: string) => states[name as PaymentState];
  const way = moves.map(({ from, to }) => `${named(from)} › ${named(to)}`).join(", ");
  const said = `${fill(words.diagramNow, { state: states[state] })} ${way === "" ? words.diagramNoWay : fill(words.diagramWay, { way })}`;
  // The path taken is drawn last, over the other lines.
  const drawn = [...WAYS].sort((a, b) => Number(isTaken(a)) - Number(isTaken(b)));
  return html`<svg class="diagram" role="img" aria-labelledby="diagram-title" aria-describedby="diagram-text" viewBox="0 0 ${WIDTH} ${HEIGHT}">
        <title id="diagram-title">${words.diagramTitle}</title>
        <defs>${head("head", "")}${head("head-taken", " taken")}</defs>
        ${drawn.map((one) => wayPath(one, isTaken(one)))}
        ${Object.keys(STATES).map((name) => box(named(name), STATES[name as PaymentState], name === state ? "now" : been.has(name as PaymentState) ? "been" : ""))}
      </svg>
      <p id="diagram-text">${said}</p>`;
}

function head(id: string, taken: string): Markup {
  return html`<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="head${taken}" d="M0 0 L8 4 L0 8 Z"/></marker>`;
}

function box(text: string, { x, y }: Point, style: string): Markup {
  const { height, width } = BOX;
  return html`<g class="${style}"><rect class="node" x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="8"/><text x="${x}" y="${y}">${text}</text></g>`;
}

function wayPath({ from, to, over = 0 }: (typeof WAYS)[number], taken: boolean): Markup {
  const [start, end] = [STATES[from], STATES[to]];
  const bend = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 + over };
  const [a, b] = [border(start, bend), border(end, bend)];
  const style = taken ? "way taken" : "way";
  return html`<path class="${style}" marker-end="url(#${taken ? "head-taken" : "head"})" d="M${a.x} ${a.y} Q${bend.x} ${bend.y} ${b.x} ${b.y}"/>`;
}

/** The point where the line from the middle of a box to another point leaves the box. */
function border(middle: Point, towards: Point): Point {
  const [dx, dy] = [towards.x - middle.x, towards.y - middle.y];
  const scale = Math.min(BOX.width / 2 / Math.abs(dx || 1), BOX.height / 2 / Math.abs(dy || 1));
  return { x: Math.round(middle.x + dx * scale), y: Math.round(middle.y + dy * scale) };
}
