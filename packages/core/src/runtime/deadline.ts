import type { Clock } from "../contract/runtime.ts";

/** The time one piece of work has. No timer runs before somebody looks: most work ends without. */
export interface Deadline {
  /** Aborts when the time is up, for work that can be stopped. */
  readonly signal: AbortSignal;
  /** Resolves when the time is up, for work that cannot. Meaningless once cleared. */
  readonly passed: Promise<"time is up">;
  /** The work ended: the signal will not abort any more, and no timer is left. */
  clear(): void;
}

/** The time of a piece of work from now on, in milliseconds of the injected clock. */
export function createDeadline(clock: Clock, milliseconds: number): Deadline {
  return new LazyDeadline(clock, milliseconds);
}

class LazyDeadline implements Deadline {
  readonly #clock: Clock;
  readonly #end: number;
  #isCleared = false;
  #started: ReturnType<typeof start> | undefined;

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#end = clock.now() + milliseconds;
  }

  get signal(): AbortSignal {
    return this.#use().signal;
  }

  get passed(): Promise<"time is up"> {
    return this.#use().passed;
  }

  clear(): void {
    this.#isCleared = true;
    this.#started?.cleared.abort(CLEARED);
  }

  #use() {
    // What looks only now has ended, and runs out of nothing any more.
    if (this.#started === undefined && this.#isCleared) return NEVER;
    this.#started ??= start(this.#clock, Math.max(0, this.#end - this.#clock.now()));
    return this.#started;
  }
}

// Without a reason of its own, an abort makes an error with its stack.
const CLEARED = "cleared";
const NEVER = { signal: new AbortController().signal, passed: new Promise<never>(() => {}) };

function start(clock: Clock, milliseconds: number) {
  const deadline = new AbortController();
  const cleared = new AbortController();
  const passed = clock.sleep(milliseconds, cleared.signal).then(() => {
    if (!cleared.signal.aborted) deadline.abort();
    return "time is up" as const;
  });
  return { signal: deadline.signal, passed, cleared };
}
