import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { atMost, type Benchmark } from "../harness/benchmark.ts";
import { inPairs, ratioOf, spreadOf } from "../harness/pairs.ts";

const BENCH = fileURLToPath(new URL("..", import.meta.url));

/** Milliseconds until a new process has loaded these packages in their published form. */
function importTime(...packages: readonly string[]): number {
  const imports = packages.map((name) => `await import(${JSON.stringify(name)});`).join("");
  const program = `const start = performance.now(); ${imports} console.log(performance.now() - start);`;
  const output = execFileSync(
    process.execPath,
    ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", program],
    {
      cwd: BENCH,
      encoding: "utf8",
    },
  );
  return Number(output);
}

/** Several processes, since one import takes no longer than a hiccup of the machine. */
async function middle(count: number, ...packages: readonly string[]): Promise<number> {
  return spreadOf(Array.from({ length: count }, () => importTime(...packages))).median;
}

/** Measures what a shop waits for at its start. Needs the built packages: `pnpm build`. */
export const imports: Benchmark = {
  name: "imports",
  async run({ isShort, pairs, progress }) {
    const count = isShort ? 1 : 5;
    const alone = await inPairs(
      pairs,
      progress,
      () => middle(count, "ky"),
      () => middle(count, "@pay/core"),
    );
    const loads: number[] = [];
    for (let n = 0; n < pairs; n++) loads.push(await middle(count, "@pay/core", "ky"));
    const together = await inPairs(
      pairs,
      progress,
      () => middle(count, "ky", "valibot"),
      () => middle(count, "@pay/core", "@pay/sellly", "@pay/sqlite"),
    );
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    const sides = (measured: typeof alone) =>
      [1, 0].map((at) => ms(spreadOf(measured.map((pair) => pair[at as 0 | 1])).median)).join(" ÷ ");
    return [
      {
        what: "import of @pay/core, beyond ky alone",
        goal: atMost(25, " ms"),
        loss: 60,
        measured: spreadOf(alone.map(([ky, core]) => core - ky)),
        // Counted too, since no payment is possible without it: `pay.start()` loads what the import did not.
        detail: `${sides(alone).replace("÷", "against")}; with ky, which start() loads, ${ms(spreadOf(loads).median)}`,
      },
      {
        what: "import of core, one adapter and SQLite ÷ ky and valibot",
        goal: atMost(1.5),
        measured: ratioOf(together, (time) => time),
        detail: sides(together),
      },
    ];
  },
};
