import type { Clock } from "../contract/runtime.ts";

/** Time that stands still until a test moves it. Sleepers wait for time to pass, so a step of the clock wakes nobody. */
export interface ManualClock extends Clock {
  /** Lets time pass: sleepers wake in the order they fall due, and what each sets off is done before the next one wakes. */
  advance(milliseconds: number): Promise<void>;
  /** Sets the clock forward or back, as an administrator or NTP does. No time passes. */
  step(milliseconds: number): void;
  /** For how long each sleeper still sleeps, in milliseconds, shortest first. */
  sleeping(): readonly number[];
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export function createManualClock(
  start: number = Date.UTC(2026, 0, 15, 12),
  rest: () => Promise<void> = idle,
): ManualClock {
  const sleepers = new Set<Sleeper>();
  let passed = 0;
  let stepped = 0;
  const next = () => [...sleepers].sort((a, b) => a.due - b.due)[0];

  return {
    now: () => start + passed + stepped,

    sleep(milliseconds, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper: Sleeper = {
          due: passed + Math.max(0, milliseconds),
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake);
      });
    },

    async advance(milliseconds) {
      const end = passed + milliseconds;
      await rest();
      for (let sleeper = next(); sleeper !== undefined && sleeper.due <= end; sleeper = next()) {
        passed = Math.max(passed, sleeper.due);
        sleeper.wake();
        await rest();
      }
      passed = end;
    },

    step(milliseconds) {
      stepped += milliseconds;
    },

    sleeping: () => [...sleepers].map(({ due }) => due - passed).sort((a, b) => a - b),
  };
}

/** Resolves once everything that was ready to run has run. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Resolves once the condition holds; fails if everything has come to rest before. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    if (await condition()) return;
    await idle();
  }
  throw new Error(`Waited in vain for ${condition}`);
}

/** The same with a store on a disk, which writes what nobody waits for a moment later: 0.3 ms of real time, and its commit. */
export async function idleWithDisk(): Promise<void> {
  const until = performance.now() + 3;
  do await idle();
  while (performance.now() < until);
}
