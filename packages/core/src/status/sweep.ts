import type { CallbackDeps } from "../callbacks/handle.ts";
import type { UnmatchedNotification } from "../contract/store.ts";
import { className } from "../model/errors.ts";
import { type PaymentId, parsePaymentId } from "../model/ids.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import type { Review } from "../model/review.ts";
import { unmatchedDigest } from "../recording/digest.ts";
import { recordFact } from "../recording/record-fact.ts";
import { providerOf, type RefreshDeps, refreshFromProvider } from "./refresh.ts";

export interface SweepDeps extends CallbackDeps, RefreshDeps {
  readonly createTimeoutMs: number;
  /** The trait of the provider that has this account. */
  readonly failureIsFinal: (merchantAccount: string) => boolean;
}

/** Milliseconds between sweeps. */
export const SWEEP_INTERVAL = 10_000;
/** Milliseconds an orphan waits for its payment before a person is asked. */
const UNMATCHED_PATIENCE_MS = 60 * 60 * 1000;
/** A create is given this much longer than its time before its process is taken for dead. */
const CREATE_GRACE = 30_000;
/** Milliseconds until a gateway is asked again that did not answer when its payment was overdue. */
const CHECK_AGAIN_AFTER_MS = 30_000;
const BATCH = 100;
const CANDIDATES = 10;

export interface Sweeping {
  stop(): Promise<void>;
}

/** Sweeps now and then until stopped. Any number of processes may: each step is settled by itself and repeats harmlessly. */
export function startSweeping(deps: SweepDeps): Sweeping {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await sweep(deps, stopping.signal);
      } catch (error) {
        deps.logger.error("A sweep failed; the next one goes on.", { error: className(error) });
      }
      await deps.clock.sleep(SWEEP_INTERVAL, stopping.signal);
    }
  })();
  return {
    stop() {
      stopping.abort();
      return loop;
    },
  };
}

/** One sweep: silent payments expire, creates of dead processes become unknown, orphans are adopted or shown to a person. */
export async function sweep(deps: SweepDeps, stopping?: AbortSignal): Promise<void> {
  const now = deps.now();
  const createdBefore = now - deps.createTimeoutMs - CREATE_GRACE;
  await inBatches(
    deps,
    stopping,
    () => deps.store.overdue(now, createdBefore, BATCH),
    (record) => closeOverdue(deps, record, now),
  );
  await inBatches(
    deps,
    stopping,
    () => deps.store.staleUnmatched(now - UNMATCHED_PATIENCE_MS, BATCH),
    (unmatched) => placeUnmatched(deps, unmatched),
  );
}

/**
 * Each step takes its item off the list, so a full batch means there is more. An item that fails stays for the next sweep,
 * and keeps none behind it waiting.
 */
async function inBatches<T>(
  { logger }: SweepDeps,
  stopping: AbortSignal | undefined,
  next: () => Promise<readonly T[]>,
  step: (item: T) => Promise<void>,
): Promise<void> {
  let batch: readonly T[];
  let failed: number;
  do {
    // The next process finds what is left.
    if (stopping?.aborted) return;
    batch = await next();
    // Together: one gateway that thinks long keeps no other one's payments waiting.
    const steps = await Promise.allSettled(batch.map(step));
    failed = steps.filter(({ status }) => status === "rejected").length;
    if (failed > 0) logger.error("Some of a sweep failed; the next one tries again.", { failed });
  } while (batch.length === BATCH && failed < BATCH);
}

async function closeOverdue(deps: SweepDeps, record: PaymentRecord, now: number): Promise<void> {
  const { payment } = record;
  const answer = await refreshFromProvider(deps, record);
  // It may have been paid all the same: the gateway is asked again, until it knows.
  const asksOn = answer === undefined && providerOf(deps, payment)?.retrieve !== undefined;
  const expired = payment.expiresAt <= now;
  await recordFact(deps, {
    query: { merchantAccount: payment.merchantAccount, paymentId: payment.id },
    fact: expired ? { kind: "deadline" } : { kind: "create_unknown", reason: "the process ended before the answer" },
    failureIsFinal: false,
    ...(asksOn && { checkStatusAt: now + CHECK_AGAIN_AFTER_MS }),
    onlyIf: ({ payment: current }) =>
      expired ? OPEN_STATES.includes(current.state) && current.expiresAt <= now : current.state === "created",
  });
}

/** Adoption is tried once more; only then are candidates looked for, and a person is asked. */
async function placeUnmatched(deps: SweepDeps, unmatched: UnmatchedNotification): Promise<void> {
  const paymentId = parsePaymentId(unmatched.subject);
  // A subject that is neither is a reference of somebody else's, and must not be taken for a ref of ours.
  const { providerReference } = unmatched.fact;
  const toRecord = {
    query: {
      merchantAccount: unmatched.merchantAccount,
      ...(paymentId !== undefined && { paymentId }),
      ...(providerReference !== undefined && { providerReference }),
      adopt: true,
    },
    failureIsFinal: deps.failureIsFinal(unmatched.merchantAccount),
  };
  const placed = await recordFact(deps, toRecord);
  if (placed.kind !== "unknown_payment") return;
  const candidates = await deps.store.candidates(unmatched, CANDIDATES);
  await recordFact(deps, {
    ...toRecord,
    unmatchedReview: { unmatched, review: reviewOf(deps, unmatched, candidates) },
  });
}

function reviewOf({ ids, now }: SweepDeps, unmatched: UnmatchedNotification, candidates: readonly PaymentId[]): Review {
  const { merchantAccount, subject, fact } = unmatched;
  const providerReference = fact.providerReference === undefined ? {} : { providerReference: fact.providerReference };
  return {
    id: ids.review(),
    kind: "unmatched",
    digest: unmatchedDigest(unmatched),
    openedAt: now(),
    details: { merchantAccount, subject, fact: fact.kind, ...providerReference },
    candidates,
    status: "open",
    actions: [],
  };
}
