import type { Context } from "../context.ts";
import type { Logger } from "../contract/runtime.ts";
import type { Decision, Snapshot, UnmatchedNotification, UpdateQuery } from "../contract/store.ts";
import { errorLabel } from "../model/errors.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { EventType } from "../model/event-types.ts";
import type { Fact, NotificationFact, SideFact } from "../model/fact.ts";
import type { EventId, Ids, PaymentId, RefundId, ReviewId } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { type AcceptedStatus, OUTCOME_REVIEWS, type Review, type ReviewKind } from "../model/review.ts";
import { acceptedSuccess } from "../refunds/paid-amount.ts";
import { applyFact } from "./apply-fact.ts";
import {
  answeredReview,
  changesOf,
  type DecidingTraits,
  NOTHING,
  placedReviews,
  type Situation,
  startChanges,
  type Verdict,
  withReviewEvents,
} from "./changes.ts";
import { isPaidByWord } from "./transition.ts";

/** The part of the context that recording needs. */
export type RecordingContext = Pick<
  Context,
  "store" | "ids" | "now" | "logger" | "wakeDelivery" | "wakeStatusChecks" | "orderPaid"
>;

/** A fact about a payment, and how its payment is found. */
export interface FactToRecord {
  readonly query: UpdateQuery;
  /** Absent if only waiting notifications are to be adopted. */
  readonly fact?: Fact | SideFact;
  /** The provider's traits, for what the gateway reports. */
  readonly traits?: DecidingTraits | undefined;
  /** When to ask the payment's gateway as well, in Unix milliseconds. @default not at all */
  readonly checkStatusAt?: number;
  /** Given if the fact is the gateway's last word, in answer to a question: the version of the payment when the question began. */
  readonly lastWordSince?: number | undefined;
  /** A notification that finds no payment is kept as this. */
  readonly unmatched?: () => UnmatchedNotification;
  /** The success of a payment that a person took for paid. */
  readonly acceptedSuccess?: NotificationFact;
  /** Checked again inside the transaction, for facts about a payment that was read earlier. */
  readonly onlyIf?: (record: PaymentRecord, openReviews: readonly Review[]) => boolean;
  /** Opened if the payment of this notification is still missing. */
  readonly unmatchedReview?: { readonly unmatched: UnmatchedNotification; readonly review: Review };
}

/**
 * - `applied`: a new fact, recorded, whether or not it moved the state
 * - `duplicate`: known already
 * - `under_review`: recorded, and a person has to look because the state did not follow
 * - `status_check_scheduled`: recorded, and the gateway will be asked
 * - `unknown_payment`: kept as an unmatched notification, if there was one to keep
 * - `unmatched_full`: not kept, so it must come again
 */
export type Recorded =
  | {
      readonly kind: Verdict;
      readonly record: PaymentRecord;
      readonly events: readonly PaymentEvent[];
      /** The payment that had paid the order before. */
      readonly orderPaidBy: PaymentId | undefined;
    }
  | { readonly kind: "unknown_payment" | "unmatched_full" };

/** Most unmatched notifications that Pay keeps per merchant account. Pay refuses further ones, so the gateway must send them again. */
export const UNMATCHED_LIMIT = 10_000;

/** Records one fact in one transaction. Resolves after the commit, rejects if there was none. */
export async function recordFact(context: RecordingContext, toRecord: FactToRecord): Promise<Recorded> {
  const at = context.now();
  const recorded = await commitFact(context, at, toRecord);
  if ("record" in recorded && recorded.events.length > 0)
    await answerReviews(context, recorded, toRecord.lastWordSince);
  return recorded;
}

/** What was received with a success that a person took for paid is in the history alone. It is read for these few payments, and does not change. */
async function commitFact(context: RecordingContext, at: number, toRecord: FactToRecord): Promise<Recorded> {
  const { query } = toRecord;
  const recorded = await commit<Recorded | PaymentId>(context, query, (ids, found) =>
    found.record !== undefined && !found.duplicate && isPaidByWord(found.record)
      ? { changes: NOTHING, result: found.record.payment.id }
      : decide(ids, at, toRecord, found),
  );
  if (typeof recorded !== "string") return recorded;
  const success = await acceptedSuccess(context.store, recorded);
  return commit(context, query, (ids, found) => decide(ids, at, { ...toRecord, acceptedSuccess: success }, found));
}

/** Events of the outcome that a gateway states, and that outcome. */
const OUTCOMES: Partial<Readonly<Record<EventType, AcceptedStatus>>> = {
  "payment.succeeded": "succeeded",
  "payment.paid_again": "succeeded",
  "payment.failed": "failed",
};
/** Entries of a payment that was opened, taken by its gateway, and decided. It has no review that asks. */
const PLAIN_HISTORY = 3;

/**
 * Closes the reviews that the outcome answers, which the gateway stated: that it does not answer is over with any statement. An unrecognized
 * status is answered only by the last word to a question, and only if nothing came since the question began: a notification beside it may
 * be about something else. The reviews are looked for after the transaction, so that the common callback stays one statement. If that
 * fails, they stay open for a person.
 */
