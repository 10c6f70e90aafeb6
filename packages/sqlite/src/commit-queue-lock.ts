import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { PayError } from "@pay/core/store";
import { LOCK_TIMEOUT_MS } from "./connection.ts";
import { isBusy, storeError } from "./errors.ts";

/** Longest time between two attempts to get the lock, in milliseconds. */
const MAX_RETRY_PAUSE_MS = 2;
/** Milliseconds this process leaves the lock free after a commit if others want it: longer than their pause between two attempts. */
const GAP_AFTER_COMMIT_MS = 4;
/** Milliseconds for which this process expects others after it found the lock taken. */
const OTHERS_EXPECTED_MS = 1000;

/** A clock in milliseconds, which tests replace. */
export interface Time {
  now(): number;
  pause(milliseconds: number): Promise<unknown>;
}

/** SQLite's one write lock. Beginning a transaction takes it. */
export interface WriteLock {
  /** Begins a transaction. Waits for another process without blocking the event loop; SQLite's own timeout would block it. */
  take(): Promise<void>;
  /** The caller reports the end of the transaction. */
  released(): void;
}

/**
 * The lock has no queue: a process that goes straight from COMMIT to the next BEGIN keeps others out for as long as it is
 * busy. So a process that has met another one leaves a gap after each commit. A lone process leaves none.
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
      if (start < othersUntil && start < releasedAt + GAP_AFTER_COMMIT_MS)
        await time.pause(releasedAt + GAP_AFTER_COMMIT_MS - start);
      const until = time.now() + LOCK_TIMEOUT_MS;
      while (!begin(db)) {
        const now = time.now();
        if (now > until) throw new PayError("STORE_UNAVAILABLE", "Another process holds the database; try again.");
        othersUntil = now + OTHERS_EXPECTED_MS;
        // A random pause, so that two waiting processes do not try in step.
        await time.pause(MAX_RETRY_PAUSE_MS * Math.random());
      }
    },
    released() {
      releasedAt = time.now();
    },
  };
}

/** Returns true if the lock was free. */
function begin(db: DatabaseSync): boolean {
  try {
    // An earlier rollback failed and left its transaction open.
    if (db.isTransaction) db.exec("ROLLBACK");
    db.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw storeError(error);
  }
}
