import type { Schedule } from "../src/engine/clock.ts";

export interface Clock {
  readonly schedule: Schedule;
  /** The delays of what is planned, in order. */
  delays(): number[];
  /** Runs everything planned so far. */
  fire(): void;
}

/** A scheduler that waits for the test, not for time. */
export function manualClock(): Clock {
  const planned = new Map<() => void, number>();
  return {
    schedule(run, delay) {
      planned.set(run, delay);
      return () => void planned.delete(run);
    },
    delays: () => [...planned.values()],
    fire() {
      const due = [...planned.keys()];
      planned.clear();
      for (const run of due) run();
    },
  };
}
