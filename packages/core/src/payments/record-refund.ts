import type { Decision, Snapshot } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { RefundId } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { type Refund, refundNamed } from "../model/refund.ts";
import type { Review } from "../model/review.ts";
import { applyRefund, asksForRefund } from "../recording/apply-refund.ts";
import { acceptedReview, changesOf, NOTHING, noteAct, type Situation, startChanges } from "../recording/changes.ts";
import type { RecordAct } from "./check-record.ts";

/** What a person recorded about a refund. */
export type RefundAct = RecordAct & {
  readonly as: "succeeded" | "failed";
  readonly refund: RefundId;
};

/** Records the outcome of a refund that a person knows, and closes the reviews that ask for it in that person's name. */
export function decideRefund(
  situation: Pick<Situation, "ids" | "at">,
  act: RefundAct,
  record: PaymentRecord,
  found: Snapshot,
): Decision<Payment> {
  const refund = refundNamed(record.refunds ?? [], act.refund);
  if (refund === undefined) throw new PayError("NOT_FOUND", "The payment has no refund of this id.");
  refuseUnlessOpen(refund, act);
  const { as, by, note } = act;
  const answered = acceptRefundReviews(found, refund, { at: situation.at, as, by, note });
  const isRepeated = refund.status === act.as;
  if (isRepeated && answered.length === 0) return { changes: NOTHING, result: record.payment };
  const pending = startChanges(record);
  noteAct(pending, situation.at, act);
  // Without the open reviews: the gateway did not answer them.
  const unasked = { ...situation, found: { ...found, openReviews: [] } };
  if (!isRepeated) applyRefund(unasked, pending, { kind: `refund_${as}`, refund: refund.id, recorded: true });
  pending.resolved.push(...answered);
  return { changes: changesOf(pending), result: pending.record.payment };
}

function refuseUnlessOpen({ status }: Refund, { as }: RefundAct): void {
  if (status === "requested") {
    throw new PayError("IN_PROGRESS", "The gateway is asked for this refund at this moment; try again in two minutes.");
  }
  if (status === "succeeded" && as === "failed") {
    throw new PayError("ALREADY_SUCCEEDED", "The refund was made and cannot be failed.");
  }
}

interface Said {
  /** Unix milliseconds. */
  readonly at: number;
  readonly as: "succeeded" | "failed";
  readonly by: string;
  readonly note: string | undefined;
}

/** The open reviews that ask for the outcome of this refund, as the person closes them who said it. */
export function acceptRefundReviews(
  { openReviews }: Pick<Snapshot, "openReviews">,
  refund: Refund,
  { note, ...said }: Said,
): readonly Review[] {
  const action = note === undefined ? said : { ...said, note };
  return openReviews.filter((review) => asksForRefund(review, refund)).map((review) => acceptedReview(review, action));
}
