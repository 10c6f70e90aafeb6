import type { Fact, SideFact, StatusCheckFact } from "../model/fact.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import type { FactReviewKind } from "../model/review.ts";
import { applyRefund } from "./apply-refund.ts";
import {
  addEvent,
  addHistoryEntry,
  addReview,
  learnProviderReference,
  moneyMayComeUntil,
  type PendingChanges,
  type Situation,
  type Verdict,
} from "./changes.ts";
import { statusUnknownDigest } from "./digest.ts";
import { RECORDED, transition } from "./transition.ts";

/** Applies a fact: through the table if it may move the payment's state, beside the table otherwise. */
export function applyFact(situation: Situation, pending: PendingChanges, fact: Fact | SideFact): Verdict {
  switch (fact.kind) {
    case "check_status":
      return applyStatusCheck(situation, pending, fact);
    case "status_unknown":
      addHistoryEntry(pending, situation.at, fact, pending.record, ["status_unknown"]);
      addReview(pending, situation.ids, situation.at, "status_unknown", fact, statusUnknownDigest(fact.round));
      return "under_review";
    case "form_opened":
      addHistoryEntry(pending, situation.at, fact, pending.record);
      return "applied";
    case "refund_requested":
    case "refund_succeeded":
    case "refund_pending":
    case "refund_failed":
    case "refund_unknown":
    case "refund_overdue":
      return applyRefund(situation, pending, fact);
    default:
      return applyThroughTable(situation, pending, fact);
  }
}

function applyThroughTable(situation: Situation, pending: PendingChanges, fact: Fact): Verdict {
  const { acceptedSuccess, at, found, ids, traits } = situation;
  const before = pending.record;
  const { id } = before.payment;
  const moved = transition(before, fact, {
    failureIsFinal: traits?.failureIsFinal === true,
    orderPaidByAnother: found.orderPaidBy !== undefined && found.orderPaidBy !== id,
    providerReferenceTaken: found.providerReferenceOwner !== undefined && found.providerReferenceOwner !== id,
    acceptedSuccess,
  });
  const changed = moved.state !== before.payment.state;
  let payment: Payment = {
    ...before.payment,
    state: moved.state,
    ...(moved.providerReference !== undefined && { providerReference: moved.providerReference }),
    ...(fact.kind === "create_accepted" && fact.expiresAt !== undefined && { expiresAt: fact.expiresAt }),
  };
  const { expiresAt } = payment;
  // The gateway may have said so before its answer to the create.
  const isWaiting = fact.kind === "pending" || (fact.kind === "create_accepted" && before.cause === "pending");
  const mayComeUntil = isWaiting && moved.state === "pending" ? moneyMayComeUntil(payment, traits) : 0;
  if (mayComeUntil > expiresAt) {
    payment = { ...payment, expiresAt: mayComeUntil };
    // From the time when it would have expired.
    pending.checkStatusAt ??= Math.max(at, expiresAt);
  }
  const record = {
    ...before,
    payment,
    cause: changed ? causeOf(fact) : before.cause,
    reversed: before.reversed || moved.event === "payment.reversed",
    ...nextAfter(before, fact),
  };
  addHistoryEntry(pending, at, withoutForm(fact), record, moved.reviews);
  for (const kind of moved.reviews) addReview(pending, ids, at, kind, fact);
  if (moved.event !== undefined) addEvent(pending, ids, { type: moved.event, late: moved.late });
  if (moved.claimsOrder) pending.claimsOrder = true;
  if (moved.duplicate) return "duplicate";
  return !changed && moved.reviews.length > 0 ? "under_review" : "applied";
}

/** What `PaymentRecord.cause` says of a fact that sets the state. */
function causeOf(fact: Fact): string {
  return "recorded" in fact && fact.recorded ? RECORDED : fact.kind;
}

/** The gateway was heard, or the payment is closed: then the buyer must not post the form again, and nothing of it is kept. */
function nextAfter({ next }: PaymentRecord, fact: Fact | StatusCheckFact): Pick<PaymentRecord, "next"> {
  if (fact.kind === "create_accepted") return { next: fact.next };
  return next?.kind === "form" ? { next: { kind: "wait" } } : {};
}

/** The history outlives the form: it keeps that there was one. */
function withoutForm(fact: Fact): Fact {
  return fact.kind === "create_accepted" && fact.next.kind === "form"
    ? { ...fact, next: { kind: "form", sealed: "" } }
    : fact;
}

/** Something changed at the gateway. The status check that asks it is committed with this fact. */
function applyStatusCheck(situation: Situation, pending: PendingChanges, fact: StatusCheckFact): Verdict {
  const { at, ids } = situation;
  const { isOther, payment } = learnProviderReference(situation, pending.record.payment, fact.providerReference);
  const reviews: FactReviewKind[] = isOther ? ["reference_mismatch"] : [];
  const record = { ...pending.record, payment, ...nextAfter(pending.record, fact) };
  addHistoryEntry(pending, at, fact, record, reviews);
  for (const kind of reviews) addReview(pending, ids, at, kind, fact);
  pending.checkStatusAt = at;
  return "status_check_scheduled";
}
