import type { Dice } from "./dice.ts";
import type { Faults } from "./faults.ts";
import type { Timeline } from "./timeline.ts";
import type { Trace } from "./trace.ts";

/** The shared parts of a run. */
export interface World {
  readonly dice: Dice;
  readonly timeline: Timeline;
  readonly trace: Trace;
  readonly faults: Faults;
  /** Reports a violation, which ends the run. The first one counts. */
  readonly violate: (invariant: string, detail: string) => void;
}

/** A violated invariant, and the time. */
export interface Violation {
  readonly step: number;
  readonly invariant: string;
  readonly detail: string;
}

/** One process, from its start to its death. */
export interface Life {
  readonly name: string;
  readonly alive: boolean;
  /** As on the timeline, but the wait of a dead process never ends. */
  after(durationMs: number, name: string, run: () => void): void;
  end(): void;
}

export function createLife({ timeline }: World, name: string): Life {
  let alive = true;
  return {
    name,
    get alive() {
      return alive;
    },
    after(durationMs, what, run) {
      timeline.after(durationMs, `${name} ${what}`, () => {
        if (alive) run();
      });
    },
    end() {
      alive = false;
    },
  };
}
