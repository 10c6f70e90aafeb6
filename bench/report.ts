import { readFileSync, writeFileSync } from "node:fs";
import { goalText, holds, type Row } from "./harness/benchmark.ts";
import { bars } from "./harness/svg.ts";
import type { Size } from "./scale/size.ts";
import { curves } from "./scale/svg.ts";

// What `pnpm bench --json` and `pnpm bench:scale --json` have left in docs/performance becomes the page's tables and plots.

const DOCS = new URL("../docs/", import.meta.url);
const read = <T>(name: string): readonly T[] => JSON.parse(readFileSync(new URL(`performance/${name}`, DOCS), "utf8"));

const rows = read<Row>("ratios.json");
const stores = { sqlite: read<Size>("scale-sqlite.json"), postgres: read<Size>("scale-postgres.json") };

function ratiosTable(): string {
  const lines = rows.map((row) => {
    const { detail, goal, measured, what } = row;
    const number = (value: number) => value.toFixed(2);
    const spread = `${number(measured.lowest)} to ${number(measured.highest)}`;
    return `| ${what} | ${goalText(goal)} | **${number(measured.median)}**${goal.unit} (${spread}) | ${holds(row) ? "holds" : "**missed**"} | ${detail} |`;
  });
  return ["| what | goal | median (spread) | | behind it |", "|---|---|---|---|---|", ...lines].join("\n");
}

function scaleTable(sizes: readonly Size[]): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const lines = sizes.map(({ bytesEach, callback, open, page, payments, prune, rate, sweep }) => {
    const cells = [
      ms(callback),
      `${Math.round(rate)}/s`,
      ms(open),
      ms(page),
      ms(sweep),
      ms(prune),
      Math.round(bytesEach),
    ];
    return `| ${payments.toLocaleString("en")} | ${cells.join(" | ")} |`;
  });
  const head =
    "| payments stored | callback, one connection | callbacks, 64 connections | checkout's commit | an order's page | sweep | pruning 1,000 | bytes each |";
  return [head, "|---|---|---|---|---|---|---|---|", ...lines].join("\n");
}

const page = new URL("performance.md", DOCS);
const between = (text: string, name: string, content: string) =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end -->)`),
    (_, start, end) => `${start}\n${content}\n${end}`,
  );
let text = between(readFileSync(page, "utf8"), "ratios", ratiosTable());
for (const [name, sizes] of Object.entries(stores)) {
  text = between(text, `scale-${name}`, scaleTable(sizes));
  const title = `What the same work costs as payments accumulate (${name})`;
  writeFileSync(new URL(`performance/scale-${name}.svg`, DOCS), curves(title, sizes));
}
writeFileSync(page, text);
writeFileSync(new URL("performance/ratios.svg", DOCS), bars("Pay against the barest program that does the same", rows));
