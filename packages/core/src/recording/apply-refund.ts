import type { RefundFact, SideFact } from "../model/fact.ts";
import { type Money, sameMoney } from "../model/money.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { type Refund, type RefundStatus, refundNamed } from "../model/refund.ts";
import type { FactReviewKind, Review } from "../model/review.ts";
import {
  addEvent,
  addHistoryEntry,
  addReview,
  answeredReview,
  learnProviderReference,
  type PendingChanges,
  type Situation,
  type Verdict,
} from "./changes.ts";

type Requested = Extract<SideFact, { kind: "refund_requested" }>;
type Overdue = Extract<SideFact, { kind: "refund_overdue" }>;

const STATUSES: Readonly<Record<RefundFact["kind"], RefundStatus>> = {
  refund_succeeded: "succeeded",
  refund_pending: "pending",
  refund_failed: "failed",
  refund_unknown: "unknown",
};

/** How far each status is. A later report counts only if it is further: a failure may turn into a success, never the reverse. */
const PROGRESS: Readonly<Record<RefundStatus, number>> = {
  requested: 0,
  unknown: 1,
  pending: 2,
  failed: 3,
  succeeded: 4,
};

/** Applies a fact about a refund. It changes no state of the payment, and adds an event when the refund is finished. */
export function applyRefund(
  situation: Situation,
  pending: PendingChanges,
  fact: Requested | Overdue | RefundFact,
): Verdict {
  const { at } = situation;
  if (fact.kind === "refund_requested") {
    const { amount, key, refund: id } = fact;
    const refund: Refund = { id, status: "requested", amount, origin: "shop", createdAt: at, updatedAt: at };
    addHistoryEntry(pending, at, fact, withRefund(pending.record, key === undefined ? refund : { ...refund, key }));
    return "applied";
  }
  if (fact.kind === "refund_overdue") return review(situation, pending, fact, "refund_unknown");
  const { isOther, payment } = learnProviderReference(situation, pending.record.payment, fact.providerReference);
  // The refund belongs to another of the gateway's payments, e.g. to one of two that the buyer paid.
  if (isOther) return review(situation, pending, fact, "reference_mismatch");
  pending.record = { ...pending.record, payment };
  const known = find(pending.record.refunds ?? [], fact);
  return known === undefined ? begun(situation, pending, fact) : progress(situation, pending, fact, known);
}

function find(refunds: readonly Refund[], { refund, refundProviderReference }: RefundFact): Refund | undefined {
  if (refund !== undefined) return refundNamed(refunds, refund);
  return refundProviderReference === undefined
    ? undefined
    : refunds.find(({ providerReference }) => providerReference === refundProviderReference);
}

/**
 * Handles a refund that was started at the gateway. Pay needs the gateway's name for it and an amount, and guesses neither. A person who
 * records it may not know the name.
 */
function begun(situation: Situation, pending: PendingChanges, fact: RefundFact): Verdict {
  const { amount, key, recorded = false, refund, refundProviderReference: providerReference } = fact;
  if (amount === undefined || (!recorded && (refund !== undefined || providerReference === undefined))) {
    return review(situation, pending, fact, "refund_unknown");
  }
  if (amount.currency !== pending.record.payment.amount.currency) {
    return review(situation, pending, fact, "amount_mismatch");
  }
  if (!recorded && (pending.record.refunds ?? []).some((one) => isPerhaps(one, amount))) {
    return review(situation, pending, fact, "refund_unknown");
  }
  const { at, ids } = situation;
  const status = STATUSES[fact.kind];
  const other: Refund = {
    id: refund ?? ids.refund(),
    status,
    amount,
    origin: "gateway",
    ...(providerReference !== undefined && { providerReference }),
    ...(key !== undefined && { key }),
    createdAt: at,
    updatedAt: at,
  };
  return move(situation, pending, fact, other);
}

/** True if the gateway may mean this refund, whose name it has not given yet. Counted as another, it would be reported twice. */
function isPerhaps({ amount, providerReference, status }: Refund, reported: Money): boolean {
  return (
    providerReference === undefined && status !== "requested" && status !== "failed" && sameMoney(amount, reported)
  );
}

/** Applies a fact to a known refund. */
function progress(situation: Situation, pending: PendingChanges, fact: RefundFact, found: Refund): Verdict {
  if (fact.amount !== undefined && !sameMoney(fact.amount, found.amount)) {
    return review(situation, pending, fact, "amount_mismatch");
  }
  const { refundProviderReference: name = found.providerReference } = fact;
  // Another name may be of another refund: the gateway may have sent the money twice.
  if (found.providerReference !== undefined && found.providerReference !== name) {
    return review(situation, pending, fact, "contradiction");
  }
  const status = STATUSES[fact.kind];
  const other = fact.refundProviderReference === undefined ? findPossibleDuplicate(pending, found) : undefined;
  if (other !== undefined && (status === "succeeded" || status === "pending")) {
    const unsure = { ...fact, kind: "refund_unknown", reason: `${status}, as ${other.id} or besides` } as const;
    return move(situation, pending, unsure, { ...found, status: "unknown", updatedAt: situation.at });
  }
  const { isReportedTwice, refund: known } = nameRefund(pending, found, fact.refundProviderReference);
  if (isReportedTwice) return review(situation, pending, fact, "contradiction");
  if (known.status === "succeeded" && status === "failed") return review(situation, pending, fact, "contradiction");
  if (PROGRESS[status] <= PROGRESS[known.status]) {
    addHistoryEntry(pending, situation.at, fact, pending.record);
    return known.status === status ? "duplicate" : "applied";
  }
  return move(situation, pending, fact, { ...known, status, updatedAt: situation.at });
}

