import type { Clock } from "../contract/runtime.ts";

/** The time one piece of work has. */
export interface Deadline {
  /** Aborts when the time is up, for work that can be stopped. */
  readonly signal: AbortSignal;
  /** Resolves when the time is up, for work that cannot. Meaningless once cleared. */
  readonly passed: Promise<"time is up">;
  /** The work ended: the signal will not abort any more, and no timer is left. */
  clear(): void;
}

/** Starts the time of a piece of work, in milliseconds of the injected clock. */
export function startDeadline(clock: Clock, milliseconds: number): Deadline {
  const deadline = new AbortController();
  const cleared = new AbortController();
  const passed = clock.sleep(milliseconds, cleared.signal).then(() => {
    if (!cleared.signal.aborted) deadline.abort();
    return "time is up" as const;
  });
  return { signal: deadline.signal, passed, clear: () => cleared.abort() };
}
