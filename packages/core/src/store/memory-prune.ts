import type { DeliveryStatus, Pruned, PruneRequest } from "../contract/store.ts";
import { FINISHED_DELIVERY_STATUSES } from "../model/delivery.ts";
import { type PayEvent, type StreamId, streamOf } from "../model/event.ts";
import type { PaymentId, ReviewId } from "../model/ids.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { isUnderWay } from "../model/refund.ts";
import type { Review } from "../model/review.ts";
import { isSentBack, sentBackAmount } from "../refunds/sent-back.ts";

export interface StoredDelivery {
  readonly event: PayEvent;
  readonly handler: string;
  status: DeliveryStatus["status"];
  attempts: number;
  /** How often it was leased: only the newest lease may end the delivery. */
  lease: number;
  /** When the delivery may be leased, in Unix milliseconds: when it is due, or when its lease ends. */
  dueAt: number;
  error: string | undefined;
}

/** The payments' data in the store. */
export interface Kept {
  readonly records: Map<PaymentId, PaymentRecord>;
  readonly histories: Map<PaymentId, unknown>;
  readonly orderSuccess: ReadonlyMap<string, PaymentId>;
  readonly inboxes: Map<PaymentId, unknown>;
  readonly allReviews: Map<ReviewId, Review>;
  readonly outbox: { readonly event: PayEvent; readonly dispatched: boolean }[];
  readonly deliveries: StoredDelivery[];
  readonly statusChecks: Map<PaymentId, unknown>;
}

/** Finished payments, in the order in which they last changed. */
export function findFinished(kept: Kept, { after, before, limit }: PruneRequest): readonly Pruned[] {
  const all = [...kept.records.values()];
  const unfinished = all.filter((record) => !isFinished(kept, record, before));
  const busyIds = new Set(unfinished.map(({ payment }) => payment.id));
  const busyKeys = new Set(unfinished.map(({ checkout }) => checkout?.key));
  const candidates = new Set(openReviews(kept).flatMap((review) => review.candidates));
  return all
    .filter(({ checkout, payment: { id } }) => {
      return !busyIds.has(id) && !(checkout && busyKeys.has(checkout.key)) && !candidates.has(id);
    })
    .map(({ payment }) => ({ paymentId: payment.id, updatedAt: payment.updatedAt }))
    .sort(compare)
    .filter((found) => after === undefined || compare(found, after) > 0)
    .slice(0, limit);
}

function isFinished(kept: Kept, record: PaymentRecord, before: number): boolean {
  const { payment, refunds = [] } = record;
  const ofPayment = ({ event }: { readonly event: PayEvent }) => isAbout(event, payment.id);
  if (OPEN_STATES.includes(payment.state) || payment.updatedAt >= before) return false;
  if (isOfUndecidedOrder(kept, record)) return false;
  if (refunds.some(isUnderWay) || kept.statusChecks.has(payment.id)) return false;
  if (kept.outbox.some((entry) => ofPayment(entry) && !entry.dispatched)) return false;
  if (kept.deliveries.some((delivery) => ofPayment(delivery) && !FINISHED_DELIVERY_STATUSES.includes(delivery.status)))
    return false;
  return !openReviews(kept).some(({ paymentId }) => paymentId === payment.id);
}

/** True if the payment's money is kept and pays no order: without the payment, its order would be taken for unpaid. */
function isOfUndecidedOrder({ orderSuccess }: Kept, record: PaymentRecord): boolean {
  const { amount, orderId, state, superseded } = record.payment;
  if (state !== "succeeded" || superseded === undefined || orderSuccess.has(orderId)) return false;
  return !isSentBack(sentBackAmount(record, amount), amount);
}

/** True for the events of this payment and of its reviews, or of this review. */
export function isAbout(event: PayEvent, id: StreamId): boolean {
  return streamOf(event) === id || ("review" in event && event.review.paymentId === id);
}

function openReviews({ allReviews }: Kept): readonly Review[] {
  return [...allReviews.values()].filter(({ status }) => status === "open");
}

/** Removes payments with everything that belongs to them. */
export function remove(kept: Kept, pruned: readonly Pruned[]): void {
  const ids = new Set(pruned.map(({ paymentId }) => paymentId));
  for (const id of ids) {
    for (const map of [kept.records, kept.histories, kept.inboxes]) map.delete(id);
  }
  for (const [id, { paymentId }] of kept.allReviews) {
    if (paymentId !== undefined && ids.has(paymentId)) kept.allReviews.delete(id);
  }
  removeOf(ids, kept.outbox);
  removeOf(ids, kept.deliveries);
}

function removeOf(ids: ReadonlySet<PaymentId>, list: { readonly event: PayEvent }[]): void {
  const left = list.filter(({ event }) => {
    const id = "review" in event ? event.review.paymentId : event.payment.id;
    return id === undefined || !ids.has(id);
  });
  list.splice(0, list.length, ...left);
}

function compare(a: Pruned, b: Pruned): number {
  return a.updatedAt - b.updatedAt || (a.paymentId < b.paymentId ? -1 : a.paymentId > b.paymentId ? 1 : 0);
}
