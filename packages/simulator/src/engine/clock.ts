import { failure } from "./failure.ts";

/**
 * Calls `run` once after `delayMs` milliseconds and returns a function that cancels the call. A test passes its own and
 * decides when a redelivery is due; the simulator uses it for nothing else. `run` returns a promise that resolves when the
 * delivery has ended.
 */
export type Schedule = (run: () => unknown, delayMs: number) => () => void;

/** The simulator's time and everything that is planned for later. */
export interface SimulatorClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** The same as ISO 8601, UTC. */
  iso(): string;
  /** True if only `advance` moves time. */
  isStill(): boolean;
  readonly schedule: Schedule;
  /**
   * Moves time forward. What falls due runs in order of time, and each run ends before the next begins. Throws
   * `foreign_clock` if redeliveries follow the schedule of a test.
   */
  advance(ms: number): Promise<void>;
  /** Stops time, except for `advance`, until the returned function is called. */
  freeze(): () => void;
  /** Cancels everything that is planned. */
  clear(): void;
}

interface Planned {
  readonly dueAt: number;
  readonly run: () => unknown;
}

/** Where a virtual clock begins. Any moment is good as long as it is always the same. */
const BEGINNING = Date.UTC(2026, 0, 1, 12);

export interface ClockParts {
  readonly kind: "real" | "virtual";
  /** True if redeliveries follow another schedule. Moving this clock would then move only part of the time. */
  readonly isForeign: boolean;
  /** Resolves when nothing is running that may plan something else. Time moves only then. */
  idle(): Promise<void>;
}

export function createClock({ kind, isForeign, idle }: ClockParts): SimulatorClock {
  let stopped = kind === "virtual" ? BEGINNING : null;
  let skew = 0;
  let armed: { readonly first: Planned; readonly timer: NodeJS.Timeout } | null = null;
  let moving: Promise<unknown> = Promise.resolve();
  const planned = new Set<Planned>();
  const now = () => (stopped ?? Date.now()) + skew;

  /** If several are planned for the same moment, the one that was planned first. */
  function earliest(): Planned | undefined {
    let first: Planned | undefined;
    for (const one of planned) if (first === undefined || one.dueAt < first.dueAt) first = one;
    return first;
  }

  function arm(first = earliest()): void {
    clearTimeout(armed?.timer);
    armed = null;
    if (first === undefined || stopped !== null) return;
    const wake = () => {
      // A timer may fire a fraction of a millisecond early.
      if (first.dueAt <= now() && planned.delete(first)) first.run();
      arm();
    };
    armed = { first, timer: setTimeout(wake, Math.max(0, first.dueAt - now())) };
  }

  async function move(ms: number): Promise<void> {
    await idle();
    const target = now() + ms;
    for (let due = earliest(); due !== undefined && due.dueAt <= target; due = earliest()) {
      skew += Math.max(0, due.dueAt - now());
      planned.delete(due);
      await due.run();
      await idle();
    }
    skew += Math.max(0, target - now());
    arm();
  }

  return {
    now,
    iso: () => new Date(now()).toISOString(),
    isStill: () => stopped !== null,
    schedule(run, delayMs) {
      const one = { dueAt: now() + delayMs, run };
      planned.add(one);
      if (armed === null || one.dueAt < armed.first.dueAt) arm(one);
      return () => {
        if (planned.delete(one) && armed?.first === one) arm();
      };
    },
    async advance(ms) {
      if (isForeign)
        throw failure(
          "foreign_clock",
          "advance() does not work together with the option schedule: redeliveries follow that schedule",
        );
      const moved = moving.then(() => move(ms));
      // The next move waits for this one, even if it failed.
      moving = moved.catch(() => {});
      return moved;
    },
    freeze() {
      if (stopped !== null) return () => {};
      const stoppedAt = Date.now();
      stopped = stoppedAt;
      arm();
      return () => {
        stopped = null;
        skew += stoppedAt - Date.now();
        arm();
      };
    },
    clear() {
      planned.clear();
      arm();
    },
  };
}
