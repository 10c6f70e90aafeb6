import { placeUnmatched } from "../callbacks/unmatched.ts";
import type { Context } from "../context.ts";
import { errorLabel } from "../model/errors.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { EXPIRY_HOLDING_REVIEWS } from "../model/review.ts";
import { moneyMayComeUntil } from "../recording/changes.ts";
import { recordFact } from "../recording/record-fact.ts";
import { isOfAnotherProcess, providerOf } from "../runtime/find-provider.ts";
import { DAILY_MS } from "./plan.ts";
import { isCut, refreshFromProvider, UNDECIDED } from "./refresh.ts";

export const SWEEP_INTERVAL_MS = 10_000;
/** Milliseconds that an unmatched notification waits for its payment before a review is opened. */
const UNMATCHED_PATIENCE_MS = 60 * 60 * 1000;
/** Milliseconds added to the time of a create before its process counts as dead. */
const CREATE_GRACE_MS = 30_000;
/** Milliseconds until the next question to a gateway that did not answer when its payment was overdue. */
const CHECK_AGAIN_AFTER_MS = 30_000;
/** Items of a batch; of payments, those of each merchant account. */
const BATCH = 100;

export interface SweepLoop {
  stop(): Promise<void>;
}

/** Sweeps regularly until stopped. Any number of processes may: each step is recorded by itself, and a repetition is harmless. */
export function startSweepLoop(context: Context): SweepLoop {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await sweep(context, stopping.signal);
      } catch (error) {
        context.logger.error("A sweep failed; the next one goes on.", { error: errorLabel(error) });
      }
      await context.clock.sleep(SWEEP_INTERVAL_MS, stopping.signal);
    }
  })();
  return {
    stop() {
      stopping.abort();
      return loop;
    },
  };
}

/**
 * One sweep: payments past their deadline expire, creates of dead processes become unknown, and unmatched notifications find their
 * payment or a person.
 */
export async function sweep(context: Context, stopping?: AbortSignal): Promise<void> {
  const now = context.now();
  const createdBefore = now - context.createTimeoutMs - CREATE_GRACE_MS;
  await inBatches(
    context,
    stopping,
    async () => ours(context, await context.store.overdue(now, createdBefore, BATCH)),
    (record) => closeOverdue(context, record, now),
  );
  await inBatches(
    context,
    stopping,
    () => context.store.staleUnmatched(now - UNMATCHED_PATIENCE_MS, BATCH),
    (unmatched) => placeUnmatched(context, unmatched),
  );
}

/**
 * Each step takes its item off the list, so a full batch means there may be more. An item that fails stays for the next sweep, and does
 * not hold up the others.
 */
async function inBatches<T>(
  { logger }: Context,
  stopping: AbortSignal | undefined,
  next: () => Promise<readonly T[]>,
  step: (item: T) => Promise<void>,
): Promise<void> {
  let batch: readonly T[];
  let failed: number;
  do {
    // Another process finds what is left.
    if (stopping?.aborted) return;
    batch = await next();
    // All at once, and of each account as many, so that a slow gateway delays the payments of the others by one question at most.
    const steps = await Promise.allSettled(batch.map(step));
    failed = steps.filter(({ status }) => status === "rejected").length;
    if (failed > 0) logger.error("Some steps of a sweep failed; the next sweep tries them again.", { failed });
  } while (batch.length >= BATCH && failed < batch.length);
}

/**
 * Leaves out the payments that a process with a provider of their account has to close: here they would expire unasked. They take no place
 * from others, since a batch has as many of each account.
 */
function ours(context: Context, overdue: readonly PaymentRecord[]): readonly PaymentRecord[] {
  return overdue.filter(({ payment: { merchantAccount } }) => {
    if (!isOfAnotherProcess(context, merchantAccount)) return true;
    const remedy = "start a process with a provider of the account.";
    context.rarely.warn(`Overdue payments wait for a process that can ask their gateway: ${remedy}`, {
      merchantAccount,
    });
    return false;
  });
}

async function closeOverdue(context: Context, record: PaymentRecord, now: number): Promise<void> {
  const { payment } = record;
  const mayComeUntil = moneyMayComeUntil(payment, providerOf(context, payment)?.traits);
  const isExpired = payment.expiresAt <= now;
  const answer = await refreshFromProvider(context, record, {
    afterMs: CHECK_AGAIN_AFTER_MS,
    statuses: mayComeUntil > now ? UNDECIDED : ["unrecognized"],
  });
  // Another process asks again before it closes the payment.
  if (isCut(context) && answer !== undefined && "failure" in answer) return;
  const checkStatusAt = nextCheckAt(answer, mayComeUntil, now);
  await recordFact(context, {
    query: { merchantAccount: payment.merchantAccount, paymentId: payment.id, openReviews: true },
    fact: isExpired ? { kind: "deadline" } : { kind: "create_unknown", reason: "the process ended before the answer" },
    ...(checkStatusAt !== undefined && { checkStatusAt }),
    onlyIf: ({ payment: current }, openReviews) =>
      isExpired
        ? OPEN_STATES.includes(current.state) &&
          current.expiresAt <= now &&
          !openReviews.some(({ kind }) => EXPIRY_HOLDING_REVIEWS.includes(kind))
        : current.state === "created",
  });
}

/** It may be paid all the same: a gateway that did not answer is asked again soon, and any other once a day while money may come. */
function nextCheckAt(
  answer: Awaited<ReturnType<typeof refreshFromProvider>>,
  mayComeUntil: number,
  now: number,
): number | undefined {
  if (answer === undefined) return undefined;
  if ("failure" in answer) return now + CHECK_AGAIN_AFTER_MS;
  return mayComeUntil > now ? Math.min(now + DAILY_MS, mayComeUntil) : undefined;
}
