import type { PaymentId, ReviewId } from "./ids.ts";
import type { PaymentState } from "./payment.ts";

/**
 * - `late_success`: paid after it had been closed
 * - `double_payment`: the order, or the payment, was paid twice
 * - `amount_mismatch`, `reference_mismatch`: the gateway's success names another amount or another of its payments
 * - `contradiction`: the gateway says two things that cannot both be true
 * - `reversed`: the gateway took the money back
 * - `unmapped`: the gateway said something the adapter does not know
 * - `orphan`: an authenticated notification about a payment nobody has
 * - `refund_unknown`: nobody knows whether the gateway took a refund, or it told of one without saying how much
 * - `dead_letter`: a handler failed at every attempt
 */
export type ReviewKind =
  | "late_success"
  | "double_payment"
  | "amount_mismatch"
  | "reference_mismatch"
  | "contradiction"
  | "reversed"
  | "unrecognized"
  | "unmatched"
  | "refund_unknown"
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
  readonly status: "open" | "accepted" | "dismissed";
  /** What was done about it, oldest first. */
  readonly actions: readonly ReviewAction[];
}

/** One thing a person did about a review. */
export interface ReviewAction {
  /** Unix milliseconds. */
  readonly at: number;
  readonly action: "accept" | "dismiss" | "note";
  /** Who did it, as the shop names its people. */
  readonly by?: string;
  readonly note?: string;
  /** The payment an orphan was given to. */
  readonly paymentId?: PaymentId;
  /** What an unmapped status was taken for. */
  readonly as?: AcceptedStatus;
}

/** What a status that the adapter does not know, or a refund that nobody knows of, may be taken for. */
export type AcceptedStatus = Extract<PaymentState, "succeeded" | "failed" | "pending"> | "reversed";

/**
 * What is to be done about a review.
 *
 * - `accept`: an orphan's notification is applied to the payment `paymentId`; an unmapped status is applied as `as`, and so is an
 *   unknown refund, as `succeeded` or `failed`; a success with another amount or ref is applied as success; a dead letter is
 *   delivered again. The others are just closed: seen, and right so
 * - `dismiss`: closed without effect
 * - `note`: stays open, with the note
 */
export type ReviewResolution = {
  /** Who does it, as the shop names its people; at most 200 characters. */
  readonly by?: string;
  /** At most 2,000 characters. No personal data: it is stored. */
  readonly note?: string;
} & (
  | { readonly action: "accept"; readonly paymentId?: string; readonly as?: AcceptedStatus }
  | { readonly action: "dismiss" }
  | { readonly action: "note"; readonly note: string }
);
