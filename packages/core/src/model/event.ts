import type { EventId } from "./ids.ts";
import type { Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";

export const EVENT_TYPES = [
  "payment.succeeded",
  "payment.paid_again",
  "payment.failed",
  "payment.expired",
  "payment.canceled",
  "payment.reversed",
  "refund.succeeded",
  "refund.failed",
] as const;

export type PaymentEventType = (typeof EVENT_TYPES)[number];

/** What a later `payment.succeeded` makes obsolete, if it was not told yet. A reversal stays true after a success. */
export const SUPERSEDED_BY_SUCCESS: readonly PaymentEventType[] = [
  "payment.failed",
  "payment.expired",
  "payment.canceled",
];

/**
 * One fact about a payment, told to each handler at least once. Plain JSON.
 *
 * - `payment.succeeded`: paid. Once per payment, and once per order
 * - `payment.paid_again`: paid, but another payment of the same order was first; a `double_payment` review is open
 * - `payment.failed`, `payment.expired`, `payment.canceled`: not paid as far as is known; never after a success
 * - `payment.reversed`: the gateway took the money back
 * - `refund.succeeded`, `refund.failed`: what became of a refund, which stands in `refund`; also of one begun at the gateway
 */
export interface PaymentEvent {
  /** The same on every delivery: the key to deduplicate effects by. */
  readonly id: EventId;
  readonly type: PaymentEventType;
  /** Orders the events of one payment. */
  readonly sequence: number;
  /** Unix milliseconds of the settlement. */
  readonly occurredAt: number;
  /** The payment as it was then, not as it is at delivery. */
  readonly payment: Payment;
  /** Whether the success came after the payment had been failed, expired or canceled. */
  readonly late: boolean;
  /** With `refund.…`: the refund as it was then. */
  readonly refund?: Refund;
}
