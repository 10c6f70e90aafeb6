import type { Context } from "../context.ts";
import type { StatusCheck } from "../contract/store.ts";
import { errorLabel } from "../model/errors.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { giveUpRefunds } from "../refunds/give-up.ts";
import { providerOf } from "../runtime/find-provider.ts";
import { refreshFromProvider } from "./refresh.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds between one question and the next while the gateway has no answer yet. After the last one the sweep asks. */
export const STATUS_CHECK_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];
/** Longer than a gateway may take, so that another process takes over only the checks of a dead one. */
const LEASE_MS = 30 * SECOND;
/** Checks at once: a slow gateway must not delay the payments of the others. */
const CONCURRENCY = 50;
/** Longest time between looks at the store: nothing wakes this process for checks that a dead process left behind. */
const NAP_MS = 30 * SECOND;

export interface StatusCheckLoop {
  /** Call it when a status check was scheduled. */
  wake(): void;
  /** Starts no more checks and waits for those that are running. */
  stop(): Promise<void>;
}

/** Performs the scheduled status checks until the gateways have answered. Any number of processes may do so. */
export function startStatusCheckLoop(context: Context): StatusCheckLoop {
  const { clock, logger, store } = context;
  const running = new Set<Promise<void>>();
  let stopped = false;
  let sleeping = new AbortController();
  /** When the next check is due, as far as this process knows, in Unix milliseconds. */
  let nextAt = 0;
  const wake = () => sleeping.abort("awake");

  async function round(): Promise<void> {
    sleeping = new AbortController();
    const now = clock.now();
    if (nextAt <= now) nextAt = now + NAP_MS;
    const free = CONCURRENCY - running.size;
    const leased = free === 0 ? [] : await store.leaseStatusChecks(now, now + LEASE_MS, free);
    for (const check of leased) start(check);
    await clock.sleep(Math.min(NAP_MS, nextAt - clock.now()), sleeping.signal);
  }

  function start(check: StatusCheck): void {
    const performed = perform(context, check).then((delayMs) => {
      running.delete(performed);
      nextAt = Math.min(nextAt, clock.now() + delayMs);
      wake();
    });
    running.add(performed);
  }

  const loop = (async () => {
    while (!stopped) {
      try {
        await round();
      } catch (error) {
        logger.error("The scheduled status checks could not be read; the next attempt follows.", {
          error: errorLabel(error),
        });
        await clock.sleep(NAP_MS, sleeping.signal);
      }
    }
    await Promise.all(running);
  })();

  return {
    wake,
    stop() {
      stopped = true;
      wake();
      return loop;
    },
  };
}

/** The kinds of history entries that an answer leaves. */
const ANSWERS: readonly string[] = ["succeeded", "failed", "pending", "reversed", "unrecognized"];

/** Performs one check. Returns the milliseconds until the next one. Never rejects: a failed check is repeated when its lease ends. */
async function perform(context: Context, check: StatusCheck): Promise<number> {
  const { clock, logger, store } = context;
  try {
    const record = await store.payment(check.paymentId);
    const isDone = record === undefined || (await askGateway(context, record));
    const delayMs = isDone ? undefined : STATUS_CHECK_DELAYS_MS[check.attempt - 1];
    await store.finishStatusCheck(check, delayMs === undefined ? undefined : clock.now() + delayMs);
    return delayMs ?? NAP_MS;
  } catch (error) {
    logger.error("The result of a status check was not stored.", {
      paymentId: check.paymentId,
      error: errorLabel(error),
    });
    return LEASE_MS;
  }
}

/**
 * Asks the gateway about the payment, and records its answer. A gateway may notify before its own answer changes.
 *
 * @returns true if nothing is left to ask
 */
async function askGateway(context: Context, record: PaymentRecord): Promise<boolean> {
  const refundsDone = await giveUpRefunds(context, record);
  if (!(await isStatusWanted(context, record))) return refundsDone;
  const answer = await refreshFromProvider(context, record);
  if (answer === undefined || !("record" in answer.recorded)) return false;
  const { recorded, status } = answer;
  const { state } = recorded.record.payment;
  const isNews = recorded.kind !== "duplicate" && status !== "pending" && !OPEN_STATES.includes(state);
  return refundsDone && (state === "succeeded" || isNews);
}

/** Whether the check is about the payment itself, and not only about one of its refunds. */
async function isStatusWanted(context: Context, { payment, refunds }: PaymentRecord): Promise<boolean> {
  if (providerOf(context, payment)?.retrieve === undefined) return false;
  if (refunds === undefined || payment.state !== "succeeded") return true;
  const facts = (await context.store.history(payment.id)).map(({ fact }) => fact.kind);
  return facts.lastIndexOf("check_status") > facts.findLastIndex((kind) => ANSWERS.includes(kind));
}
