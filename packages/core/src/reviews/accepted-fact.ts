import type { Fact, RefundFact } from "../model/fact.ts";
import type { AcceptedStatus, Review } from "../model/review.ts";

/**
 * The fact that accepting a review stands for. The reported amount and provider reference of a success are kept as what was received:
 * accepting means that those of the payment are right, and other money than this may still come.
 */
export function acceptedFact(review: Review, as: AcceptedStatus | undefined): Fact | RefundFact | undefined {
  switch (review.kind) {
    case "refund_unknown": {
      const { refund } = review.details;
      if (refund === undefined || (as !== "succeeded" && as !== "failed")) return undefined;
      return { kind: `refund_${as}`, refund, ...wordsOf(review.details), recorded: true };
    }
    case "unrecognized":
      if (as === "reversed") return { kind: as, ...wordsOf(review.details), ...tookBack(review) };
      return as && { kind: as, ...wordsOf(review.details), ...receivedIn(review.details), ...decidedAs(as) };
    case "amount_mismatch":
    case "reference_mismatch":
      if (review.details.fact === "reversed")
        return { kind: "reversed", ...wordsOf(review.details), ...tookBack(review) };
      if (review.details.fact !== "succeeded") return undefined;
      return {
        kind: "succeeded",
        ...wordsOf(review.details),
        ...receivedIn(review.details),
        ...decidedAs("succeeded"),
      };
    default:
      return undefined;
  }
}

/** The amount that went back, so that a part never counts as all of it, unless the person accepts the amount itself. */
function tookBack({ details: { amount }, kind }: Review<"unrecognized" | "amount_mismatch" | "reference_mismatch">) {
  return kind === "amount_mismatch" || amount === undefined ? {} : { amount };
}

type Details = Review<"unrecognized">["details"];

function wordsOf({ providerStatus, reason }: Details): Pick<RefundFact, "providerStatus" | "reason"> {
  return { ...(providerStatus !== undefined && { providerStatus }), ...(reason !== undefined && { reason }) };
}

/** The gateway did not say so itself: if it says otherwise later, a person has to look, as after any outcome that a person recorded. */
function decidedAs(as: AcceptedStatus): { readonly recorded?: true } {
  return as === "succeeded" || as === "failed" ? { recorded: true } : {};
}

/** Kept because no more of it can be refunded than was received, and because a success that brings something else is other money. */
function receivedIn({ amount, providerReference }: Details) {
  return {
    ...(amount !== undefined && { receivedAmount: amount }),
    ...(providerReference !== undefined && { receivedProviderReference: providerReference }),
  };
}