async function answerReviews(
  context: RecordingContext,
  { events, record: { payment, version } }: Extract<Recorded, { readonly record: PaymentRecord }>,
  lastWordSince: number | undefined,
): Promise<void> {
  const stated = events.findLast(({ type }) => OUTCOMES[type] !== undefined);
  if (stated === undefined || version <= PLAIN_HISTORY) return;
  const as = OUTCOMES[stated.type]!;
  const { id: paymentId, merchantAccount } = payment;
  const isLastWord = lastWordSince !== undefined && version === lastWordSince + 1;
  const kinds: readonly ReviewKind[] = isLastWord ? OUTCOME_REVIEWS : ["status_unknown"];
  const asks = ({ kind, openedAt, status }: Review) =>
    status === "open" && kinds.includes(kind) && openedAt <= stated.occurredAt;
  try {
    if (!(await context.store.reviewsOfPayment(paymentId)).some(asks)) return;
    const at = context.now();
    await commit(context, { merchantAccount, paymentId, openReviews: true }, (_, { openReviews, record }) => {
      const answered = record?.version === version ? openReviews.filter(asks) : [];
      return {
        changes: { ...NOTHING, resolved: answered.map((review) => answeredReview(review, at, { as })) },
        result: undefined,
      };
    });
  } catch (error) {
    const fields = { paymentId, error: errorLabel(error) };
    context.logger.warn(
      "The reviews that ask for a payment's outcome stay open, although its gateway stated it.",
      fields,
    );
  }
}

/**
 * Has the store write what a rule decides, with the events of the reviews that it opens or resolves. Every change of a payment passes here.
 *
 * @param rule is pure apart from its ids; the store may call it more than once
 */
export async function commit<T>(
  context: RecordingContext,
  query: UpdateQuery,
  rule: (ids: Ids, found: Snapshot) => Decision<T>,
): Promise<T> {
  const ids = repeatable(context.ids);
  let last: Decision<T> | undefined;
  const result = await context.store.update(query, (found) => {
    const own = ids();
    const { changes, result } = rule(own, found);
    last = { changes: withReviewEvents(own, changes), result };
    return last;
  });
  for (const review of last?.changes.reviews ?? []) warnOfReview(context.logger, review);
  const { checkStatusAt, claimsOrder, events = [], record, redriven = [] } = last?.changes ?? {};
  if (events.length > 0 || redriven.length > 0) context.wakeDelivery();
  if (checkStatusAt !== undefined) context.wakeStatusChecks(checkStatusAt);
  if (claimsOrder && record !== undefined) context.orderPaid(record.payment);
  return result;
}

/** Warns the operator of a new review. */
export function warnOfReview(logger: Logger, { id, kind, paymentId }: Review): void {
  logger.warn("A person should look at a payment.", { review: kind, reviewId: id, paymentId });
}

/** Gives the same ids each time the rule is called, so that what a store wrote optimistically equals the result of the last call. */
function repeatable(ids: Ids): () => Ids {
  const events: EventId[] = [];
  const reviews: ReviewId[] = [];
  const refunds: RefundId[] = [];
  return () => {
    let event = 0;
    let review = 0;
    let refund = 0;
    return {
      payment: ids.payment,
      refund: () => (refunds[refund++] ??= ids.refund()),
      event: () => (events[event++] ??= ids.event()),
      review: () => (reviews[review++] ??= ids.review()),
    };
  };
}

/** The rule: decides what to write, from what was found and the fact. Pure apart from the ids. */
export function decide(ids: Ids, at: number, toRecord: FactToRecord, found: Snapshot): Decision<Recorded> {
  const { fact, query } = toRecord;
  if (found.record === undefined) return withoutPayment(toRecord, found);
  const { orderPaidBy, record } = found;
  if (found.duplicate || toRecord.onlyIf?.(record, found.openReviews) === false) {
    return { changes: NOTHING, result: { kind: "duplicate", record, events: [], orderPaidBy } };
  }
  const pending = startChanges(record);
  pending.checkStatusAt = toRecord.checkStatusAt;
  const situation: Situation = { ids, at, traits: toRecord.traits, acceptedSuccess: toRecord.acceptedSuccess, found };
  const verdict = fact === undefined ? "applied" : applyFact(situation, pending, fact);
  // Those under another provider reference wait for a fact whose query asked for the owner of that reference.
  const adopted = found.unmatchedNotifications.filter(
    ({ fact: { providerReference } }) =>
      providerReference === undefined || providerReference === query.providerReference,
  );
  // The same notification may have arrived under the provider reference alone before: it counts once.
  const inbox = new Set(query.digest === undefined ? [] : [query.digest]);
  for (const waiting of adopted) {
    if (!inbox.has(waiting.digest)) applyFact(situation, pending, waiting.fact);
    inbox.add(waiting.digest);
  }
  const resolved = [...pending.resolved, ...placedReviews(found, adopted, at, record.payment.id)];
  return {
    changes: { ...changesOf(pending), inbox: [...inbox], adopted, resolved },
    result: { kind: verdict, record: pending.record, events: pending.events, orderPaidBy },
  };
}

function withoutPayment({ unmatched, unmatchedReview }: FactToRecord, found: Snapshot): Decision<Recorded> {
  if (unmatchedReview !== undefined) {
    const changes = { ...NOTHING, reviews: [unmatchedReview.review], reviewed: [unmatchedReview.unmatched] };
    return { changes, result: { kind: "unknown_payment" } };
  }
  if (unmatched === undefined || found.duplicate) return { changes: NOTHING, result: { kind: "unknown_payment" } };
  if (found.unmatchedCount >= UNMATCHED_LIMIT) return { changes: NOTHING, result: { kind: "unmatched_full" } };
  return { changes: { ...NOTHING, unmatched: unmatched() }, result: { kind: "unknown_payment" } };
}
