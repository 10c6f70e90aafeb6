import { setTimeout as wait } from "node:timers/promises";
import type { PaymentStore, StoreWorker } from "@pay/core/store";
import { Logger, parseCronItems, type Runner, type RunnerOptions, run } from "graphile-worker";
import type { Pool } from "pg";
import type { Pools } from "./pools.ts";
import { queuePool } from "./queue-pool.ts";

/** Jobs that one process takes at once. While it is busy with deliveries, other processes take the rest. */
const CONCURRENCY = 2;
/** Milliseconds between two polls: with LISTEN, and without. */
const POLL_INTERVAL_LISTENING_MS = 2000;
const POLL_INTERVAL_MS = 500;
/** Milliseconds before a queue that gave up is started again. */
const RESTART_PAUSE_MS = 1000;
/** Milliseconds the queue has to stop after the last delivery: it may be waiting for a server that is gone. */
const STOP_TIMEOUT_MS = 5000;

/** graphile-worker logs to the console instead of the app's logger, and its lines may quote a job's error. */
export const silent: Logger = new Logger(() => () => {});

/**
 * The method that runs the queue.
 *
 * @param listen true if connections stay with their client, so that LISTEN works
 */
export function createWorker(pools: () => Pools, listen = true): Pick<PaymentStore, "startWorker"> {
  return { startWorker: async (look) => startWorker(pools().direct, listen, look) };
}

/**
 * Runs the jobs that updates and retries queue, until stopped, and restarts after any failure of a connection or the server.
 * A job only tells the process to look: the outbox holds the events. A job too many finds nothing, and core's own sweep makes
 * up for a missing one.
 */
function startWorker(pool: Pool, listen: boolean, look: () => Promise<void>): StoreWorker {
  const looking = new Set<Promise<void>>();
  const stopping = new AbortController();
  const running = keepRunning(stopping.signal, {
    pgPool: queuePool(pool, listen, stopping.signal),
    concurrency: CONCURRENCY,
    pollInterval: listen ? POLL_INTERVAL_LISTENING_MS : POLL_INTERVAL_MS,
    noHandleSignals: true,
    noPreparedStatements: true,
    // Explicit, so that graphile-worker reads no crontab in the process's folder and no environment variable.
    schema: "graphile_worker",
    parsedCronItems: parseCronItems([]),
    logger: silent,
    // With a delay graphile-worker would not await the end of a job, and a failure to store it would end the process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    taskList: {
      async pay_deliver() {
        // A job that was fetched while stopping stays in the queue for another process.
        if (stopping.signal.aborted) throw new Error("stopping");
        const work = look();
        looking.add(work);
        await work.finally(() => looking.delete(work));
      },
    },
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.allSettled(looking);
      const late = new AbortController();
      await Promise.race([running, wait(STOP_TIMEOUT_MS, undefined, late)]);
      late.abort();
    },
  };
}

/** The queue gives up if it cannot store the end of a job. It is started again; the outbox still holds the events. */
async function keepRunning(signal: AbortSignal, options: RunnerOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      await runUntil(signal, await run(options));
    } catch {
      // The database cannot be reached or written now. The next attempt may succeed.
    }
    await wait(RESTART_PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

async function runUntil(signal: AbortSignal, runner: Runner): Promise<void> {
  // Stopping rejects if the queue has stopped by itself.
  const stop = () => void runner.stop().catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    if (signal.aborted) stop();
    await runner.promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
