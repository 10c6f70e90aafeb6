import type { PaymentId, ReviewId } from "./ids.ts";

/**
 * - `late_success`: paid after it had been closed
 * - `double_payment`: the order, or the payment, was paid twice
 * - `amount_mismatch`, `ref_mismatch`: the gateway's success names another amount or another of its payments
 * - `contradiction`: the gateway says two things that cannot both be true
 * - `reversed`: the gateway took the money back
 * - `unmapped`: the gateway said something the adapter does not know
 * - `orphan`: an authenticated notification about a payment nobody has
 * - `dead_letter`: a handler failed at every attempt
 */
export type ReviewKind =
  | "late_success"
  | "double_payment"
  | "amount_mismatch"
  | "ref_mismatch"
  | "contradiction"
  | "reversed"
  | "unmapped"
  | "orphan"
  | "dead_letter";

/** Something a person should look at. Stands beside the payment's state and never changes it. One is open per subject, kind and digest. */
export interface Review {
  readonly id: ReviewId;
  readonly kind: ReviewKind;
  /** Absent for orphans. */
  readonly paymentId?: PaymentId;
  /** What was said, folded to a few characters, so that a repetition opens no second review. */
  readonly digest: string;
  /** Unix milliseconds. */
  readonly openedAt: number;
  /** Facts for the reader, e.g. `ref`, `raw`, `handler`. No personal data. */
  readonly details: Readonly<Record<string, string>>;
  /** Payments an orphan may belong to, likeliest first. */
  readonly candidates: readonly PaymentId[];
}
