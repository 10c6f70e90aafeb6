import type { PaymentId } from "./ids.ts";

/**
 * All error codes of Pay, a closed list to switch on.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `INVALID_REQUEST` | a field of a request is missing or wrong; nothing was stored or sent | correct `field` |
 * | `INVALID_AMOUNT` | Pay cannot represent an amount or currency exactly | make it with `money("19.99", "PLN")` |
 * | `INVALID_CONFIG` | the configuration of `createPay`, an adapter or a store is wrong | correct `field` |
 * | `ORDER_ALREADY_PAID` | the order has a succeeded payment (`paymentId`), which may have been pruned | do not charge again, deliver unless it was refunded; after a full refund, `allowRepeat`, or another `orderId` if it was pruned |
 * | `SUPERSEDED` | a later checkout opened the order with another amount; the buyer must not pay this payment | check out again with the order's amount and a new key |
 * | `CREATE_REJECTED` | the gateway refused the payment, and would refuse it again | see `field`, `providerCode` |
 * | `PROVIDER_UNAVAILABLE` | the gateway certainly did not take the payment, and may do so later | try again, or use another provider |
 * | the same, of a cancellation | the gateway was not reached, or only another process has a provider of the payment's account | try again, or cancel in a process that has it |
 * | `OUTCOME_UNKNOWN` | the gateway may have taken the payment; a later callback decides | start a new payment only if the buyer asks |
 * | `IDEMPOTENCY_CONFLICT` | the idempotency key was used with another request; `fields` differ | use a new key |
 * | the same, with `field: "secret"` | the secret of the first request is not configured any more, so Pay cannot compare | add it to `secret`, or use a new key |
 * | `IN_PROGRESS` | another call with the same idempotency key is running, the handler of a delivery to redrive, or the request of a refund to record | try again |
 * | `NOT_STARTED` | `pay.start()` was not called, or `pay.close()` was | start first |
 * | `STORE_UNAVAILABLE` | the store did not commit | try again |
 * | `STORE_INCOMPATIBLE` | this version of Pay cannot use the store's file or server | see the message |
 * | `NOT_FOUND` | the payment, review or delivery does not exist | list them first |
 * | `REVIEW_CLOSED` | the review was closed before | see its `actions` |
 * | `NOT_REFUNDABLE` | the payment has not succeeded or its money was taken back, or its provider cannot refund; nothing was sent or recorded | refund in the gateway's panel |
 * | `REFUND_EXCEEDS_PAYMENT` | refunds, with pending and unknown ones, would exceed the paid amount; nothing was sent or recorded | refund less |
 * | `REFUND_REJECTED` | the gateway refused the refund; its amount is free again | see `providerCode` |
 * | `CANCEL_REJECTED` | the gateway refused to cancel the payment, which stays as it is | wait for its callback |
 * | `ALREADY_SUCCEEDED` | a succeeded payment cannot be canceled, nor it or a succeeded refund recorded as failed | refund the payment instead |
 * | `MALFORMED` | a callback is unreadable; thrown by the request helpers for adapters | let it pass: Pay refuses the callback |
 */
export type PayErrorCode =
  | "INVALID_REQUEST"
  | "INVALID_AMOUNT"
  | "INVALID_CONFIG"
  | "ORDER_ALREADY_PAID"
  | "SUPERSEDED"
  | "CREATE_REJECTED"
  | "PROVIDER_UNAVAILABLE"
  | "OUTCOME_UNKNOWN"
  | "IDEMPOTENCY_CONFLICT"
  | "IN_PROGRESS"
  | "NOT_STARTED"
  | "STORE_UNAVAILABLE"
  | "STORE_INCOMPATIBLE"
  | "NOT_FOUND"
  | "REVIEW_CLOSED"
  | "NOT_REFUNDABLE"
  | "REFUND_EXCEEDS_PAYMENT"
  | "REFUND_REJECTED"
  | "CANCEL_REJECTED"
  | "ALREADY_SUCCEEDED"
  | "MALFORMED";

export interface PayErrorDetails {
  /** Path of the wrong field, e.g. `buyer.email`. Never its value. */
  readonly field?: string | undefined;
  /** With `IDEMPOTENCY_CONFLICT`: paths of all fields that differ. Absent if Pay could not compare the requests. */
  readonly fields?: readonly string[] | undefined;
  /** Configured name of the provider. */
  readonly providerName?: string | undefined;
  /** The gateway's own error code, as in its documentation. */
  readonly providerCode?: string | undefined;
  /** The payment that was saved before the failure. */
  readonly paymentId?: PaymentId | undefined;
  /** With `ORDER_ALREADY_PAID` because of superseded payments: all that brought the amount, oldest first. */
  readonly paymentIds?: readonly PaymentId[] | undefined;
  /** The underlying error, free of secrets and addresses. */
  readonly cause?: unknown;
}

const MARK: unique symbol = Symbol.for("@pay/core/PayError") as never;

const RETRYABLE: ReadonlySet<PayErrorCode> = new Set(["PROVIDER_UNAVAILABLE", "IN_PROGRESS", "STORE_UNAVAILABLE"]);

/** The only error class of Pay. Its text names fields and remedies, never values. */
export class PayError extends Error {
  override readonly name: string = "PayError";
  readonly code: PayErrorCode;
  /** True if the same call may succeed later without a change. */
  readonly retryable: boolean;
  readonly field?: string;
  readonly fields?: readonly string[];
  readonly providerName?: string;
  readonly providerCode?: string;
  readonly paymentId?: PaymentId;
  readonly paymentIds?: readonly PaymentId[];

  constructor(code: PayErrorCode, message: string, details: PayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    if (details.field !== undefined) this.field = details.field;
    if (details.fields !== undefined) this.fields = details.fields;
    if (details.providerName !== undefined) this.providerName = details.providerName;
    if (details.providerCode !== undefined) this.providerCode = details.providerCode;
    if (details.paymentId !== undefined) this.paymentId = details.paymentId;
    if (details.paymentIds !== undefined) this.paymentIds = details.paymentIds;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `PayError`, also if two copies of `@pay/core` are installed, where `instanceof` fails. */
export function isPayError(value: unknown): value is PayError {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** Names any error for a log: the code of a `PayError`, otherwise the class, since the text of a foreign error may quote anything. */
export function errorLabel(error: unknown): string {
  if (isPayError(error)) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
