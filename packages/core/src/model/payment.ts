import type { PaymentId, ProviderReference } from "./ids.ts";
import type { Money } from "./money.ts";
import type { Refund } from "./refund.ts";

/**
 * - `created`: saved, the gateway was not reached yet
 * - `pending`: the gateway has it, the buyer may pay
 * - `unknown`: nobody knows whether the gateway has it; a callback settles it
 * - `succeeded`: paid; final, nothing undoes it
 * - `failed`, `expired`, `canceled`: not paid as far as is known; a late success still wins
 */
export type PaymentState = "created" | "pending" | "unknown" | "succeeded" | "failed" | "expired" | "canceled";

export const PAYMENT_STATES: readonly PaymentState[] = [
  ...(["created", "pending", "unknown", "succeeded"] as const),
  ...(["failed", "expired", "canceled"] as const),
];

export const OPEN_STATES: readonly PaymentState[] = ["created", "pending", "unknown"];

/** A payment as the shop sees it. Plain JSON; times are Unix milliseconds. Holds nothing of the buyer. */
export interface Payment {
  readonly id: PaymentId;
  readonly orderId: string;
  readonly state: PaymentState;
  readonly amount: Money;
  readonly description: string;
  /** Instance name under `providers` of the configuration. */
  readonly providerName: string;
  /** Name of the adapter, e.g. `"sellly"`. */
  readonly adapter: string;
  /** The account at the gateway, e.g. `"sellly:SHOP1"`. */
  readonly merchantAccount: string;
  /** The gateway's name for the payment, once it was seen. */
  readonly providerReference?: ProviderReference;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When an open payment becomes `expired`. */
  readonly expiresAt: number;
}

/** What the buyer has to do next. */
export type NextAction =
  /** Send the buyer to this address, with 303. */
  | { readonly kind: "redirect"; readonly url: string }
  /** Nothing to do but wait for the payment's state to change, e.g. on a page that asks for it. */
  | { readonly kind: "wait" };

/** A form that the buyer's browser posts to the gateway. Its fields may hold secrets, so they are kept encrypted. */
export interface SealedForm {
  readonly kind: "form";
  readonly sealed: string;
}

/** A payment as stores keep it: what the shop sees and what only settlement needs. */
export interface PaymentRecord {
  readonly payment: Payment;
  /** Number of the newest history entry, and the version a store compares before it writes. Starts at 1. */
  readonly version: number;
  /** The fact that set the state, e.g. `"deadline"`; `"opened"` for a new payment. */
  readonly cause: string;
  /** Whether a reversal was heard, so that it is told once. */
  readonly reversed: boolean;
  readonly next?: NextAction | SealedForm;
  /** Oldest first; absent while there is none. */
  readonly refunds?: readonly Refund[];
  readonly returnUrl: { readonly success: string; readonly failure: string };
  /** Which key signed the callback address that went to the gateway. */
  readonly keyId: string;
  /** Keyed digest of the buyer's e-mail, to propose candidates for orphans. The address itself is never stored. */
  readonly buyerDigest?: string;
  /** The idempotency key of the checkout, which of its tries this is (from 0), and keyed digests of the request's fields. */
  readonly checkout?: {
    readonly key: string;
    readonly attempt: number;
    readonly digests: Readonly<Record<string, string>>;
  };
}
