import type { Changes, Snapshot } from "../contract/store.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Fact, HistoryEntry, OperatorAct, SideFact, StatusCheckFact } from "../model/fact.ts";
import type { Ids, ProviderReference } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import type { Review, ReviewKind } from "../model/review.ts";
import { applyRefund } from "./apply-refund.ts";
import { digestOf } from "./digest.ts";
import { transition } from "./transition.ts";

/** Changes that change nothing. */
export const NOTHING: Changes = {
  history: [],
  reviews: [],
  events: [],
  inbox: [],
  claimsOrder: false,
  adopted: [],
  reviewed: [],
  redriven: [],
};

/** What facts make of a payment, one after the other, within one settlement. */
export interface PendingChanges {
  record: PaymentRecord;
  claimsOrder: boolean;
  checkStatusAt: number | undefined;
  readonly history: HistoryEntry[];
  readonly reviews: Review[];
  readonly events: PaymentEvent[];
}

export interface ApplyContext {
  readonly ids: Ids;
  /** Unix milliseconds. */
  readonly at: number;
  /** The provider's trait. */
  readonly failureIsFinal: boolean;
  readonly found: Pick<Snapshot, "orderPaidBy" | "providerReferenceOwner">;
}

/** What came of a fact, as the callback that brought it is answered. */
export type Verdict = "applied" | "duplicate" | "under_review" | "status_check_scheduled";

export function startChanges(record: PaymentRecord): PendingChanges {
  return { record, claimsOrder: false, checkStatusAt: undefined, history: [], reviews: [], events: [] };
}

export function changesOf({ record, history, reviews, events, claimsOrder, checkStatusAt }: PendingChanges): Changes {
  return {
    ...NOTHING,
    record,
    history,
    reviews,
    events,
    claimsOrder,
    ...(checkStatusAt !== undefined && { checkStatusAt }),
  };
}

/** Applies a fact: through the table where it may move the payment's state, beside it otherwise. */
export function applyFact(context: ApplyContext, pending: PendingChanges, fact: Fact | SideFact): Verdict {
  switch (fact.kind) {
    case "check_status":
      return applyStatusCheck(context, pending, fact);
    case "form_opened":
      addLine(pending, context.at, fact, { ...pending.record, next: { kind: "wait" } });
      return "applied";
    case "refund_requested":
    case "refund_succeeded":
    case "refund_pending":
    case "refund_failed":
    case "refund_unknown":
      return applyRefund(context, pending, fact);
    default:
      return applyThroughTable(context, pending, fact);
  }
}

function applyThroughTable(
  { ids, at, failureIsFinal, found }: ApplyContext,
  pending: PendingChanges,
  fact: Fact,
): Verdict {
  const before = pending.record;
  const { id } = before.payment;
  const moved = transition(before, fact, {
    failureIsFinal,
    orderPaidByAnother: found.orderPaidBy !== undefined && found.orderPaidBy !== id,
    providerReferenceTaken: found.providerReferenceOwner !== undefined && found.providerReferenceOwner !== id,
  });
  const changed = moved.state !== before.payment.state;
  const payment: Payment = {
    ...before.payment,
    state: moved.state,
    ...(moved.providerReference !== undefined && { providerReference: moved.providerReference }),
    ...(fact.kind === "create_accepted" && fact.expiresAt !== undefined && { expiresAt: fact.expiresAt }),
  };
  const record = {
    ...before,
    payment,
    cause: changed ? fact.kind : before.cause,
    reversed: before.reversed || fact.kind === "reversed",
    ...(fact.kind === "create_accepted" && { next: fact.next }),
  };
  addLine(pending, at, withoutForm(fact), record, moved.reviews);
  for (const kind of moved.reviews) addReview(pending, ids, at, kind, fact);
  if (moved.event !== undefined) addEvent(pending, ids, { type: moved.event, late: moved.late });
  if (moved.event === "payment.succeeded") pending.claimsOrder = true;
  if (moved.duplicate) return "duplicate";
  return !changed && moved.reviews.length > 0 ? "under_review" : "applied";
}

