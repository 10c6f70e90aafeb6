import type { Money } from "./money.ts";

/**
 * A gateway's report on a payment, in the words of Pay. An adapter maps a status that it does not know, and an answer or an amount that it
 * cannot read, to `unrecognized` with the gateway's words: never to a guess, and never to no report. `amount` is set only if the gateway
 * reports it. Pay compares it with the stored amount and never replaces that. With `reversed` it is what went back: a part opens a
 * review, and no amount means all.
 */
export interface StatusReport {
  readonly status: "succeeded" | "failed" | "pending" | "reversed" | "unrecognized";
  readonly amount?: Money;
  /** The gateway's own word for the status, at most 200 characters. With `unrecognized`: what the adapter could not read. */
  readonly providerStatus?: string;
}
