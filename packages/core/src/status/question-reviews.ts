import type { Context } from "../context.ts";
import type { Payment } from "../model/payment.ts";
import type { AcceptedStatus } from "../model/review.ts";
import { answeredReview, NOTHING } from "../recording/changes.ts";
import { statusUnknownDigest } from "../recording/digest.ts";
import { commit, recordFact } from "../recording/record-fact.ts";
import type { Question } from "./plan.ts";

/**
 * Tells a person that the gateway does not answer, and why: once about each question, and not while a review of the kind `unless` shows
 * its answer.
 */
export async function openReview(
  context: Context,
  { id: paymentId, merchantAccount, state }: Payment,
  { round }: Question,
  reason: string,
  unless?: string,
): Promise<void> {
  const digest = statusUnknownDigest(round);
  await recordFact(context, {
    query: { merchantAccount, paymentId, openReviews: true },
    fact: { kind: "status_unknown", round, reason },
    // A payment that moved while the gateway was asked may have its answer: the next look decides.
    onlyIf: ({ payment }, openReviews) =>
      payment.state === state && !openReviews.some((open) => open.kind === unless || open.digest === digest),
  });
}

/** Closes the reviews that say the gateway does not answer: it has. */
export async function answerReviews(
  context: Context,
  { id: paymentId, merchantAccount }: Payment,
  as: AcceptedStatus,
): Promise<void> {
  const at = context.now();
  await commit(context, { merchantAccount, paymentId, openReviews: true }, (_, { openReviews }) => {
    const told = openReviews.filter(({ kind }) => kind === "status_unknown");
    return {
      changes: { ...NOTHING, resolved: told.map((review) => answeredReview(review, at, { as })) },
      result: undefined,
    };
  });
}
