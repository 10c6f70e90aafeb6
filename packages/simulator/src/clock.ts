import { failure } from "./failure.ts";
import type { Schedule } from "./options.ts";

/** The simulator's time: its `now`, and what it has planned. */
export interface SimulatorClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** The same as ISO 8601, UTC. */
  iso(): string;
  /** Whether time stands still but for `advance`. */
  isStill(): boolean;
  readonly schedule: Schedule;
  /**
   * Moves time on by milliseconds; what falls due runs in order of time, each one ended before the next. Throws
   * `foreign_clock` when redeliveries follow a schedule that was handed in.
   */
  advance(ms: number): Promise<void>;
  /** Time stands still until the returned function is called, except for `advance`. */
  freeze(): () => void;
  /** Forgets everything planned. */
  clear(): void;
}

interface Planned {
  readonly at: number;
  readonly run: () => unknown;
}

/** Where a virtual clock begins: any moment will do, always the same one repeats. */
const BEGINNING = Date.UTC(2026, 0, 1, 12);

export interface ClockParts {
  readonly kind: "real" | "virtual";
  /** Whether redeliveries follow another schedule, so that moving this clock would move half of the time. */
  readonly isForeign: boolean;
  /** Resolves when nothing is going on that may plan something; time moves on only then. */
  settle(): Promise<void>;
}

export function createClock({ kind, isForeign, settle }: ClockParts): SimulatorClock {
  let stopped = kind === "virtual" ? BEGINNING : null;
  let skew = 0;
  let armed: { readonly first: Planned; readonly timer: NodeJS.Timeout } | null = null;
  let moving: Promise<unknown> = Promise.resolve();
  const planned = new Set<Planned>();
  const now = () => (stopped ?? Date.now()) + skew;

  /** Of those planned for the same moment, the one that was planned first. */
  function earliest(): Planned | undefined {
    let first: Planned | undefined;
    for (const one of planned) if (first === undefined || one.at < first.at) first = one;
    return first;
  }

  function arm(first = earliest()): void {
    clearTimeout(armed?.timer);
    armed = null;
    if (first === undefined || stopped !== null) return;
    const wake = () => {
      // Timers may be early by a part of a millisecond.
      if (first.at <= now() && planned.delete(first)) first.run();
      arm();
    };
    armed = { first, timer: setTimeout(wake, Math.max(0, first.at - now())) };
  }

  async function move(ms: number): Promise<void> {
    await settle();
    const target = now() + ms;
    for (let due = earliest(); due !== undefined && due.at <= target; due = earliest()) {
      skew += Math.max(0, due.at - now());
      planned.delete(due);
      await due.run();
      await settle();
    }
    skew += Math.max(0, target - now());
    arm();
  }

  return {
    now,
    iso: () => new Date(now()).toISOString(),
    isStill: () => stopped !== null,
    schedule(run, delay) {
      const one = { at: now() + delay, run };
      planned.add(one);
      if (armed === null || one.at < armed.first.at) arm(one);
      return () => {
        if (planned.delete(one) && armed?.first === one) arm();
      };
    },
    async advance(ms) {
      if (isForeign) throw failure("foreign_clock", "Time is moved by the schedule that was handed to the simulator");
      const moved = moving.then(() => move(ms));
      // The next one waits for this one, however it ended.
      moving = moved.catch(() => {});
      return moved;
    },
    freeze() {
      if (stopped !== null) return () => {};
      const at = Date.now();
      stopped = at;
      arm();
      return () => {
        stopped = null;
        skew += at - Date.now();
        arm();
      };
    },
    clear() {
      planned.clear();
      arm();
    },
  };
}
