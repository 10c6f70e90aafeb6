import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { simulate } from "./simulation/simulate.ts";
import { testRuns } from "./support/runs.ts";

// For the long mode.
jest.setTimeout(600_000);

const KEPT = JSON.parse(readFileSync(join(import.meta.dirname, "simulation/failing-seeds.json"), "utf8")) as Readonly<
  Record<string, string>
>;

/** Seeds whose run broke an invariant, with the invariant. */
async function failures(seeds: Iterable<number>): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const seed of seeds) {
    const { violation } = await simulate(seed);
    if (violation !== undefined) failed.push(`seed ${seed}: ${violation.invariant}: ${violation.detail}`);
  }
  return failed;
}

describe("two processes on one store, while everything around them fails", () => {
  it("lose nothing that was acknowledged, and deliver nothing twice", async () => {
    const seeds = Array.from({ length: testRuns() }, (_, n) => n + 1);
    expect(await failures(seeds)).toEqual([]);
  });

  it("pass every seed that failed once", async () => {
    expect(await failures(Object.keys(KEPT).map(Number))).toEqual([]);
  });

  it("do the same again for the same seed, and something else for another", async () => {
    for (const seed of [1, 2, 3]) {
      const first = await simulate(seed, { keepTrace: true });
      const again = await simulate(seed, { keepTrace: true });
      expect(again.lines).toEqual(first.lines);
      expect((await simulate(seed)).digest).toBe(first.digest);
      expect((await simulate(seed + 10)).digest).not.toBe(first.digest);
    }
  });
});