/**
 * Finds a refund that the gateway reported by its own name while Pay was requesting this one, which it now accepts without a name. They may
 * be the same. Both amounts then stay reserved, and a person decides.
 */
function findPossibleDuplicate(
  pending: PendingChanges,
  { amount, createdAt, providerReference, status }: Refund,
): Refund | undefined {
  if (providerReference !== undefined || status !== "requested") return undefined;
  return (pending.record.refunds ?? []).find(
    (other) =>
      other.origin === "gateway" &&
      other.status !== "failed" &&
      other.createdAt >= createdAt &&
      sameMoney(other.amount, amount),
  );
}

interface Named {
  readonly refund: Refund;
  /** True if events reported the refund under two ids before Pay found that they are one. */
  readonly isReportedTwice: boolean;
}

/**
 * Stores the gateway's name for a refund of ours. If a notification brought that name before the gateway answered, Pay took the refund for
 * one that was started at the gateway, and may have sent an event about it. The two are merged: the further status counts, and the id of an
 * event that was sent stays. Two refunds that the shop requested are never merged, whatever the gateway calls them: each keeps its amount
 * reserved, and the first keeps the name.
 */
function nameRefund(pending: PendingChanges, found: Refund, providerReference: string | undefined): Named {
  if (providerReference === undefined || found.providerReference !== undefined)
    return { refund: found, isReportedTwice: false };
  const { refunds = [] } = pending.record;
  const duplicate = refunds.find((other) => other !== found && other.providerReference === providerReference);
  // Different amounts mean different refunds.
  if (duplicate !== undefined && (duplicate.origin === "shop" || !sameMoney(duplicate.amount, found.amount))) {
    return { refund: found, isReportedTwice: false };
  }
  const named =
    duplicate === undefined ? { ...found, providerReference } : { ...merged(found, duplicate), providerReference };
  const gone = named.id === found.id ? duplicate : found;
  pending.record = withRefund({ ...pending.record, refunds: refunds.filter((refund) => refund !== gone) }, named);
  return { refund: named, isReportedTwice: duplicate !== undefined && isReported(found) && isReported(duplicate) };
}

function merged(found: Refund, duplicate: Refund): Refund {
  const status = PROGRESS[found.status] > PROGRESS[duplicate.status] ? found.status : duplicate.status;
  if (isReported(found)) return { ...found, status };
  const { createdAt, id, key, origin } = found;
  return { ...duplicate, status, requestedAs: id, createdAt, origin, ...(key !== undefined && { key }) };
}

function isReported({ status }: Refund): boolean {
  return status === "succeeded" || status === "failed";
}

/** Stores the refund's status, and adds an event if it is finished. */
function move(situation: Situation, pending: PendingChanges, fact: RefundFact, refund: Refund): Verdict {
  const { at, ids } = situation;
  const before = pending.record.refunds?.find(({ id }) => id === refund.id);
  const reviews: FactReviewKind[] = [];
  if (refund.status === "unknown") reviews.push("refund_unknown");
  // The shop got the event of its failure, and may have sent the money back with another refund since.
  if (before?.status === "failed") reviews.push("contradiction");
  addHistoryEntry(pending, at, fact, withRefund(pending.record, refund), reviews);
  for (const kind of reviews) addReview(pending, ids, at, kind, { ...fact, refund: refund.id });
  if (refund.status === "succeeded" || refund.status === "failed") {
    answerReviews(situation, pending, refund, refund.status);
    addEvent(pending, ids, { type: `refund.${refund.status}`, late: false, refund });
  }
  // The status check finds when the refund is overdue. It looks now, so that a question to the gateway under way keeps its age and pauses.
  if (refund.status === "pending") pending.checkStatusAt = at;
  return refund.status === "unknown" ? "under_review" : "applied";
}

/** Closes the open reviews that ask for the outcome of this refund: the gateway reported it. */
function answerReviews(
  { at, found: { openReviews = [] } }: Situation,
  pending: PendingChanges,
  refund: Refund,
  status: "succeeded" | "failed",
): void {
  const asking = openReviews.filter((review) => asksForRefund(review, refund));
  pending.resolved.push(...asking.map((review) => answeredReview(review, at, { as: status })));
}

/** True if the review asks for the outcome of this refund. */
export function asksForRefund({ details, kind }: Review, { id, providerReference, requestedAs }: Refund): boolean {
  if (kind !== "refund_unknown") return false;
  const { refund, refundProviderReference } = details;
  if (refund === undefined)
    return refundProviderReference !== undefined && refundProviderReference === providerReference;
  return refund === id || refund === requestedAs;
}

/** Adds the refund to the payment's refunds, or replaces it in its place. */
function withRefund(record: PaymentRecord, refund: Refund): PaymentRecord {
  const { refunds = [] } = record;
  const isKnown = refunds.some(({ id }) => id === refund.id);
  return {
    ...record,
    refunds: isKnown ? refunds.map((one) => (one.id === refund.id ? refund : one)) : [...refunds, refund],
  };
}

function review(
  { at, ids }: Situation,
  pending: PendingChanges,
  fact: Overdue | RefundFact,
  kind: FactReviewKind,
): Verdict {
  addHistoryEntry(pending, at, fact, pending.record, [kind]);
  addReview(pending, ids, at, kind, fact);
  return "under_review";
}
