import type { EventType } from "./event-types.ts";
import type { EventId, PaymentId, ProviderReference, RefundId, ReviewId } from "./ids.ts";
import type { Money } from "./money.ts";
import type { PaymentState } from "./payment.ts";

/**
 * Why a person should look at a payment, and the details that each kind of review holds.
 *
 * - `late_success`: paid after it had been closed
 * - `double_payment`: the order, or the payment, was paid twice
 * - `superseded_paid`: a superseded payment was paid: its amount is not what the order costs by now. Accepted, it pays the order as it is;
 *   dismissed, it does not: send the money back
 * - `sent_back_paid`: the success came after the gateway had reported that all of its money went back, by a reversal or refunds. Pay created
 *   no event of it, and the payment does not pay its order
 * - `amount_mismatch`, `reference_mismatch`: the gateway's success names another amount or another of its payments. `reference_mismatch`
 *   is also of reversals and refunds
 * - `contradiction`: the gateway reported two things that cannot both be true
 * - `reversed`: the gateway took the money back
 * - `unrecognized`: the gateway reported something that the adapter does not know, or cannot read
 * - `status_unknown`: the gateway was asked for a day and its answer is still missing; Pay goes on asking, twice a day
 * - `unmatched`: an authenticated notification names a payment that is not in the store
 * - `refund_unknown`: the outcome of a refund is unknown, the gateway has not reported it for a week, or a refund was begun at the gateway
 *   without an amount
 * - `dead_letter`: a handler failed at every attempt
 */
export interface ReviewDetailsByKind {
  readonly late_success: FactDetails;
  readonly double_payment: FactDetails;
  readonly superseded_paid: FactDetails;
  readonly sent_back_paid: FactDetails;
  readonly amount_mismatch: FactDetails;
  readonly reference_mismatch: FactDetails;
  readonly contradiction: FactDetails;
  readonly reversed: FactDetails;
  readonly unrecognized: FactDetails;
  readonly status_unknown: FactDetails;
  readonly unmatched: UnmatchedDetails;
  readonly refund_unknown: FactDetails;
  readonly dead_letter: DeadLetterDetails;
}

export type ReviewKind = keyof ReviewDetailsByKind;

/** Kinds of reviews that a fact can call for. */
export type FactReviewKind = Exclude<ReviewKind, "unmatched" | "dead_letter">;

/** The fact that called for the review. No personal data. */
export interface FactDetails {
  /** Kind of the fact, e.g. `"succeeded"`, `"refund_overdue"`. */
  readonly fact: string;
  readonly amount?: Money;
  readonly providerReference?: ProviderReference;
  /** The gateway's own word for the status. */
  readonly providerStatus?: string;
  /** Why Pay does not know the outcome, e.g. `"time is up"`. */
  readonly reason?: string;
  readonly refund?: RefundId;
  /** The gateway's name for the refund. */
  readonly refundProviderReference?: string;
}

/** A notification whose payment is missing, and what it said. No personal data. */
export interface UnmatchedDetails extends FactDetails {
  readonly merchantAccount: string;
  /** What it names: a provider reference, a payment id, or a foreign merchant reference. */
  readonly subject: string;
  /** Further facts of the notification, e.g. the channel. */
  readonly details?: Readonly<Record<string, string>>;
}

/** An event that a handler did not take. */
export interface DeadLetterDetails {
  readonly event: EventId;
  readonly type: EventType;
  readonly handler: string;
  /** The review that the event is about, if it is about one. */
  readonly review?: ReviewId;
}

/**
 * Something a person should look at. It stands beside the payment's state and never changes it. One is open per subject, kind and
 * digest. `kind` tells which `details` it has.
 */
export type Review<K extends ReviewKind = ReviewKind> = {
  readonly [Kind in K]: ReviewOf<Kind>;
}[K];

interface ReviewOf<Kind extends ReviewKind> {
  readonly id: ReviewId;
  readonly kind: Kind;
  /** Absent for `unmatched`, and for the dead letter of an event about such a review. */
  readonly paymentId?: PaymentId;
  /** Digest of what was reported, so that a repetition opens no second review. */
  readonly digest: string;
  /** Unix milliseconds. */
  readonly openedAt: number;
  readonly details: ReviewDetailsByKind[Kind];
  /** Payments that an unmatched notification may belong to, likeliest first. */
  readonly candidates: readonly PaymentId[];
  readonly status: ReviewStatus;
  /** What was done about it, oldest first. */
  readonly actions: readonly ReviewAction[];
}

/** `answered`: the gateway's own report answered the question, or the unmatched notification found its payment, so Pay closed the review. */
export const REVIEW_STATUSES = ["open", "accepted", "dismissed", "answered"] as const;

export type ReviewStatus = (typeof REVIEW_STATUSES)[number];

/**
 * Kinds of reviews in which the gateway may have said that the payment is paid: a status that is not understood, or a success with another
 * amount or provider reference. While one is open, the payment does not expire: its event would say that it is not paid.
 */
export const EXPIRY_HOLDING_REVIEWS: readonly ReviewKind[] = ["unrecognized", "amount_mismatch", "reference_mismatch"];

/** Kinds of reviews that ask for the payment's outcome: what a person records of the payment answers them. */
export const OUTCOME_REVIEWS: readonly ReviewKind[] = ["status_unknown", "unrecognized"];

/** One thing that was done about a review. */
export interface ReviewAction {
  /** Unix milliseconds. */
  readonly at: number;
  /** `answer`: the gateway's report answered the question, or the notification found its payment. Every other action is a person's. */
  readonly action: "accept" | "dismiss" | "note" | "answer";
  /** The person, as the shop names its people; `"gateway"` for an `answer`. */
  readonly by?: string;
  readonly note?: string;
  /** The payment that an unmatched notification was given to, or found. */
  readonly paymentId?: PaymentId;
  /** The meaning given to an unrecognized status, the status that the gateway reported, or what the person recorded of the payment. */
  readonly as?: AcceptedStatus | "canceled";
}

/** The meaning a person may give to an unrecognized status, or to a refund whose outcome is unknown. */
export type AcceptedStatus = Extract<PaymentState, "succeeded" | "failed" | "pending"> | "reversed";

/**
 * What to do about a review.
 *
 * - `accept`: an unmatched notification is applied to the payment `paymentId`; an unrecognized status is applied as `as`, and so is an
 *   unknown refund, as `succeeded` or `failed`; a success with another amount or provider reference is applied as success, and a reversal
 *   with another amount as one of all the money; a dead letter is delivered again. Reviews of the other kinds are closed without further effect
 * - `dismiss`: the review is closed without effect
 * - `note`: the review stays open, with the note
 */
export type ReviewResolution = {
  /** The person who resolves it, as the shop names its people; at most 200 characters. */
  readonly by?: string;
  /** At most 2,000 characters. It is stored, so it must hold no personal data. */
  readonly note?: string;
} & (
  | { readonly action: "accept"; readonly paymentId?: string; readonly as?: AcceptedStatus }
  | { readonly action: "dismiss" }
  | { readonly action: "note"; readonly note: string }
);
