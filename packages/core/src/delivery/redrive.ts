import type { Context } from "../context.ts";
import { PayError } from "../model/errors.ts";
import type { EventId, PaymentId } from "../model/ids.ts";
import { changesOf, NOTHING, noteAct, startChanges } from "../recording/changes.ts";
import { deadLetterDigest } from "../recording/digest.ts";
import { commit } from "../recording/record-fact.ts";
import { checkPerson } from "../reviews/check-resolution.ts";
import { resolveReview } from "../reviews/resolve.ts";

/** Delivers a dead letter again, and closes its review if that is still open. */
export async function redrive(
  context: Context,
  paymentId: PaymentId,
  eventId: EventId,
  handler: string,
  by: string | undefined,
): Promise<void> {
  const person = checkPerson(by);
  const deliveries = await context.store.deliveries(paymentId);
  const dead = deliveries.find((known) => known.eventId === eventId && known.handler === handler);
  const record = await context.store.payment(paymentId);
  if (dead?.status !== "dead" || record === undefined) {
    throw new PayError("NOT_FOUND", "The handler has no dead letter of this event.");
  }
  const digest = deadLetterDigest(eventId, handler);
  const reviews = await context.store.reviewsOfPayment(paymentId);
  const open = reviews.find((review) => review.status === "open" && review.digest === digest);
  if (open !== undefined) {
    await resolveReview(context, open.id, { action: "accept", ...person });
    return;
  }
  const at = context.now();
  await commit(context, { merchantAccount: record.payment.merchantAccount, paymentId }, (_, found) => {
    if (found.record === undefined) return { changes: NOTHING, result: undefined };
    const pending = startChanges(found.record);
    noteAct(pending, at, { kind: "redrive", event: eventId, handler, ...person });
    return { changes: { ...changesOf(pending), redriven: [{ eventId, handler }] }, result: undefined };
  });
}
