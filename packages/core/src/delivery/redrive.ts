import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { Context } from "../context.ts";
import type { DeadLetter } from "../contract/pay.ts";
import { PayError } from "../model/errors.ts";
import type { PaymentId } from "../model/ids.ts";
import { changesOf, NOTHING, noteAct, startChanges } from "../recording/changes.ts";
import { deadLetterDigest } from "../recording/digest.ts";
import { commit } from "../recording/record-fact.ts";
import { PERSON_TEXT, Person } from "../reviews/check-resolution.ts";
import { resolveReview } from "../reviews/resolve.ts";

const Letter = v.strictObject({ eventId: v.string(), handler: v.string(), by: Person });
const TEXTS = { eventId: "the id of an event", handler: "the name of a handler", by: PERSON_TEXT };

/** Delivers a dead letter again, and closes its review if that is still open. */
export async function redrive(context: Context, paymentId: PaymentId, given: DeadLetter): Promise<void> {
  const { by, eventId, handler } = parseInput(Letter, given, "INVALID_REQUEST", TEXTS, "letter");
  const person = by === undefined ? {} : { by };
  const deliveries = await context.store.deliveries(paymentId);
  const dead = deliveries.find((known) => known.eventId === eventId && known.handler === handler);
  const record = await context.store.payment(paymentId);
  if (dead?.status !== "dead" || record === undefined) {
    throw new PayError("NOT_FOUND", "The handler has no dead letter of this event.");
  }
  const digest = deadLetterDigest(dead.eventId, handler);
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
    noteAct(pending, at, { kind: "redrive", event: dead.eventId, handler, ...person });
    return { changes: { ...changesOf(pending), redriven: [{ eventId: dead.eventId, handler }] }, result: undefined };
  });
}
