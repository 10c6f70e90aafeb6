import type { ProviderTraits } from "../contract/provider.ts";
import type { Changes, Snapshot, UnmatchedNotification } from "../contract/store.ts";
import type { PaymentEvent, ReviewEvent } from "../model/event.ts";
import type { Fact, HistoryEntry, NotificationFact, OperatorAct, SideFact } from "../model/fact.ts";
import type { Ids, PaymentId, ProviderReference } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import type { FactDetails, FactReviewKind, Review, ReviewAction, ReviewKind } from "../model/review.ts";
import { digestOf, unmatchedDigest } from "./digest.ts";

/** Changes that change nothing. */
export const NOTHING: Changes = {
  history: [],
  reviews: [],
  events: [],
  inbox: [],
  claimsOrder: false,
  adopted: [],
  reviewed: [],
  resolved: [],
  redriven: [],
};

/** The changes that one or several facts make to a payment within one transaction, collected one after the other. */
export interface PendingChanges {
  record: PaymentRecord;
  claimsOrder: boolean;
  checkStatusAt: number | undefined;
  readonly history: HistoryEntry[];
  readonly reviews: Review[];
  readonly resolved: Review[];
  readonly events: PaymentEvent[];
}

/** The traits of a provider that decide what a gateway's report means. Without them, failures are not final and nothing delays an expiry. */
export type DecidingTraits = Partial<Pick<ProviderTraits, "failureIsFinal" | "pendingUntilSeconds">>;

/** What is known besides the payment when a fact is applied. */
export interface Situation {
  readonly ids: Ids;
  /** Unix milliseconds. */
  readonly at: number;
  readonly traits?: DecidingTraits | undefined;
  /** The success of a payment that a person took for paid. */
  readonly acceptedSuccess?: NotificationFact | undefined;
  readonly found: Pick<Snapshot, "orderPaidBy" | "providerReferenceOwner"> & Partial<Pick<Snapshot, "openReviews">>;
}

/** Until when money may still come, as the adapter states it, in Unix milliseconds; 0 if it states nothing. */
export function moneyMayComeUntil({ createdAt }: Payment, traits: DecidingTraits | undefined): number {
  return traits?.pendingUntilSeconds === undefined ? 0 : createdAt + traits.pendingUntilSeconds * 1000;
}

/** The result of a fact, as the callback that brought it is answered. */
export type Verdict = "applied" | "duplicate" | "under_review" | "status_check_scheduled";

export function startChanges(record: PaymentRecord): PendingChanges {
  return { record, claimsOrder: false, checkStatusAt: undefined, history: [], reviews: [], resolved: [], events: [] };
}

export function changesOf({ checkStatusAt, ...changes }: PendingChanges): Changes {
  return {
    ...NOTHING,
    ...changes,
    ...(checkStatusAt !== undefined && { checkStatusAt }),
  };
}

/** Records what a person did. */
export function noteAct(pending: PendingChanges, at: number, act: OperatorAct): void {
  addHistoryEntry(pending, at, act, pending.record);
}

/** Adds the next entry of the history, and makes the payment what that entry leaves. */
export function addHistoryEntry(
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

/** Adds an event about the payment as its newest history entry leaves it. */
export function addEvent(
  pending: PendingChanges,
  ids: Ids,
  event: Pick<PaymentEvent, "type" | "late"> & Pick<Partial<PaymentEvent>, "refund">,
): void {
  const { payment, version: sequence } = pending.record;
  const { superseded } = payment;
  pending.events.push({
    ...{ id: ids.event(), sequence, occurredAt: payment.updatedAt, payment, ...event },
    ...(superseded !== undefined && { superseded }),
  });
}

/** Adds a review that shows the fact to a person. */
export function addReview(
  pending: PendingChanges,
  ids: Ids,
  at: number,
  kind: FactReviewKind,
  fact: Fact | SideFact,
  digest?: string,
): void {
  const details = detailsOf(fact);
  pending.reviews.push({
    id: ids.review(),
    kind,
    paymentId: pending.record.payment.id,
    digest: digest ?? reviewDigest(kind, details),
    openedAt: at,
    details,
    candidates: [],
    status: "open",
    actions: [],
  });
}

/** The review as the gateway's report closes it. */
export function answeredReview(review: Review, at: number, answer: Pick<ReviewAction, "as" | "paymentId">): Review {
  const action: ReviewAction = { at, action: "answer", by: "gateway", ...answer };
  return { ...review, status: "answered", actions: [...review.actions, action] };
}

/** The reviews of notifications that were unmatched until they found this payment. */
export function placedReviews(
  { unmatchedReviews }: Snapshot,
  adopted: readonly UnmatchedNotification[],
  at: number,
  paymentId: PaymentId,
): readonly Review[] {
  const digests = adopted.map(unmatchedDigest);
  const placed = unmatchedReviews.filter(({ digest }) => digests.includes(digest));
  return placed.map((review) => answeredReview(review, at, { paymentId }));
}

/** The review as a person closes it who said what the payment's outcome is. */
export function acceptedReview(review: Review, action: Omit<ReviewAction, "action">): Review {
  return { ...review, status: "accepted", actions: [...review.actions, { action: "accept", ...action }] };
}

function reviewDigest(kind: FactReviewKind, details: FactDetails): string {
  const { amount, fact, providerReference, refund, refundProviderReference } = details;
  const word = details.reason ?? details.providerStatus;
  const ofRefund =
    refund === undefined && refundProviderReference === undefined ? [] : [refund, refundProviderReference];
  return digestOf([kind, fact, providerReference, word, amount?.value, amount?.currency, ...ofRefund]);
}

/** Adds the events of the reviews that these changes open or resolve. */
export function withReviewEvents(ids: Ids, changes: Changes): Changes {
  const resolved = changes.resolved.filter(({ status }) => status !== "open");
  if (changes.reviews.length + resolved.length === 0) return changes;
  const opened = changes.reviews.map((review) => openedEvent(ids, review));
  return {
    ...changes,
    events: [...changes.events, ...opened, ...resolved.map((review) => resolvedEvent(ids, review))],
  };
}

export function openedEvent(ids: Pick<Ids, "event">, review: Review): ReviewEvent {
  return { id: ids.event(), type: "review.opened", sequence: 1, occurredAt: review.openedAt, review };
}

function resolvedEvent(ids: Ids, review: Review): ReviewEvent {
  const occurredAt = review.actions.at(-1)?.at ?? review.openedAt;
  return { id: ids.event(), type: "review.resolved", sequence: 2, occurredAt, review };
}

const SHOWN = ["amount", "providerReference", "providerStatus", "reason", "refund", "refundProviderReference"] as const;

/** What a person sees of a fact. */
export function detailsOf(fact: Fact | SideFact): FactDetails {
  const said = fact as Partial<FactDetails>;
  const shown = SHOWN.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]);
  return { fact: fact.kind, ...Object.fromEntries(shown) };
}

/** The payment with the gateway's name for it, if that is seen first; and whether the name belongs to another payment. */
export function learnProviderReference(
  { found }: Situation,
  payment: Payment,
  providerReference: ProviderReference | undefined,
): { readonly payment: Payment; readonly isOther: boolean } {
  if (providerReference === undefined) return { payment, isOther: false };
  const isTaken = found.providerReferenceOwner !== undefined && found.providerReferenceOwner !== payment.id;
  const isOther = isTaken || (payment.providerReference ?? providerReference) !== providerReference;
  return { payment: isOther ? payment : { ...payment, providerReference }, isOther };
}
