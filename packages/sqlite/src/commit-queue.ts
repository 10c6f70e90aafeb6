import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { isPayError, PayError } from "@pay/core/store";
import { isBusy, PATIENCE, storeError } from "./connection.ts";

/** Writes to commit in one go: enough to spread the cost of a sync, few enough to keep the event loop moving. */
const BATCH = 128;

export interface CommitQueue {
  /**
   * Runs the work in a transaction. Resolves after the commit that holds it, rejects if there was none. What waits at the
   * same moment is committed together; the work may run twice, so it must do nothing but read and write the database.
   */
  write<T>(work: () => T): Promise<T>;
  /** Resolves when nothing is waiting any more. */
  drained(): Promise<void>;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit: one durable COMMIT answers everything that came in while the one before was written. */
export function createCommitQueue(db: DatabaseSync): CommitQueue {
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      await commit(db, batch);
      if (waiting.length > 0) await new Promise(setImmediate);
    }
    flushing = undefined;
  }

  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
        flushing ??= flush();
      }),
    async drained() {
      await flushing;
    },
  };
}

async function commit(db: DatabaseSync, batch: readonly Waiting[]): Promise<void> {
  try {
    await begin(db);
  } catch (error) {
    for (const { reject } of batch) reject(error);
    return;
  }
  // Synchronous from here to COMMIT: no other reader of this connection sees a half-written batch.
  let results: unknown[];
  try {
    results = batch.map(({ work }) => work());
    db.exec("COMMIT");
  } catch (error) {
    rollback(db);
    if (batch.length === 1) return batch[0]?.reject(plain(error));
    // One of them is at fault: each alone, so that it fails alone.
    for (const single of batch) await commit(db, [single]);
    return;
  }
  for (const [at, { resolve }] of batch.entries()) resolve(results[at]);
}

/** Takes the write lock. Waits for another process without blocking the event loop, as SQLite's own timeout would. */
async function begin(db: DatabaseSync): Promise<void> {
  const until = performance.now() + PATIENCE;
  for (let delay = 1; ; delay = Math.min(delay * 2, 16)) {
    try {
      db.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (!isBusy(error)) throw storeError(error);
      if (performance.now() > until) throw new PayError("STORE_UNAVAILABLE", "Another process holds the database.");
      await wait(delay * Math.random());
    }
  }
}

function rollback(db: DatabaseSync): void {
  // SQLITE_FULL and some others have rolled back by themselves.
  if (db.isTransaction) db.exec("ROLLBACK");
}

function plain(error: unknown): unknown {
  return !isPayError(error) && (error as { errcode?: number }).errcode !== undefined ? storeError(error) : error;
}
