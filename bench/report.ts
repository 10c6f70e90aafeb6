import { readFileSync, writeFileSync } from "node:fs";
import { argsOf } from "../scripts/flags.ts";
import { goalText, holds, type Row } from "./harness/benchmark.ts";
import { bars } from "./harness/svg.ts";
import type { KeptSize } from "./scale/size.ts";
import { curves } from "./scale/svg.ts";

// Makes the page's tables and plots from the files that `pnpm bench --json` and `pnpm bench:scale --json` wrote into docs/performance.

argsOf("bench:report, without arguments", {});
const DOCS = new URL("../docs/", import.meta.url);
const read = <T>(name: string): readonly T[] => JSON.parse(readFileSync(new URL(`performance/${name}`, DOCS), "utf8"));

const rows = read<Row>("ratios.json");
const stores = { sqlite: read<KeptSize>("scale-sqlite.json"), postgres: read<KeptSize>("scale-postgres.json") };

function ratiosTable(): string {
  const lines = rows.map((row) => {
    const { detail, goal, measured, what } = row;
    const number = (value: number) => value.toFixed(2);
    const spread = `${number(measured.lowest)} to ${number(measured.highest)}`;
    return `| ${what} | ${goalText(goal)} | **${number(measured.median)}**${goal.unit} (${spread}) | ${holds(row) ? "holds" : "**missed**"} | ${detail} |`;
  });
  return ["| what | goal | median (spread) | | behind it |", "|---|---|---|---|---|", ...lines].join("\n");
}

function scaleTable(sizes: readonly KeptSize[]): string {
  const ms = (value?: number) => (value === undefined ? "–" : `${value.toFixed(2)} ms`);
  const seconds = (value?: number) => (value === undefined ? "–" : `${(value / 1000).toFixed(2)} s`);
  const lines = sizes.map(({ payments, ...size }) => {
    const cells = [
      ...[ms(size.callback), `${Math.round(size.rate)}/s`, ms(size.open), ms(size.page), ms(size.list)],
      ...[ms(size.sweep), ms(size.prune), seconds(size.migration), Math.round(size.bytesEach)],
    ];
    return `| ${payments.toLocaleString("en")} | ${cells.join(" | ")} |`;
  });
  const columns = [
    ...[
      "payments stored",
      "callback, one connection",
      "callbacks, 64 connections",
      "checkout's commit",
      "an order's page",
    ],
    ...["list page", "sweep", "pruning 1,000", "migration", "bytes each"],
  ];
  return [`| ${columns.join(" | ")} |`, `|${"---|".repeat(columns.length)}`, ...lines].join("\n");
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
