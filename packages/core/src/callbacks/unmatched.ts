import type { Context } from "../context.ts";
import type { UnmatchedNotification } from "../contract/store.ts";
import { type PaymentId, parsePaymentId } from "../model/ids.ts";
import type { Review } from "../model/review.ts";
import { detailsOf } from "../recording/changes.ts";
import { unmatchedDigest } from "../recording/digest.ts";
import { recordFact } from "../recording/record-fact.ts";

/** Payments proposed to the person who decides. */
const CANDIDATES = 10;

/** Looks for the payment of a notification once more; if it is still missing, opens a review with candidates. */
export async function placeUnmatched(context: Context, unmatched: UnmatchedNotification): Promise<void> {
  const paymentId = parsePaymentId(unmatched.subject);
  // Any other subject is a foreign merchant reference, and must not pass for a provider reference.
  const { providerReference } = unmatched.fact;
  const toRecord = {
    query: {
      merchantAccount: unmatched.merchantAccount,
      ...(paymentId !== undefined && { paymentId }),
      ...(providerReference !== undefined && { providerReference }),
      adopt: true,
      openReviews: true,
    },
    traits: context.traitsOf(unmatched.merchantAccount),
  };
  const placed = await recordFact(context, toRecord);
  if (placed.kind !== "unknown_payment") return;
  const candidates = await context.store.candidates(unmatched, CANDIDATES);
  await recordFact(context, {
    ...toRecord,
    unmatchedReview: { unmatched, review: reviewOf(context, unmatched, candidates) },
  });
}

function reviewOf({ ids, now }: Context, unmatched: UnmatchedNotification, candidates: readonly PaymentId[]): Review {
  const { fact, merchantAccount, subject } = unmatched;
  const { details } = fact;
  return {
    id: ids.review(),
    kind: "unmatched",
    digest: unmatchedDigest(unmatched),
    openedAt: now(),
    details: {
      merchantAccount,
      subject,
      ...detailsOf(fact),
      ...(details !== undefined && { details }),
    },
    candidates,
    status: "open",
    actions: [],
  };
}
