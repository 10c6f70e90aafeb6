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

/** Events that a later `payment.succeeded` makes obsolete, if they were not delivered yet. A reversal stays true after a success. */
export const SUPERSEDED_BY_SUCCESS: readonly PaymentEventType[] = [
  "payment.failed",
  "payment.expired",
  "payment.canceled",
];

/**
 * One fact about a payment, delivered to each handler at least once. Plain JSON.
 *
 * - `payment.succeeded`: paid. Once per payment, and once per order
 * - `payment.paid_again`: paid, after another payment of the same order; a `double_payment` review is open
 * - `payment.failed`, `payment.expired`, `payment.canceled`: not paid, as far as is known. Pay creates none after a success, and
 *   `payment.succeeded` (not `paid_again`) supersedes those that are not delivered yet
 * - `payment.reversed`: the gateway took the money back
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
  /** With `refund.…`: the refund when the event occurred. */
  readonly refund?: Refund;
}
