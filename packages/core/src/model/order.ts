import type { Money } from "./money.ts";
import type { Payment } from "./payment.ts";

/**
 * - `unpaid`: no payment that was paid counts any more, and none that is open costs what the order costs now. It can be paid: check it out
 *   again
 * - `under_review`: as `unpaid`, but a gateway reported money for it, of another amount or under another reference: a person decides
 * - `open`: not paid yet; the buyer can still pay, or the gateway has not told the outcome
 * - `paid`: paid, and not everything was sent back, or its payment was pruned: what was sent back is not known any more. `checkout`
 *   refuses it
 * - `superseded_paid`: only payments of amounts that the order does not cost any more were paid: a person decides. It can be paid
 * - `refunded`: it was paid, and everything was sent back. `checkout` refuses it without `allowRepeat`, unless the money went back before its
 *   success came: then no `payment.succeeded` told you to deliver
 */
export type OrderState = "unpaid" | "under_review" | "open" | "paid" | "superseded_paid" | "refunded";

/** What Pay knows of an order. Plain JSON; amounts are in minor units. Pruned payments count only for the state. */
export interface Order {
  readonly orderId: string;
  readonly state: OrderState;
  /** What the order costs: the amount of its newest checkout. Absent, as the next two are, if the store has no payment of it. */
  readonly requestedAmount?: Money;
  /** What was paid, in the currency of `requestedAmount`. Amounts in other currencies are in `payments` only. */
  readonly paidAmount?: Money;
  /** What was sent back, in the currency of `requestedAmount`. */
  readonly refundedAmount?: Money;
  /** Oldest first. */
  readonly payments: readonly OrderPayment[];
}

/** A payment with its money. */
export interface OrderPayment extends Payment {
  /** Zero unless the payment succeeded. It differs from `amount` if a person accepted a success with a smaller amount. */
  readonly paidAmount: Money;
  /** The sum of its succeeded refunds; after a reversal, `paidAmount`. */
  readonly refundedAmount: Money;
}
