import type { DatabaseSync } from "node:sqlite";
import { isPayError } from "@pay/core/store";
import { createWriteLock, type WriteLock } from "./commit-queue-lock.ts";
import { storeError } from "./errors.ts";

/** Writes to commit in one go: enough to spread the cost of a sync, few enough to keep the event loop moving. */
const BATCH = 100;
/** Milliseconds that work waits for company which nobody outside waits for: less than timers can say. */
const MOMENT = 0.3;

export interface CommitQueue {
  /**
   * Runs the work in a transaction. Resolves after the commit that holds it, rejects if there was none. What waits at the
   * same moment is committed together; the work may run twice, so it must do nothing but read and write the database.
   */
  write<T>(work: () => T): Promise<T>;
  /** The same for work that nobody outside is waiting for: it goes with the next that somebody is, or by itself after a moment. */
  writeSoon<T>(work: () => T): Promise<T>;
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
  const lock = createWriteLock(db);
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  /** Whether somebody outside waits for one of those waiting. */
  let isUrgent = false;
  let isLingering = false;

  async function flush(): Promise<void> {
    try {
      await new Promise(setImmediate);
      while (waiting.length > 0) {
        const batch = waiting.slice(0, BATCH);
        waiting = waiting.slice(BATCH);
        if (waiting.length === 0) isUrgent = false;
        try {
          await commit(db, lock, batch);
        } catch (error) {
          // Those who have their answer keep it.
          for (const { reject } of batch) reject(plain(error));
        }
        if (waiting.length > 0) await new Promise(setImmediate);
        if (waiting.length > 0 && !isUrgent) return linger();
      }
    } finally {
      // Whatever has happened: the next write must find that nobody is flushing.
      flushing = undefined;
    }
  }

  const flushNow = () => {
    flushing ??= flush();
  };

  /** Looks at what comes in, turn by turn, until somebody begins to write or the moment is over. */
  function linger(): void {
    if (isLingering) return;
    isLingering = true;
    const until = performance.now() + MOMENT;
    const turn = () => {
      if (flushing === undefined && performance.now() < until) return void setImmediate(turn);
      isLingering = false;
      if (waiting.length > 0) flushNow();
    };
    setImmediate(turn);
  }

  function add<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  return {
    write(work) {
      const written = add(work);
      isUrgent = true;
      flushNow();
      return written;
    },
    writeSoon(work) {
      const written = add(work);
      if (flushing === undefined) linger();
      return written;
    },
    async drained() {
      while (waiting.length > 0 || flushing !== undefined) {
        isUrgent = true;
        flushNow();
        await flushing;
      }
    },
  };
}

/** Rejects if there is no transaction to be had; some of the batch may have their answer then. */
async function commit(db: DatabaseSync, lock: WriteLock, batch: readonly Waiting[]): Promise<void> {
  await lock.take();
  // Synchronous from here to COMMIT: no other reader of this connection sees a half-written batch.
  let results: unknown[];
  try {
    results = batch.map(({ work }) => work());
    db.exec("COMMIT");
  } catch (error) {
    rollback(db);
    if (batch.length === 1) return batch[0]?.reject(plain(error));
    // One of them is at fault: each alone, so that it fails alone.
    for (const single of batch) await commit(db, lock, [single]);
    return;
  } finally {
    lock.released();
  }
  for (const [at, { resolve }] of batch.entries()) resolve(results[at]);
}

function rollback(db: DatabaseSync): void {
  try {
    // SQLITE_FULL and some others have rolled back by themselves.
    if (db.isTransaction) db.exec("ROLLBACK");
  } catch {
    // Nothing was committed, and whoever takes the lock next leaves this transaction first.
  }
}

/** What SQLite throws, in Pay's words. What the work itself throws is its caller's. */
function plain(error: unknown): unknown {
  return !isPayError(error) && (error as { errcode?: number } | null)?.errcode !== undefined
    ? storeError(error)
    : error;
}
