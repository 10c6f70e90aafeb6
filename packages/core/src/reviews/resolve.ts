import type { Context } from "../context.ts";
import type { Changes, Decision, Snapshot, UnmatchedNotification, UpdateQuery } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { Fact, NotificationFact, RefundFact } from "../model/fact.ts";
import { type Ids, type PaymentId, parseReviewId, type ReviewId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { refundedAmount, refundNamed } from "../model/refund.ts";
import type { AcceptedStatus, Review, ReviewAction, ReviewResolution } from "../model/review.ts";
import { applyFact } from "../recording/apply-fact.ts";
import { acceptedReview, changesOf, NOTHING, noteAct, placedReviews, startChanges } from "../recording/changes.ts";
import { unmatchedDigest } from "../recording/digest.ts";
import { commit } from "../recording/record-fact.ts";
import { isPaidByWord } from "../recording/transition.ts";
import { acceptedSuccess, paidAmount } from "../refunds/paid-amount.ts";
import { acceptedFact } from "./accepted-fact.ts";
import { checkResolution, invalid, refuseUnused } from "./check-resolution.ts";

/**
 * Resolves a review: what the resolution asks for, the review's own status, and an entry of the payment's history, in one transaction.
 */
export async function resolveReview(context: Context, id: string, given: ReviewResolution): Promise<Review> {
  const resolution = checkResolution(given);
  const known = parseReviewId(id);
  const review = known && (await context.store.review(known));
  if (review === undefined) throw new PayError("NOT_FOUND", "The store has no review of this id.");
  const plan = await planOf(context, review, resolution);
  const at = context.now();
  return commit(context, plan.query, (ids, found) => decide(context, ids, at, plan, found));
}

/** What to do, before anything is read inside the transaction. */
interface Plan {
  readonly query: UpdateQuery & { readonly review: ReviewId };
  readonly resolution: ReviewResolution;
  /** The fact to apply to the payment. That of an unmatched notification comes from the store. */
  readonly fact?: Fact | RefundFact;
  /** The success of a payment that a person took for paid before. */
  readonly acceptedSuccess?: NotificationFact;
  /** What the superseded payment was paid with that is to pay its order. */
  readonly claim?: Money;
}

async function planOf({ store }: Context, review: Review, resolution: ReviewResolution): Promise<Plan> {
  const accepts = resolution.action === "accept" ? resolution : undefined;
  const record = review.paymentId && (await store.payment(review.paymentId));
  const isOfKnownRefund =
    review.kind === "refund_unknown" &&
    review.details.refund !== undefined &&
    refundNamed(record?.refunds ?? [], review.details.refund) !== undefined;
  refuseUnused(review.kind, isOfKnownRefund, accepts);
  if (review.kind === "unmatched") {
    const { merchantAccount, providerReference, subject } = review.details;
    const query = { merchantAccount, subject, adopt: true, review: review.id };
    if (accepts?.paymentId === undefined) return { query, resolution };
    const paymentId = accepts.paymentId as PaymentId;
    const owner = await store.payment(paymentId);
    if (owner?.payment.merchantAccount !== merchantAccount) {
      throw invalid("paymentId", "must name a payment of the notification's merchant account");
    }
    return {
      ...(isPaidByWord(owner) && { acceptedSuccess: await acceptedSuccess(store, paymentId) }),
      query: { ...query, paymentId, ...(providerReference !== undefined && { providerReference }) },
      resolution,
    };
  }
  // A dead letter of an event about a review without a payment.
  if (review.kind === "dead_letter" && review.paymentId === undefined)
    return { query: { merchantAccount: "", review: review.id }, resolution };
  if (record === undefined) throw new PayError("NOT_FOUND", "The review's payment is not in the store.");
  const fact = accepts && acceptedFact(review, accepts.as);
  if (fact?.kind === "succeeded" && fact.receivedAmount?.value === 0)
    throw invalid("action", 'must be "dismiss" or "note": an amount of zero pays nothing');
  const claim = accepts && review.kind === "superseded_paid" ? await paidAmount(store, record.payment) : undefined;
  const { id: paymentId, merchantAccount } = record.payment;
  const query = { merchantAccount, paymentId, review: review.id, openReviews: outcomeOf(fact) !== undefined };
  return { query, resolution, ...(fact !== undefined && { fact }), ...(claim !== undefined && { claim }) };
}

function decide(context: Context, ids: Ids, at: number, plan: Plan, found: Snapshot): Decision<Review> {
  const { query, resolution } = plan;
  const { review } = found;
  if (review === undefined) throw new PayError("NOT_FOUND", "The store has no review of this id.");
  if (review.status !== "open") throw new PayError("REVIEW_CLOSED", `The review is ${review.status} already.`);
  const resolved = afterAction(review, at, resolution);
  const adopted = adoptedBy(plan, review, found.unmatchedNotifications);
  const redriven = resolution.action === "accept" ? deadLetterOf(review) : [];
  if (found.record === undefined)
    return { changes: { ...NOTHING, adopted, redriven, resolved: [resolved] }, result: resolved };

  const pending = startChanges(found.record);
  noteAct(pending, at, { kind: "review", review: review.id, about: review.kind, ...done(resolution) });
  if (plan.claim !== undefined) pending.claimsOrder = claimsOrder(found.record, plan.claim, found.orderPaidBy);
  const situation = {
    ids,
    at,
    traits: context.traitsOf(query.merchantAccount),
    acceptedSuccess: plan.acceptedSuccess,
    found,
  };
  const others = placedReviews(found, adopted, at, found.record.payment.id).filter(({ id }) => id !== review.id);
  const facts = new Map(adopted.map(({ digest, fact }) => [digest, fact]));
  for (const fact of plan.fact === undefined ? facts.values() : [plan.fact]) applyFact(situation, pending, fact);
  return {
    changes: {
      ...changesOf(pending),
      adopted,
      inbox: [...facts.keys()],
      redriven,
      resolved: [resolved, ...others, ...answered(plan, at, found)],
    },
    result: resolved,
  };
}

/** @throws PayError if the payment cannot pay its order: another one did, or its money goes back */
function claimsOrder(record: PaymentRecord, paid: Money, orderPaidBy: PaymentId | undefined): boolean {
  const { refunds = [], payment } = record;
  if (orderPaidBy === payment.id) return false;
  if (orderPaidBy !== undefined) {
    const message = "Another payment paid the order meanwhile: dismiss the review, and send this payment's money back.";
    throw new PayError("ORDER_ALREADY_PAID", message, { paymentId: orderPaidBy });
  }
  const isSentBack = payment.amount.currency === paid.currency && refundedAmount(refunds) >= paid.value;
  if (record.reversed || isSentBack)
    throw invalid("action", 'must be "dismiss" or "note": the money was sent back, or is on its way');
  return true;
}

/** The outcome that a person gave the payment by accepting a fact. */
function outcomeOf(fact: Plan["fact"]): AcceptedStatus | undefined {
  switch (fact?.kind) {
    case "succeeded":
    case "failed":
    case "reversed":
      return fact.kind;
    default:
      return undefined;
  }
}

/** The reviews of a gateway that does not answer, closed by the person who gave the payment its outcome. */
function answered({ fact, resolution: { by } }: Plan, at: number, { openReviews }: Snapshot): readonly Review[] {
  const as = outcomeOf(fact);
  if (as === undefined) return [];
  const action = { at, as, ...(by !== undefined && { by }) };
  return openReviews.filter(({ kind }) => kind === "status_unknown").map((review) => acceptedReview(review, action));
}

/**
 * The review's own notification, and with a payment those that belong to it as well. None if the notification found its payment
 * meanwhile.
 */
function adoptedBy(
  { query, resolution }: Plan,
  review: Review,
  waiting: readonly UnmatchedNotification[],
): readonly UnmatchedNotification[] {
  const isOwn = (unmatched: UnmatchedNotification) => unmatchedDigest(unmatched) === review.digest;
  if (resolution.action === "note" || !waiting.some(isOwn)) return [];
  const { providerReference } = query;
  return waiting.filter(
    (unmatched) =>
      isOwn(unmatched) || (providerReference !== undefined && unmatched.fact.providerReference === providerReference),
  );
}

function afterAction(review: Review, at: number, resolution: ReviewResolution): Review {
  const { action } = resolution;
  const status = action === "accept" ? "accepted" : action === "dismiss" ? "dismissed" : "open";
  return { ...review, status, actions: [...review.actions, { at, ...done(resolution) }] };
}

function done(resolution: ReviewResolution): Omit<ReviewAction, "at"> {
  const { action, by, note } = resolution;
  const { paymentId = undefined, as = undefined } = action === "accept" ? resolution : {};
  return {
    action,
    ...(by !== undefined && { by }),
    ...(note !== undefined && { note }),
    ...(paymentId !== undefined && { paymentId: paymentId as PaymentId }),
    ...(as !== undefined && { as }),
  };
}

function deadLetterOf({ details, kind }: Review): Changes["redriven"] {
  if (kind !== "dead_letter") return [];
  const { event: eventId, handler, review } = details;
  return [{ eventId, handler, ...(review !== undefined && { review }) }];
}
