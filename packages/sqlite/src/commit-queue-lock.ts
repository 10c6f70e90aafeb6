import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { PayError } from "@pay/core/store";
import { PATIENCE } from "./connection.ts";
import { isBusy, storeError } from "./errors.ts";

/** Longest time between two attempts to get the lock, in milliseconds. */
const POLL = 2;
/** Milliseconds this process leaves the lock alone after a commit, if others want it: longer than they take to ask again. */
const GAP = 4;
/** Milliseconds for which others are taken to be there, once they have held the lock when it was wanted here. */
const MEMORY = 1000;

/** Time as it passes, for tests to let it pass. In milliseconds. */
export interface Time {
  now(): number;
  pause(milliseconds: number): Promise<unknown>;
}

/** SQLite's one write lock: a transaction that was begun. */
export interface WriteLock {
  /** Begins a transaction. Waits for another process without blocking the event loop, as SQLite's own timeout would. */
  take(): Promise<void>;
  /** Says that the transaction has ended. */
  released(): void;
}

/**
 * The lock knows no queue: a process that goes straight from COMMIT to the next BEGIN keeps the others out for as long as
 * it is busy. So whoever has seen another process leaves a gap after each commit; a lone one never sees any.
 */
export function createWriteLock(
  db: DatabaseSync,
  time: Time = { now: () => performance.now(), pause: wait },
): WriteLock {
  let releasedAt = Number.NEGATIVE_INFINITY;
  let othersUntil = Number.NEGATIVE_INFINITY;

  return {
    async take() {
      const start = time.now();
      if (start < othersUntil && start < releasedAt + GAP) await time.pause(releasedAt + GAP - start);
      const until = time.now() + PATIENCE;
      while (!begin(db)) {
        const now = time.now();
        if (now > until) throw new PayError("STORE_UNAVAILABLE", "Another process holds the database.");
        othersUntil = now + MEMORY;
        // At random, so that two who wait do not ask in step.
        await time.pause(POLL * Math.random());
      }
    },
    released() {
      releasedAt = time.now();
    },
  };
}

/** Whether the lock was free. */
function begin(db: DatabaseSync): boolean {
  try {
    // A rollback failed before: first out of the transaction it has left open.
    if (db.isTransaction) db.exec("ROLLBACK");
    db.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw storeError(error);
  }
}