/** The history outlives the form, which is served once: it keeps that there was one. */
function withoutForm(fact: Fact): Fact {
  return fact.kind === "create_accepted" && fact.next.kind === "form"
    ? { ...fact, next: { kind: "form", sealed: "" } }
    : fact;
}

/** Something changed at the gateway: it is asked by a job that is committed with this. */
function applyStatusCheck(context: ApplyContext, pending: PendingChanges, fact: StatusCheckFact): Verdict {
  const { at, ids } = context;
  const { isOther, payment } = learnProviderReference(context, pending.record.payment, fact.providerReference);
  const reviews: ReviewKind[] = isOther ? ["reference_mismatch"] : [];
  addLine(pending, at, fact, { ...pending.record, payment }, reviews);
  for (const kind of reviews) addReview(pending, ids, at, kind, fact);
  pending.checkStatusAt = at;
  return "status_check_scheduled";
}

/** The payment with the gateway's name for it, where that is seen first; and whether the name is not this payment's. */
export function learnProviderReference(
  { found }: ApplyContext,
  payment: Payment,
  providerReference: ProviderReference | undefined,
): { readonly payment: Payment; readonly isOther: boolean } {
  if (providerReference === undefined) return { payment, isOther: false };
  const isTaken = found.providerReferenceOwner !== undefined && found.providerReferenceOwner !== payment.id;
  const isOther = isTaken || (payment.providerReference ?? providerReference) !== providerReference;
  return { payment: isOther ? payment : { ...payment, providerReference }, isOther };
}

/** Writes down what a person did. */
export function noteAct(pending: PendingChanges, at: number, act: OperatorAct): void {
  addLine(pending, at, act, pending.record);
}

/** The next line of the history, and the payment as it leaves it. */
export function addLine(
  pending: PendingChanges,
  at: number,
  fact: HistoryEntry["fact"],
  { payment, ...record }: PaymentRecord,
  reviews: readonly ReviewKind[] = [],
): void {
  const sequence = pending.record.version + 1;
  const from = pending.record.payment.state;
  pending.record = { ...record, payment: { ...payment, updatedAt: at }, version: sequence };
  pending.history.push({ sequence, at, fact, from, to: payment.state, reviews });
}

/** An event about the payment as its newest line leaves it. */
export function addEvent(
  pending: PendingChanges,
  ids: Ids,
  event: Pick<PaymentEvent, "type" | "late"> & Pick<Partial<PaymentEvent>, "refund">,
): void {
  const { payment, version: sequence } = pending.record;
  pending.events.push({ id: ids.event(), sequence, occurredAt: payment.updatedAt, payment, ...event });
}

export function addReview(
  pending: PendingChanges,
  ids: Ids,
  at: number,
  kind: ReviewKind,
  fact: Fact | SideFact,
): void {
  const details: Record<string, string> = { fact: fact.kind };
  if ("providerReference" in fact && fact.providerReference !== undefined)
    details.providerReference = fact.providerReference;
  if ("refund" in fact && fact.refund !== undefined) details.refund = fact.refund;
  if ("refundProviderReference" in fact && fact.refundProviderReference !== undefined)
    details.refundProviderReference = fact.refundProviderReference;
  if ("providerStatus" in fact && fact.providerStatus !== undefined) details.providerStatus = fact.providerStatus;
  if ("reason" in fact && fact.reason !== undefined) details.reason = fact.reason;
  if ("amount" in fact && fact.amount !== undefined) {
    details.amount = `${fact.amount.value} ${fact.amount.currency}`;
  }
  const { refund, refundProviderReference } = details;
  const ofRefund =
    refund === undefined && refundProviderReference === undefined ? [] : [refund, refundProviderReference];
  pending.reviews.push({
    id: ids.review(),
    kind,
    paymentId: pending.record.payment.id,
    digest: digestOf([kind, fact.kind, details.providerReference, details.providerStatus, details.amount, ...ofRefund]),
    openedAt: at,
    details,
    candidates: [],
    status: "open",
    actions: [],
  });
}
