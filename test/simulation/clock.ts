import type { Clock } from "@pay/core";
import type { Task } from "./timeline.ts";
import type { Life, World } from "./world.ts";

/** The clock of one process: slightly wrong, and corrected now and then. */
export interface ProcessClock extends Clock {
  step(durationMs: number): void;
}

export function processClock({ timeline, dice }: World, life: Life): ProcessClock {
  let off = dice.between(-1000, 1000);
  return {
    now: () => timeline.now() + off,
    sleep(durationMs, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          task.off = true;
          signal?.removeEventListener("abort", wake);
          if (life.alive) resolve();
        };
        const task: Task = timeline.after(durationMs, `${life.name} wakes`, wake);
        signal?.addEventListener("abort", wake);
      });
    },
    step(durationMs) {
      // Leases tolerate a few seconds between machines, as with NTP.
      off = Math.max(-2000, Math.min(2000, off + durationMs));
    },
  };
}
