import type { Clock } from "../contract/runtime.ts";

/** The time one piece of work has, from when it is first asked for: most work ends without a look at it. */
export interface Deadline {
  /** Aborts when the time is up, for work that can be stopped. */
  readonly signal: AbortSignal;
  /** Resolves when the time is up, for work that cannot. Meaningless once cleared. */
  readonly passed: Promise<"time is up">;
  /** The work ended: the signal will not abort any more, and no timer is left. */
  clear(): void;
}

/** The time of a piece of work, in milliseconds of the injected clock. */
export function createDeadline(clock: Clock, milliseconds: number): Deadline {
  let started: ReturnType<typeof start> | undefined;
  const use = () => {
    started ??= start(clock, milliseconds);
    return started;
  };
  return {
    get signal() {
      return use().signal;
    },
    get passed() {
      return use().passed;
    },
    clear: () => started?.cleared.abort(CLEARED),
  };
}

// Without a reason of its own, an abort makes an error with its stack.
const CLEARED = "cleared";

function start(clock: Clock, milliseconds: number) {
  const deadline = new AbortController();
  const cleared = new AbortController();
  const passed = clock.sleep(milliseconds, cleared.signal).then(() => {
    if (!cleared.signal.aborted) deadline.abort();
    return "time is up" as const;
  });
  return { signal: deadline.signal, passed, cleared };
}
