import type { Changes, Snapshot } from "../contract/store.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { AskFact, Fact, HistoryEntry, OperatorAct, SideFact } from "../model/fact.ts";
import type { Ids, ProviderRef } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import type { Review, ReviewKind } from "../model/review.ts";
import { transition } from "../model/transition.ts";
import { applyRefund } from "./apply-refund.ts";
import { digestOf } from "./digest.ts";

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
export interface Draft {
  record: PaymentRecord;
  claimsOrder: boolean;
  askAt: number | undefined;
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
  readonly found: Pick<Snapshot, "orderPaidBy" | "refOwner">;
}

/** What came of a fact, as the callback that brought it is answered. */
export type Verdict = "applied" | "duplicate" | "under_review" | "asked";

export function startDraft(record: PaymentRecord): Draft {
  return { record, claimsOrder: false, askAt: undefined, history: [], reviews: [], events: [] };
}

export function changesOf({ record, history, reviews, events, claimsOrder, askAt }: Draft): Changes {
  return { ...NOTHING, record, history, reviews, events, claimsOrder, ...(askAt !== undefined && { askAt }) };
}

/** Applies a fact: through the table where it may move the payment's state, beside it otherwise. */
export function applyFact(context: ApplyContext, draft: Draft, fact: Fact | SideFact): Verdict {
  switch (fact.kind) {
    case "ask":
      return applyAsk(context, draft, fact);
    case "form_opened":
      addLine(draft, context.at, fact, { ...draft.record, next: { kind: "wait" } });
      return "applied";
    case "refund_requested":
    case "refund_succeeded":
    case "refund_pending":
    case "refund_failed":
    case "refund_unknown":
      return applyRefund(context, draft, fact);
    default:
      return applyThroughTable(context, draft, fact);
  }
}

function applyThroughTable({ ids, at, failureIsFinal, found }: ApplyContext, draft: Draft, fact: Fact): Verdict {
  const before = draft.record;
  const { id } = before.payment;
  const moved = transition(before, fact, {
    failureIsFinal,
    orderPaidByAnother: found.orderPaidBy !== undefined && found.orderPaidBy !== id,
    refTaken: found.refOwner !== undefined && found.refOwner !== id,
  });
  const changed = moved.state !== before.payment.state;
  const payment: Payment = {
    ...before.payment,
    state: moved.state,
    ...(moved.ref !== undefined && { ref: moved.ref }),
    ...(fact.kind === "create_accepted" && fact.expiresAt !== undefined && { expiresAt: fact.expiresAt }),
  };
  const record = {
    ...before,
    payment,
    cause: changed ? fact.kind : before.cause,
    reversed: before.reversed || fact.kind === "reversed",
    ...(fact.kind === "create_accepted" && { next: fact.next }),
  };
  addLine(draft, at, withoutForm(fact), record, moved.reviews);
  for (const kind of moved.reviews) addReview(draft, ids, at, kind, fact);
  if (moved.event !== undefined) addEvent(draft, ids, { type: moved.event, late: moved.late });
  if (moved.event === "payment.succeeded") draft.claimsOrder = true;
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
function applyAsk(context: ApplyContext, draft: Draft, fact: AskFact): Verdict {
  const { at, ids } = context;
  const { isOther, payment } = learnRef(context, draft.record.payment, fact.ref);
  const reviews: ReviewKind[] = isOther ? ["ref_mismatch"] : [];
  addLine(draft, at, fact, { ...draft.record, payment }, reviews);
  for (const kind of reviews) addReview(draft, ids, at, kind, fact);
  draft.askAt = at;
  return "asked";
}

/** The payment with the gateway's name for it, where that is seen first; and whether the name is not this payment's. */
export function learnRef(
  { found }: ApplyContext,
  payment: Payment,
  ref: ProviderRef | undefined,
): { readonly payment: Payment; readonly isOther: boolean } {
  if (ref === undefined) return { payment, isOther: false };
  const isTaken = found.refOwner !== undefined && found.refOwner !== payment.id;
  const isOther = isTaken || (payment.ref ?? ref) !== ref;
  return { payment: isOther ? payment : { ...payment, ref }, isOther };
}

/** Writes down what a person did. */
export function noteAct(draft: Draft, at: number, act: OperatorAct): void {
  addLine(draft, at, act, draft.record);
}

/** The next line of the history, and the payment as it leaves it. */
export function addLine(
  draft: Draft,
  at: number,
  fact: HistoryEntry["fact"],
  { payment, ...record }: PaymentRecord,
  reviews: readonly ReviewKind[] = [],
): void {
  const sequence = draft.record.version + 1;
  const from = draft.record.payment.state;
  draft.record = { ...record, payment: { ...payment, updatedAt: at }, version: sequence };
  draft.history.push({ sequence, at, fact, from, to: payment.state, reviews });
}

/** An event about the payment as its newest line leaves it. */
export function addEvent(
  draft: Draft,
  ids: Ids,
  event: Pick<PaymentEvent, "type" | "late"> & Pick<Partial<PaymentEvent>, "refund">,
): void {
  const { payment, version: sequence } = draft.record;
  draft.events.push({ id: ids.event(), sequence, occurredAt: payment.updatedAt, payment, ...event });
}

export function addReview(draft: Draft, ids: Ids, at: number, kind: ReviewKind, fact: Fact | SideFact): void {
  const details: Record<string, string> = { fact: fact.kind };
  if ("ref" in fact && fact.ref !== undefined) details.ref = fact.ref;
  if ("refund" in fact && fact.refund !== undefined) details.refund = fact.refund;
  if ("refundRef" in fact && fact.refundRef !== undefined) details.refundRef = fact.refundRef;
  if ("raw" in fact && fact.raw !== undefined) details.raw = fact.raw;
  if ("amount" in fact && fact.amount !== undefined) {
    details.amount = `${fact.amount.amount} ${fact.amount.currency}`;
  }
  const { refund, refundRef } = details;
  const ofRefund = refund === undefined && refundRef === undefined ? [] : [refund, refundRef];
  draft.reviews.push({
    id: ids.review(),
    kind,
    paymentId: draft.record.payment.id,
    digest: digestOf([kind, fact.kind, details.ref, details.raw, details.amount, ...ofRefund]),
    openedAt: at,
    details,
    candidates: [],
    status: "open",
    actions: [],
  });
}
