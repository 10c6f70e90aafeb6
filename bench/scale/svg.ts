import { escaped } from "../harness/svg.ts";
import type { KeptSize } from "./size.ts";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [720, 320, 60, 40, 40, 170] as const;
const LINES = [
  ["callback", "callback, one connection", "#2e7d4f"],
  ["open", "checkout's commit", "#2b5fa8"],
  ["page", "an order's page", "#a8642b"],
  ["list", "list page", "#8a8a2b"],
  ["sweep", "sweep", "#7a3fa0"],
] as const;

/** Plots milliseconds over the number of payments, both in powers of ten. A flat line means that the cost does not depend on the number. */
export function curves(title: string, sizes: readonly KeptSize[]): string {
  const drawn = LINES.flatMap(([key, name, color]) => {
    const values = sizes.flatMap((size) => size[key] ?? []);
    // A field that some measurements do not have is not drawn.
    return values.length === sizes.length ? [{ name, color, values }] : [];
  });
  const all = drawn.flatMap(({ values }) => values);
  const [low, high] = [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))];
  const [first, last] = [Math.log10(sizes[0]!.payments), Math.log10(sizes.at(-1)!.payments)];
  const x = (payments: number) =>
    LEFT + ((Math.log10(payments) - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number) => HEIGHT - BOTTOM - ((Math.log10(ms) - low) / (high - low)) * (HEIGHT - BOTTOM - TOP);
  const grid = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n)).map(
    (ms) =>
      `<path d="M${LEFT} ${y(ms).toFixed(1)}H${WIDTH - RIGHT}" class="grid"/><text x="${LEFT - 6}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end">${ms} ms</text>`,
  );
  const ticks = sizes.map(
    ({ payments }) =>
      `<text x="${x(payments).toFixed(1)}" y="${HEIGHT - 16}" text-anchor="middle">${payments.toLocaleString("en")}</text>`,
  );
  const lines = drawn.map(({ name, color, values }) => {
    const points = sizes.map(({ payments }, n) => `${x(payments).toFixed(1)},${y(values[n]!).toFixed(1)}`).join(" ");
    const end = y(values.at(-1)!) + 4;
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2"/><text x="${WIDTH - RIGHT + 8}" y="${end.toFixed(1)}" style="fill:${color}">${escaped(name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<style>text{fill:#222}.grid{stroke:#999;stroke-opacity:.4}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
<text x="8" y="20" font-size="15">${escaped(title)}</text>
${[...grid, ...ticks, ...lines].join("\n")}
</svg>
`;
}
