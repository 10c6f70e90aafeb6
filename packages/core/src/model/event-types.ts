export const PAYMENT_EVENT_TYPES = [
  "payment.succeeded",
  "payment.paid_again",
  "payment.failed",
  "payment.expired",
  "payment.canceled",
  "payment.reversed",
  "refund.succeeded",
  "refund.failed",
] as const;

const REVIEW_EVENT_TYPES = ["review.opened", "review.resolved"] as const;

/** Types of events about a payment and its refunds. */
export type PaymentEventType = (typeof PAYMENT_EVENT_TYPES)[number];

/** Types of events about a review. */
export type ReviewEventType = (typeof REVIEW_EVENT_TYPES)[number];

/** Every type that a handler may be registered for. */
export type EventType = PaymentEventType | ReviewEventType;

export const EVENT_TYPES: readonly EventType[] = [...PAYMENT_EVENT_TYPES, ...REVIEW_EVENT_TYPES];

/** Events that a later `payment.succeeded` makes obsolete, if they were not delivered yet. A reversal stays true after a success. */
export const SUPERSEDED_BY_SUCCESS: readonly EventType[] = ["payment.failed", "payment.expired", "payment.canceled"];
