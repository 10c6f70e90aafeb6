// Simulates Pay seed by seed: `--seeds N` runs from 1 or from `--from S`, `--seed S` shows one run in full.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Outcome, simulate } from "../test/simulation/simulate.ts";
import { ROOT } from "./packages.ts";

const KEPT = join(ROOT, "test/simulation/failing-seeds.json");
/** Milliseconds between two lines of progress. */
const PROGRESS = 5000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
  },
});
const failed =
  values.seed === undefined ? await campaign(whole(values.from), whole(values.seeds)) : await show(values.seed);
process.exitCode = failed ? 1 : 0;

async function campaign(from: number, seeds: number): Promise<boolean> {
  const start = performance.now();
  let failures = 0;
  let steps = 0;
  let told = start;
  const progress = (done: number) => {
    const seconds = (performance.now() - start) / 1000;
    const [rate, elapsed] = [Math.round(done / seconds), Math.round(seconds)];
    console.log(`${done} of ${seeds} seeds, ${steps} steps, ${rate} seeds/s, ${elapsed} s, ${failures} failed`);
  };
  for (let done = 0; done < seeds; done++) {
    const outcome = await simulate(from + done);
    steps += outcome.steps;
    if (outcome.violation !== undefined) {
      failures++;
      report(outcome);
      keep(outcome);
    }
    if (performance.now() - told < PROGRESS) continue;
    told = performance.now();
    progress(done + 1);
  }
  progress(seeds);
  return failures > 0;
}

async function show(seed: string): Promise<boolean> {
  const outcome = await simulate(whole(seed), { keepTrace: true });
  for (const line of outcome.lines) console.log(line);
  console.log(`seed ${outcome.seed}: ${outcome.steps} steps, digest ${outcome.digest}`);
  if (outcome.violation !== undefined) report(outcome);
  return outcome.violation !== undefined;
}

function report({ seed, violation }: Outcome): void {
  const { step, invariant, detail } = violation!;
  console.error(`FAILED seed ${seed}, step ${step}: ${invariant}: ${detail}`);
  console.error(`       the whole run: pnpm simulate --seed ${seed}`);
}

/** Seeds that failed once are run by every test from now on. */
function keep({ seed, violation }: Outcome): void {
  const kept = JSON.parse(readFileSync(KEPT, "utf8")) as Readonly<Record<string, string>>;
  writeFileSync(KEPT, `${JSON.stringify({ ...kept, [seed]: violation!.invariant }, undefined, 2)}\n`);
}

function whole(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error("Seeds are whole numbers.");
  return Number(text);
}
