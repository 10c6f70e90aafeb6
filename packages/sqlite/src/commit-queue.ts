import type { DatabaseSync } from "node:sqlite";
import { isPayError } from "@pay/core/store";
import { createWriteLock, type WriteLock } from "./commit-queue-lock.ts";
import { storeError } from "./errors.ts";

/** Writes to commit in one go: enough to spread the cost of a sync, few enough to keep the event loop moving. */
const BATCH = 100;
/** Milliseconds for which `writeSoon` waits for other work to share a commit with: less than timers can measure. */
const LINGER_MS = 0.3;

export interface CommitQueue {
  /**
   * Runs the work in a transaction. Resolves after its commit, and rejects if there was none. Work that waits at the same
   * moment shares a commit. It may run twice, so it must only read and write the database.
   */
  write<T>(work: () => T): Promise<T>;
  /** The same for work without a waiting caller: it joins the next `write`, or runs alone after a moment. */
  writeSoon<T>(work: () => T): Promise<T>;
  /** Resolves when no work is waiting. */
  drained(): Promise<void>;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit: one durable COMMIT for all work that arrived while the COMMIT before was being written. */
export function createCommitQueue(db: DatabaseSync): CommitQueue {
  const lock = createWriteLock(db);
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  /** True if a caller of `write` is among those waiting. */
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
          // Work that was already answered keeps its answer.
          for (const { reject } of batch) reject(plain(error));
        }
        if (waiting.length > 0) await new Promise(setImmediate);
        if (waiting.length > 0 && !isUrgent) return linger();
      }
    } finally {
      // Also after an error: the next write must be able to start a flush.
      flushing = undefined;
    }
  }

  const flushNow = () => {
    flushing ??= flush();
  };

  /** Waits turn by turn until a flush begins or the moment is over. */
  function linger(): void {
    if (isLingering) return;
    isLingering = true;
    const until = performance.now() + LINGER_MS;
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

/** Rejects if no transaction could begin. Part of the batch may have been answered by then. */
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
    // One of them is at fault. Each is repeated alone, so that only that one fails.
    for (const single of batch) await commit(db, lock, [single]);
    return;
  } finally {
    lock.released();
  }
  for (const [at, { resolve }] of batch.entries()) resolve(results[at]);
}

function rollback(db: DatabaseSync): void {
  try {
    // SQLite has already rolled back after SQLITE_FULL and some other errors.
    if (db.isTransaction) db.exec("ROLLBACK");
  } catch {
    // Nothing was committed, and the next `take` of the lock leaves this transaction first.
  }
}

/** Turns errors of SQLite into errors of the store. An error of the work itself stays as it is. */
function plain(error: unknown): unknown {
  return !isPayError(error) && (error as { errcode?: number } | null)?.errcode !== undefined
    ? storeError(error)
    : error;
}
