import type { Context } from "../context.ts";
import type { LeasedStatusCheck } from "../contract/store.ts";
import { errorLabel } from "../model/errors.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { isUnderWay } from "../model/refund.ts";
import { moneyMayComeUntil } from "../recording/changes.ts";
import { giveUpRefunds } from "../refunds/give-up.ts";
import { isOfAnotherProcess, providerOf } from "../runtime/find-provider.ts";
import { createPlaces } from "../runtime/places.ts";
import { type Again, isUsedUp, nextStep, planned, questionOf, SLOW } from "./plan.ts";
import { answerReviews, openReview } from "./question-reviews.ts";
import { isCut, refreshFromProvider } from "./refresh.ts";

const SECOND = 1000;
/** Longer than a gateway may take, so that another process takes over only the checks of a dead one. */
const LEASE_MS = 30 * SECOND;
/** Places for checks that run at once. An account has half of them at most: its gateway, if it hangs, delays no payment of the others. */
const PLACES = 100;
/** Longest time between looks at the store: nothing wakes this process for checks that a dead process left behind. */
const NAP_MS = 30 * SECOND;
/** Longer than a deployment, during which only some of the processes know a new provider. */
const DEPLOYMENT_MS = 7 * 24 * 3600 * SECOND;

export interface StatusCheckLoop {
  /** Call it when a status check was scheduled, with its time in Unix milliseconds. */
  wake(dueAt: number): void;
  /** Starts no more checks and waits for those that are running. */
  stop(): Promise<void>;
}

/** Performs the scheduled status checks until the gateways have answered. Any number of processes may do so. */
export function startStatusCheckLoop(context: Context): StatusCheckLoop {
  const { clock, logger, store } = context;
  const running = new Set<Promise<void>>();
  /** By merchant account. */
  const places = createPlaces(PLACES);
  let stopped = false;
  let sleeping = new AbortController();
  /** When checks are due, as far as this process knows, in Unix milliseconds. Later ones are found by a look, up to `NAP_MS` late. */
  const dueTimes = new Set<number>();
  /** Until when, in Unix milliseconds, this process leases no checks of an account that only another process can ask. */
  const left = new Map<string, number>();
  const wake = (dueAt: number) => {
    if (dueAt <= clock.now() + NAP_MS) dueTimes.add(dueAt);
    sleeping.abort("awake");
  };

  async function round(): Promise<void> {
    sleeping = new AbortController();
    const now = clock.now();
    for (const dueAt of dueTimes) if (dueAt <= now) dueTimes.delete(dueAt);
    for (const [account, until] of left) if (until <= now) left.delete(account);
    const full = places.taken().filter((account) => places.share(account) <= 0);
    const open = places.taken().filter((account) => !full.includes(account));
    const limit = Math.min(places.share(), ...open.map(places.share));
    const leased =
      limit <= 0 ? [] : await store.leaseStatusChecks(now, now + LEASE_MS, limit, [...full, ...left.keys()]);
    for (const check of leased) start(check);
    if (leased.length > 0 && leased.length === limit) return;
    const nextAt = [...dueTimes].reduce((earliest, dueAt) => Math.min(earliest, dueAt), now + NAP_MS);
    await clock.sleep(Math.max(0, nextAt - clock.now()), sleeping.signal);
  }

  function start(check: LeasedStatusCheck): void {
    places.take(check.merchantAccount);
    const performed = perform(context, check).then((delayMs) => {
      if (delayMs === "left") left.set(check.merchantAccount, clock.now() + NAP_MS);
      running.delete(performed);
      places.leave(check.merchantAccount);
      wake(clock.now() + (delayMs === "left" ? NAP_MS : delayMs));
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
      sleeping.abort("stopped");
      return loop;
    },
  };
}

/**
 * Performs one check. Returns the milliseconds until the next one, or that it left the check to another process. Never rejects: a failed
 * check is repeated when its lease ends.
 */
async function perform(context: Context, check: LeasedStatusCheck): Promise<number | "left"> {
  const { clock, logger, store } = context;
  try {
    const record = await store.payment(check.paymentId);
    if (record !== undefined && isLeft(context, record)) {
      await store.finishStatusCheck(check, clock.now(), check.attempt - 1);
      return "left";
    }
    const next = record && (await askGateway(context, record, check));
    await store.finishStatusCheck(check, next && clock.now() + next.delayMs, next?.attempts);
    return next?.delayMs ?? NAP_MS;
  } catch (error) {
    logger.error("The result of a status check was not stored.", {
      paymentId: check.paymentId,
      error: errorLabel(error),
    });
    return LEASE_MS;
  }
}

/**
 * Whether another process has to perform the checks of a payment: here they would count as failed, or as nothing to ask. `start()` lets a
 * provider go whose payments are closed, so an old check of one ends here, or no process would end it.
 */
function isLeft(context: Context, { payment, refunds = [] }: PaymentRecord): boolean {
  if (!isOfAnotherProcess(context, payment.merchantAccount)) return false;
  const isOutstanding = OPEN_STATES.includes(payment.state) || refunds.some(isUnderWay);
  return isOutstanding || context.now() < payment.updatedAt + DEPLOYMENT_MS;
}

/**
 * Asks the gateway about the payment, and records its answer. A gateway may notify before its own answer changes.
 *
 * @returns `undefined` if nothing is left to ask
 */
async function askGateway(
  context: Context,
  record: PaymentRecord,
  check: LeasedStatusCheck,
): Promise<Again | undefined> {
  const { payment } = record;
  const history = await context.store.history(payment.id);
  const nextRefundAt = await giveUpRefunds(context, record, history);
  const afterRefunds = nextRefundAt === undefined ? undefined : { delayMs: nextRefundAt - context.now(), attempts: 0 };
  const provider = providerOf(context, payment);
  const question = questionOf(history, payment, check);
  if (question.isClosed) return afterRefunds;
  const isUnpaid = payment.state !== "succeeded" && provider?.retrieve !== undefined;
  if (!question.isAsked && !isUnpaid) {
    if (question.isTold && payment.state === "succeeded") await answerReviews(context, payment, "succeeded");
    return afterRefunds;
  }
  const answer = (await refreshFromProvider(context, record)) ?? { failure: "no provider that can be asked" };
  const now = context.now();
  if ("failure" in answer) {
    // Another process asks at once.
    if (isCut(context)) return { delayMs: 0, attempts: check.attempt - 1 };
    if (!isUsedUp(question, check, now)) return planned(check);
    await openReview(context, payment, question, answer.failure);
    return SLOW;
  }
  const { recorded, status } = answer;
  if (!("record" in recorded)) return planned(check);
  const current = recorded.record.payment;
  const mayComeUntil = moneyMayComeUntil(current, provider?.traits);
  const next = nextStep(
    question,
    { payment: current, status, isRepeated: recorded.kind === "duplicate", mayComeUntil },
    now,
  );
  if (next !== "tell") {
    if (question.isTold && status !== "unrecognized") await answerReviews(context, current, status);
    return next === "done" ? afterRefunds : next;
  }
  await openReview(context, current, question, `the gateway's answer is ${status}`, status);
  return SLOW;
}
