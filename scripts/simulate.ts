// Simulates Pay seed by seed: `--seeds N` starts at 1 or at `--from S`, `--seed S` shows one run in full.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, simulate } from "../test/simulation/simulate.ts";
import { flagsOf } from "./flags.ts";
import { ROOT } from "./packages.ts";

const KEPT = join(ROOT, "test/simulation/failing-seeds.json");
/** Time between two lines of progress. */
const PROGRESS_INTERVAL_MS = 5000;

const USAGE = "simulate [--seeds N, default 1000] [--from S, default 1], or simulate --seed S to see one run";
const flags = flagsOf(USAGE, { seeds: "1000", from: "1", seed: undefined }, ["seeds", "from", "seed"]);
const failed =
  flags.seed === undefined ? await campaign(Number(flags.from), Number(flags.seeds)) : await show(Number(flags.seed));
process.exitCode = failed ? 1 : 0;

async function campaign(from: number, seeds: number): Promise<boolean> {
  const start = performance.now();
  let failures = 0;
  let steps = 0;
  let reportedAt = start;
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
    if (performance.now() - reportedAt < PROGRESS_INTERVAL_MS) continue;
    reportedAt = performance.now();
    progress(done + 1);
  }
  progress(seeds);
  return failures > 0;
}

async function show(seed: number): Promise<boolean> {
  const outcome = await simulate(seed, { keepTrace: true });
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

/** Adds failed seeds to those that the tests always run. */
function keep({ seed, violation }: Outcome): void {
  const kept = JSON.parse(readFileSync(KEPT, "utf8")) as Readonly<Record<string, string>>;
  writeFileSync(KEPT, `${JSON.stringify({ ...kept, [seed]: violation!.invariant }, undefined, 2)}\n`);
}
