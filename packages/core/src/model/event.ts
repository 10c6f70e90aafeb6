import type { EventType, PaymentEventType, ReviewEventType } from "./event-types.ts";
import { type EventId, type PaymentId, parsePaymentId, parseReviewId, type ReviewId } from "./ids.ts";
import type { Payment, Superseded } from "./payment.ts";
import type { Refund } from "./refund.ts";
import type { Review } from "./review.ts";

/**
 * One fact about a payment, delivered to each handler at least once. Plain JSON.
 *
 * - `payment.succeeded`: paid. Once per payment, and once per order, apart from successes of superseded payments, which have `superseded`:
 *   their amount is not what the order costs, so do not deliver; a `superseded_paid` review is open. Once it is accepted,
 *   the payment pays the order: deliver at that `review.resolved`. Pay creates no event of a success that comes after all of its money went
 *   back; a `sent_back_paid` review is open
 * - `payment.paid_again`: paid, after another payment of the same order; a `double_payment` review is open
 * - `payment.failed`, `payment.expired`, `payment.canceled`: not paid, as far as is known. Pay creates none after a success, and
 *   `payment.succeeded` (not `paid_again`) supersedes those that are not delivered yet
 * - `payment.reversed`: the gateway took all of the money back. If it took a part, an `amount_mismatch` review is open instead
 * - `refund.succeeded`, `refund.failed`: the outcome of a refund, which is in `refund`; also of refunds that were started at the gateway
 */
export interface PaymentEvent {
  /** The same for every delivery. Deduplicate effects by it. */
  readonly id: EventId;
  readonly type: PaymentEventType;
  /** Orders the events of one payment. */
  readonly sequence: number;
  /** When the fact was recorded, in Unix milliseconds. */
  readonly occurredAt: number;
  /** The payment when the event occurred, not when it is delivered. */
  readonly payment: Payment;
  /** True if the success came after the payment had failed, expired or been canceled. */
  readonly late: boolean;
  /** The same as `payment.superseded`: the order costs another amount by now. A success with it must not be delivered. */
  readonly superseded?: Superseded;
  /** With `refund.…`: the refund when the event occurred. */
  readonly refund?: Refund;
}

/**
 * A review was opened, or a person accepted or dismissed it. Delivered to each handler at least once. Plain JSON. It waits for no event of
 * a payment, and none waits for it: only the two events of one review are delivered in order.
 *
 * - `review.opened`: a person should look. Pay creates none for the dead letter of a review event, so that a handler that always fails
 *   brings no endless chain of events
 * - `review.resolved`: `review.status` and the last of `review.actions` say how, and by whom. A note alone creates no event
 */
export interface ReviewEvent {
  /** The same for every delivery. Deduplicate effects by it. */
  readonly id: EventId;
  readonly type: ReviewEventType;
  /** 1 for `review.opened`, 2 for `review.resolved`. */
  readonly sequence: number;
  /** When the review was opened or resolved, in Unix milliseconds. */
  readonly occurredAt: number;
  /** The review when the event occurred. `paymentId` is absent for notifications whose payment is not in the store. */
  readonly review: Review;
}

/** Any event. The property `review` or `payment` tells which. */
export type PayEvent = PaymentEvent | ReviewEvent;

/** The event that a handler for this type gets. */
export type EventOf<T extends EventType> = (T extends ReviewEventType ? ReviewEvent : PaymentEvent) & {
  readonly type: T;
};

/** The id of the payment or the review whose events are delivered in order. */
export type StreamId = PaymentId | ReviewId;

/** Returns the id if the value is one of a payment or a review, otherwise `undefined`. */
export function parseStreamId(value: unknown): StreamId | undefined {
  return parsePaymentId(value) ?? parseReviewId(value);
}

export function streamOf(event: PayEvent): StreamId {
  return "review" in event ? event.review.id : event.payment.id;
}
