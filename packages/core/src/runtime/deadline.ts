import type { Clock } from "../contract/runtime.ts";

/** The time limit of one piece of work. Its timer starts when `signal` or `passed` is first read, since most work ends without it. */
export interface Deadline {
  /** Aborts when the time is up, for work that can be stopped. */
  readonly signal: AbortSignal;
  /** Resolves when the time is up, for work that cannot be stopped. Meaningless after `clear()`. */
  readonly passed: Promise<"time is up">;
  /** Lets the time run out now, unless the work ended. */
  expire(): void;
  /** True after `expire()`. */
  readonly isExpired: boolean;
  /** Call it when the work ended: the signal will not abort any more, and the timer stops. */
  clear(): void;
}

/** Starts the time limit of a piece of work now, by the injected clock. */
export function createDeadline(clock: Clock, timeoutMs: number): Deadline {
  return new LazyDeadline(clock, timeoutMs);
}

class LazyDeadline implements Deadline {
  readonly #clock: Clock;
  readonly #end: number;
  isExpired = false;
  #isCleared = false;
  #started: ReturnType<typeof start> | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#end = clock.now() + timeoutMs;
  }

  get signal(): AbortSignal {
    return this.#use().signal;
  }

  get passed(): Promise<"time is up"> {
    return this.#use().passed;
  }

  expire(): void {
    if (this.#isCleared) return;
    this.isExpired = true;
    this.#use().ended?.abort(EXPIRED);
  }

  clear(): void {
    this.#isCleared = true;
    this.#started?.ended.abort(CLEARED);
  }

  #use() {
    // The work has ended, so its time cannot run out any more.
    if (this.#started === undefined && this.#isCleared) return NEVER;
    this.#started ??= start(this.#clock, Math.max(0, this.#end - this.#clock.now()));
    return this.#started;
  }
}

// An abort without a reason creates an error with its stack.
const CLEARED = "cleared";
const EXPIRED = "expired";
const NEVER = { signal: new AbortController().signal, passed: new Promise<never>(() => {}), ended: undefined };

function start(clock: Clock, delayMs: number) {
  const deadline = new AbortController();
  const ended = new AbortController();
  const passed = clock.sleep(delayMs, ended.signal).then(() => {
    if (ended.signal.reason !== CLEARED) deadline.abort();
    return "time is up" as const;
  });
  return { signal: deadline.signal, passed, ended };
}
