import type { RefundFact, SideFact } from "../model/fact.ts";
import { type Money, sameMoney } from "../model/money.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { type Refund, type RefundStatus, refundNamed } from "../model/refund.ts";
import type { FactReviewKind } from "../model/review.ts";
import {
  addEvent,
  addLine,
  addReview,
  learnProviderReference,
  type PendingChanges,
  type Situation,
  type Verdict,
} from "./changes.ts";

type Requested = Extract<SideFact, { kind: "refund_requested" }>;

const STATUSES: Readonly<Record<RefundFact["kind"], RefundStatus>> = {
  refund_succeeded: "succeeded",
  refund_pending: "pending",
  refund_failed: "failed",
  refund_unknown: "unknown",
};

/** How far each status is: a later word counts only if it is further. A failure may turn out to be a success, never the reverse. */
const PROGRESS: Readonly<Record<RefundStatus, number>> = {
  requested: 0,
  unknown: 1,
  pending: 2,
  failed: 3,
  succeeded: 4,
};

/** Applies what is known of a refund: it changes no state of the payment, and is told of when it is done. */
export function applyRefund(situation: Situation, pending: PendingChanges, fact: Requested | RefundFact): Verdict {
  const { at } = situation;
  if (fact.kind === "refund_requested") {
    const { amount, key, refund: id } = fact;
    const refund: Refund = { id, status: "requested", amount, origin: "shop", createdAt: at, updatedAt: at };
    addLine(pending, at, fact, withRefund(pending.record, key === undefined ? refund : { ...refund, key }));
    return "applied";
  }
  const { isOther, payment } = learnProviderReference(situation, pending.record.payment, fact.providerReference);
  // Money of another of the gateway's payments went back, e.g. of one of two that the buyer paid.
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

/** One that was begun at the gateway. Nothing is guessed about money: it needs a name to be told apart by, and an amount. */
function begun(situation: Situation, pending: PendingChanges, fact: RefundFact): Verdict {
  const { amount, refund, refundProviderReference: providerReference } = fact;
  if (amount === undefined || refund !== undefined || providerReference === undefined) {
    return review(situation, pending, fact, "refund_unknown");
  }
  if (amount.currency !== pending.record.payment.amount.currency) {
    return review(situation, pending, fact, "amount_mismatch");
  }
  if ((pending.record.refunds ?? []).some((one) => isPerhaps(one, amount))) {
    return review(situation, pending, fact, "refund_unknown");
  }
  const { at, ids } = situation;
  const status = STATUSES[fact.kind];
  const other: Refund = {
    id: ids.refund(),
    status,
    amount,
    origin: "gateway",
    providerReference,
    createdAt: at,
    updatedAt: at,
  };
  return move(situation, pending, fact, other);
}

/** Whether the gateway may be telling of this one, which it took without naming it: counted as another, it would be told of twice. */
function isPerhaps({ amount, providerReference, status }: Refund, told: Money): boolean {
  return providerReference === undefined && status !== "requested" && status !== "failed" && sameMoney(amount, told);
}

/** What the fact makes of a refund that is known. */
function progress(situation: Situation, pending: PendingChanges, fact: RefundFact, found: Refund): Verdict {
  if (fact.amount !== undefined && !sameMoney(fact.amount, found.amount)) {
    return review(situation, pending, fact, "amount_mismatch");
  }
  const status = STATUSES[fact.kind];
  const other = fact.refundProviderReference === undefined ? maybeToldOf(pending, found) : undefined;
  if (other !== undefined && (status === "succeeded" || status === "pending")) {
    const unsure = { ...fact, kind: "refund_unknown", reason: `${status}, as ${other.id} or besides` } as const;
    return move(situation, pending, unsure, { ...found, status: "unknown", updatedAt: situation.at });
  }
  const { isReportedTwice, refund: known } = nameRefund(pending, found, fact.refundProviderReference);
  if (isReportedTwice) return review(situation, pending, fact, "contradiction");
  if (known.status === "succeeded" && status === "failed") return review(situation, pending, fact, "contradiction");
  if (PROGRESS[status] <= PROGRESS[known.status]) {
    addLine(pending, situation.at, fact, pending.record);
    return known.status === status ? "duplicate" : "applied";
  }
  return move(situation, pending, fact, { ...known, status, updatedAt: situation.at });
}

/**
 * What the gateway told of by its own name while it was being asked for this one, which it now takes without naming it: they
 * are perhaps the same. Then both amounts stay held back, and a person says which it is.
 */
function maybeToldOf(
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
  /** Whether the shop heard of it under two ids before it was seen to be one. */
  readonly isReportedTwice: boolean;
}

/**
 * Stores the gateway's name for a refund of ours. Where the gateway told of that name before it answered us, the refund
 * was taken for one begun there, and perhaps told of: it is one and the same, as far as either was, and keeps the id it was
 * told under. Two that the shop asked for are never one, whatever a gateway calls them: each keeps its amount back, and the
 * name stays with the first.
 */
function nameRefund(pending: PendingChanges, found: Refund, providerReference: string | undefined): Named {
  if (providerReference === undefined || found.providerReference !== undefined)
    return { refund: found, isReportedTwice: false };
  const { refunds = [] } = pending.record;
  const duplicate = refunds.find((other) => other !== found && other.providerReference === providerReference);
  // Of two amounts one is not this refund's: then they are two as well.
  if (duplicate !== undefined && (duplicate.origin === "shop" || !sameMoney(duplicate.amount, found.amount))) {
    return { refund: found, isReportedTwice: false };
  }
  const named =
    duplicate === undefined ? { ...found, providerReference } : { ...merged(found, duplicate), providerReference };
  const gone = named.id === found.id ? duplicate : found;
  pending.record = withRefund({ ...pending.record, refunds: refunds.filter((refund) => refund !== gone) }, named);
  return { refund: named, isReportedTwice: duplicate !== undefined && isTold(found) && isTold(duplicate) };
}

function merged(found: Refund, duplicate: Refund): Refund {
  const status = PROGRESS[found.status] > PROGRESS[duplicate.status] ? found.status : duplicate.status;
  if (isTold(found)) return { ...found, status };
  const { createdAt, id, key, origin } = found;
  return { ...duplicate, status, requestedAs: id, createdAt, origin, ...(key !== undefined && { key }) };
}

function isTold({ status }: Refund): boolean {
  return status === "succeeded" || status === "failed";
}

/** Stores how far a refund is, and tells of it if it is done. */
function move(situation: Situation, pending: PendingChanges, fact: RefundFact, refund: Refund): Verdict {
  const { at, ids } = situation;
  const before = pending.record.refunds?.find(({ id }) => id === refund.id);
  const reviews: FactReviewKind[] = [];
  if (refund.status === "unknown") reviews.push("refund_unknown");
  // The shop was told that it failed, and may have sent the money back by another one since.
  if (before?.status === "failed") reviews.push("contradiction");
  addLine(pending, at, fact, withRefund(pending.record, refund), reviews);
  for (const kind of reviews) addReview(pending, ids, at, kind, { ...fact, refund: refund.id });
  if (refund.status === "succeeded" || refund.status === "failed") {
    addEvent(pending, ids, { type: `refund.${refund.status}`, late: false, refund });
  }
  return refund.status === "unknown" ? "under_review" : "applied";
}

/** The payment with the refund among its refunds, in its place if it is there. */
function withRefund(record: PaymentRecord, refund: Refund): PaymentRecord {
  const { refunds = [] } = record;
  const isKnown = refunds.some(({ id }) => id === refund.id);
  return {
    ...record,
    refunds: isKnown ? refunds.map((one) => (one.id === refund.id ? refund : one)) : [...refunds, refund],
  };
}

function review({ at, ids }: Situation, pending: PendingChanges, fact: RefundFact, kind: FactReviewKind): Verdict {
  addLine(pending, at, fact, pending.record, [kind]);
  addReview(pending, ids, at, kind, fact);
  return "under_review";
}
