import type { PaymentId } from "./ids.ts";

/**
 * Everything that can go wrong in Pay, as a closed list to switch on.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `INVALID_REQUEST` | a field of a request is missing or wrong; nothing was stored or sent | correct `field` |
 * | `INVALID_AMOUNT` | an amount or currency is not one Pay can handle exactly | use `money("19.99", "PLN")` |
 * | `INVALID_CONFIG` | `createPay`, an adapter or a store was configured wrongly | correct `field` |
 * | `ORDER_ALREADY_PAID` | the order has a succeeded payment (`paymentId`), which may be pruned by now | deliver, do not charge again |
 * | `CREATE_REJECTED` | the gateway refused the payment; trying again as it is will not help | see `field`, `providerCode` |
 * | `PROVIDER_UNAVAILABLE` | the gateway certainly did not take the payment, and may do so later | try again, or another provider |
 * | `OUTCOME_UNKNOWN` | nobody knows whether the gateway took the payment; a late callback settles it | start a new payment only if the buyer asks |
 * | `IDEMPOTENCY_CONFLICT` | the idempotency key was used with another request; `fields` differ | use a new key |
 * | `IN_PROGRESS` | another call with the same idempotency key has not finished | try again |
 * | `NOT_STARTED` | `pay.start()` was not called, or `pay.close()` was | start first |
 * | `STORE_UNAVAILABLE` | the store did not commit | try again |
 * | `STORE_INCOMPATIBLE` | the store's file or server is not one this version can use | see the message |
 * | `NOT_FOUND` | there is no such payment, review or dead letter | list them first |
 * | `REVIEW_CLOSED` | somebody closed the review before | look at its `actions` |
 * | `NOT_REFUNDABLE` | the payment has not succeeded, or its provider cannot refund; nothing was sent | refund at the gateway by hand |
 * | `REFUND_EXCEEDS_PAYMENT` | more would go back than was paid, counting refunds that are pending or unknown; nothing was sent | refund less |
 * | `REFUND_REJECTED` | the gateway refused the refund; nothing of the payment is held back | see `providerCode` |
 * | `CANCEL_REJECTED` | the gateway refused to cancel the payment, which stays as it is | wait for its callback |
 * | `ALREADY_SUCCEEDED` | a succeeded payment cannot be canceled | refund instead |
 * | `MALFORMED` | a callback could not be read; thrown by the request helpers an adapter uses | the gateway gets its refusal |
 */
export type PayErrorCode =
  | "INVALID_REQUEST"
  | "INVALID_AMOUNT"
  | "INVALID_CONFIG"
  | "ORDER_ALREADY_PAID"
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
  /** Path of the field that is wrong, e.g. `buyer.email`. Never its value. */
  readonly field?: string | undefined;
  /** Paths of all fields that differ, with `IDEMPOTENCY_CONFLICT`. */
  readonly fields?: readonly string[] | undefined;
  /** Instance name of the provider concerned. */
  readonly providerName?: string | undefined;
  /** The gateway's own error code, as documented by it. */
  readonly providerCode?: string | undefined;
  /** The payment that was saved before the failure. */
  readonly paymentId?: PaymentId | undefined;
  /** What lies underneath, already free of secrets and addresses. */
  readonly cause?: unknown;
}

const MARK: unique symbol = Symbol.for("@pay/core/PayError") as never;

const RETRYABLE: ReadonlySet<PayErrorCode> = new Set(["PROVIDER_UNAVAILABLE", "IN_PROGRESS", "STORE_UNAVAILABLE"]);

/** The one error class of Pay. The text names fields and remedies, never values. */
export class PayError extends Error {
  override readonly name: string = "PayError";
  readonly code: PayErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  readonly field?: string;
  readonly fields?: readonly string[];
  readonly providerName?: string;
  readonly providerCode?: string;
  readonly paymentId?: PaymentId;

  constructor(code: PayErrorCode, message: string, details: PayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    if (details.field !== undefined) this.field = details.field;
    if (details.fields !== undefined) this.fields = details.fields;
    if (details.providerName !== undefined) this.providerName = details.providerName;
    if (details.providerCode !== undefined) this.providerCode = details.providerCode;
    if (details.paymentId !== undefined) this.paymentId = details.paymentId;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `PayError` also when two copies of `@pay/core` are installed, where `instanceof` fails. */
export function isPayError(value: unknown): value is PayError {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** What a log may say of an error from anywhere: our own code, else its class, since its text may quote anything. */
export function className(error: unknown): string {
  if (isPayError(error)) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
