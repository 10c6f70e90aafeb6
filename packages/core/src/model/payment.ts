import type { PaymentId, ProviderReference } from "./ids.ts";
import type { Money } from "./money.ts";
import type { Refund } from "./refund.ts";

/**
 * - `created`: saved. Pay is about to call the gateway or waits for its answer
 * - `pending`: the gateway has it, and the buyer can pay
 * - `unknown`: the gateway may have it; a callback or a status check decides
 * - `succeeded`: paid. Final: no fact changes it
 * - `failed`, `expired`, `canceled`: not paid, as far as is known; a late success still wins
 */
export type PaymentState = "created" | "pending" | "unknown" | "succeeded" | "failed" | "expired" | "canceled";

export const PAYMENT_STATES: readonly PaymentState[] = [
  ...(["created", "pending", "unknown", "succeeded"] as const),
  ...(["failed", "expired", "canceled"] as const),
];

/** In every other state a payment is closed. */
export const OPEN_STATES: readonly PaymentState[] = ["created", "pending", "unknown"];

/** A payment as the shop sees it. Plain JSON; times are Unix milliseconds. It holds no data of the buyer. */
export interface Payment {
  readonly id: PaymentId;
  readonly orderId: string;
  readonly state: PaymentState;
  readonly amount: Money;
  readonly description: string;
  /** The provider's name under `providers` in the configuration. */
  readonly providerName: string;
  /** Name of the adapter, e.g. `"sellly"`. */
  readonly adapter: string;
  /** The account at the gateway, e.g. `"sellly:SHOP1"`. */
  readonly merchantAccount: string;
  /** The gateway's name for the payment, once Pay knows it. */
  readonly providerReference?: ProviderReference;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When an open payment becomes `expired`. */
  readonly expiresAt: number;
  /** Set while a later checkout of the order has another amount. A success of this payment then does not pay the order. */
  readonly superseded?: Superseded;
}

/** What the order of a superseded payment costs now. */
export interface Superseded {
  /** The amount of the order's newest payment. */
  readonly amount: Money;
  /** The order's newest payment. */
  readonly by: PaymentId;
}

/** The buyer's next step. */
export type NextAction =
  /** Send the buyer to this address, with status 303. */
  | { readonly kind: "redirect"; readonly url: string }
  /** Wait until the payment's state changes, e.g. on a page that polls it. */
  | { readonly kind: "wait" };

/** A form that the buyer's browser posts to the gateway. It is stored encrypted, since its fields may hold secrets. */
export interface SealedForm {
  readonly kind: "form";
  readonly sealed: string;
}

/** A payment as stores keep it: what the shop sees, and what only the rule needs. */
export interface PaymentRecord {
  readonly payment: Payment;
  /** The sequence of the newest history entry. A store compares it before it writes. Starts at 1. */
  readonly version: number;
  /** Kind of the fact that set the state, e.g. `"deadline"`; `"opened"` for a new payment, `"recorded"` if a person recorded a success or failure. */
  readonly cause: string;
  /** True once a reversal was reported, so that its event is sent once. */
  readonly reversed: boolean;
  /** Set by the gateway's answer to the create, and absent until then, also if a callback came before. */
  readonly next?: NextAction | SealedForm;
  /** Oldest first; absent if there is none. */
  readonly refunds?: readonly Refund[];
  readonly returnUrl: { readonly success: string; readonly failure: string };
  /** Id of the key that signed the callback address sent to the gateway. */
  readonly keyId: string;
  /** Keyed digest of the buyer's e-mail address, to propose candidates for unmatched notifications. The address itself is never stored. */
  readonly buyerDigest?: string;
  /** The idempotency key of the checkout, its attempt under that key (from 0), and keyed digests of the request's fields. */
  readonly checkout?: {
    readonly key: string;
    readonly attempt: number;
    readonly digests: Readonly<Record<string, string>>;
  };
}
