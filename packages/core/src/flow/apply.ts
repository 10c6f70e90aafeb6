import type { Changes, Snapshot } from "../contract/store.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Fact, HistoryEntry, OperatorAct } from "../model/fact.ts";
import type { Ids } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import type { Review, ReviewKind } from "../model/review.ts";
import { transition } from "../model/transition.ts";
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

export function startDraft(record: PaymentRecord): Draft {
  return { record, claimsOrder: false, history: [], reviews: [], events: [] };
}

export function changesOf({ record, history, reviews, events, claimsOrder }: Draft): Changes {
  return { ...NOTHING, record, history, reviews, events, claimsOrder };
}

/** Applies a fact through the table. */
export function applyFact(
  { ids, at, failureIsFinal, found }: ApplyContext,
  draft: Draft,
  fact: Fact,
): "applied" | "duplicate" | "under_review" {
  const before = draft.record;
  const { id } = before.payment;
  const moved = transition(before, fact, {
    failureIsFinal,
    orderPaidByAnother: found.orderPaidBy !== undefined && found.orderPaidBy !== id,
    refTaken: found.refOwner !== undefined && found.refOwner !== id,
  });
  const changed = moved.state !== before.payment.state;
  const sequence = before.version + 1;
  const payment: Payment = {
    ...before.payment,
    state: moved.state,
    ...(moved.ref !== undefined && { ref: moved.ref }),
    ...(fact.kind === "create_accepted" && fact.expiresAt !== undefined && { expiresAt: fact.expiresAt }),
    updatedAt: at,
  };
  draft.record = {
    ...before,
    payment,
    version: sequence,
    cause: changed ? fact.kind : before.cause,
    reversed: before.reversed || fact.kind === "reversed",
    ...(fact.kind === "create_accepted" && { next: fact.next }),
  };
  draft.history.push({ sequence, at, fact, from: before.payment.state, to: moved.state, reviews: moved.reviews });
  for (const kind of moved.reviews) draft.reviews.push(reviewOf(ids, at, kind, payment, fact));
  if (moved.event !== undefined) {
    draft.events.push({ id: ids.event(), type: moved.event, sequence, occurredAt: at, payment, late: moved.late });
  }
  if (moved.event === "payment.succeeded") draft.claimsOrder = true;
  if (moved.duplicate) return "duplicate";
  return !changed && moved.reviews.length > 0 ? "under_review" : "applied";
}

/** Writes down what a person did. */
export function noteAct(draft: Draft, at: number, act: OperatorAct): void {
  const { payment, version } = draft.record;
  const sequence = version + 1;
  draft.record = { ...draft.record, payment: { ...payment, updatedAt: at }, version: sequence };
  draft.history.push({ sequence, at, fact: act, from: payment.state, to: payment.state, reviews: [] });
}

function reviewOf(ids: Ids, at: number, kind: ReviewKind, payment: Payment, fact: Fact): Review {
  const details: Record<string, string> = { fact: fact.kind };
  if ("ref" in fact && fact.ref !== undefined) details.ref = fact.ref;
  if ("raw" in fact && fact.raw !== undefined) details.raw = fact.raw;
  if ("amount" in fact && fact.amount !== undefined) {
    details.amount = `${fact.amount.amount} ${fact.amount.currency}`;
  }
  return {
    id: ids.review(),
    kind,
    paymentId: payment.id,
    digest: digestOf([kind, fact.kind, details.ref, details.raw, details.amount]),
    openedAt: at,
    details,
    candidates: [],
    status: "open",
    actions: [],
  };
}
