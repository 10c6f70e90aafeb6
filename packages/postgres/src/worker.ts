import { setTimeout as wait } from "node:timers/promises";
import type { PaymentId, StoreWorker } from "@pay/core/store";
import { Logger, type Runner, type RunnerOptions, run, runOnce } from "graphile-worker";
import type { Pool } from "pg";

/** Payments delivered at once in one process. */
const CONCURRENCY = 16;
/** Milliseconds between looks where LISTEN brings the news, and where it cannot. */
const POLL_LISTENING = 2000;
const POLL = 500;

/** Its lines would be printed past the app's logger, and may quote what a job's error says. */
export const silent: Logger = new Logger(() => () => {});

/**
 * Runs the jobs that settlements and retries left in the queue. A job only says where to look: what there is to deliver
 * stands in the outbox, so a job too many finds nothing, and one too few is made up for by core's own patrol.
 *
 * @param listen whether the pool's connections stay with their client, so that LISTEN works
 */
export async function startWorker(
  pool: Pool,
  listen: boolean,
  deliver: (id: PaymentId) => Promise<void>,
): Promise<StoreWorker> {
  const options: RunnerOptions = {
    pgPool: pool,
    concurrency: CONCURRENCY,
    pollInterval: POLL_LISTENING,
    noHandleSignals: true,
    noPreparedStatements: true,
    logger: silent,
    // An error would keep the job for another day; core's patrol finds what is due sooner.
    taskList: { pay_deliver: (payload) => deliver((payload as { id: PaymentId }).id).catch(() => {}) },
  };
  if (!listen) return startPolling(options);
  const runner: Runner = await run(options);
  return { stop: () => runner.stop() };
}

function startPolling(options: RunnerOptions): StoreWorker {
  const stopping = new AbortController();
  const polling = (async () => {
    while (!stopping.signal.aborted) {
      // A look that fails is made good by the next one.
      await runOnce(options).catch(() => {});
      await wait(POLL, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    stop() {
      stopping.abort();
      return polling;
    },
  };
}
