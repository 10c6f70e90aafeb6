import { setTimeout as wait } from "node:timers/promises";
import type { StoreWorker } from "@pay/core/store";
import { Logger, parseCronItems, type Runner, type RunnerOptions, run } from "graphile-worker";
import type { Pool } from "pg";
import { queuePool } from "./queue-pool.ts";

/** Jobs taken at once by one process: while it has no room for deliveries, others take the rest. */
const CONCURRENCY = 2;
/** Milliseconds between looks where LISTEN brings the news, and where it cannot. */
const POLL_LISTENING = 2000;
const POLL = 500;
/** Milliseconds before a queue that gave up is started again. */
const RESTART = 1000;
/** Milliseconds the queue has to stop once nothing is being delivered: it may be waiting for a server that is gone. */
const STOP_TIMEOUT = 5000;

/** Its lines would be printed past the app's logger, and may quote what a job's error says. */
export const silent: Logger = new Logger(() => () => {});

/**
 * Runs the jobs that settlements and retries left in the queue, until stopped: whatever happens to the connections or the
 * server, it goes on. A job only says where to look: what there is to deliver stands in the outbox, so a job too many finds
 * nothing, and one too few is made up for by core's own patrol.
 *
 * @param listen whether the pool's connections stay with their client, so that LISTEN works
 */
export function startWorker(pool: Pool, listen: boolean, look: () => Promise<void>): StoreWorker {
  const looking = new Set<Promise<void>>();
  const stopping = new AbortController();
  const running = keepRunning(stopping.signal, {
    pgPool: queuePool(pool, listen, stopping.signal),
    concurrency: CONCURRENCY,
    pollInterval: listen ? POLL_LISTENING : POLL,
    noHandleSignals: true,
    noPreparedStatements: true,
    // Not what the process's folder or environment say: a crontab lying there is nobody's of ours.
    schema: "graphile_worker",
    parsedCronItems: parseCronItems([]),
    logger: silent,
    // Without a delay nobody awaits the end of a job: one that could not be stored would end the process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    taskList: {
      async pay_deliver() {
        // Fetched while stopping: it stays in the queue, for another process.
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
      await Promise.race([running, wait(STOP_TIMEOUT, undefined, late)]);
      late.abort();
    },
  };
}

/** The queue gives up when it cannot store the end of a job. It is started again: what it was doing stands in the outbox. */
async function keepRunning(signal: AbortSignal, options: RunnerOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      await runUntil(signal, await run(options));
    } catch {
      // The database could not be reached, or not be written: the next try may find it.
    }
    await wait(RESTART, undefined, { signal }).catch(() => {});
  }
}

async function runUntil(signal: AbortSignal, runner: Runner): Promise<void> {
  // It rejects where it has stopped of its own accord.
  const stop = () => void runner.stop().catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    if (signal.aborted) stop();
    await runner.promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
