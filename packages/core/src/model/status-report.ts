import type { Money } from "./money.ts";

/**
 * What a gateway says of a payment, in our words. An adapter maps what it does not know to `unmapped`, never to a guess.
 * `amount` only where the gateway states it; it is compared with the stored one, and never replaces it.
 */
export interface StatusReport {
  readonly status: "succeeded" | "failed" | "pending" | "reversed" | "unrecognized";
  readonly amount?: Money;
  /** The gateway's own word for the status, at most 200 characters. */
  readonly providerStatus?: string;
}
