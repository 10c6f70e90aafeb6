import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { Context } from "../context.ts";
import type { RedriveRequest } from "../contract/pay.ts";
import type { DeliveryStatus } from "../contract/store.ts";
import { UNDELIVERED_STATUSES } from "../model/delivery.ts";
import { PayError } from "../model/errors.ts";
import type { PaymentId } from "../model/ids.ts";
import { changesOf, NOTHING, noteAct, startChanges } from "../recording/changes.ts";
import { deadLetterDigest } from "../recording/digest.ts";
import { commit } from "../recording/record-fact.ts";
import { invalid, PERSON_TEXT, Person } from "../reviews/check-resolution.ts";
import { resolveReview } from "../reviews/resolve.ts";

const Request = v.strictObject({ eventId: v.string(), handler: v.string(), by: Person });
const TEXTS = { eventId: "the id of an event", handler: "the name of a handler", by: PERSON_TEXT };

/** Delivers a dead letter again, and closes its review if that is still open; or makes a delivery that waits due now. */
export async function redrive(context: Context, paymentId: PaymentId, given: RedriveRequest): Promise<void> {
  const { by, eventId, handler } = parseInput(Request, given, "INVALID_REQUEST", TEXTS, "delivery");
  const person = by === undefined ? {} : { by };
  const deliveries = await context.store.deliveries(paymentId);
  const named = deliveries.find((known) => known.eventId === eventId && known.handler === handler);
  const record = await context.store.payment(paymentId);
  if (named === undefined || record === undefined) {
    throw new PayError("NOT_FOUND", "The payment has no delivery of this event to this handler.");
  }
  refuseUnlessStopped(named, deliveries);
  const digest = deadLetterDigest(named.eventId, handler);
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
    noteAct(pending, at, { kind: "redrive", event: named.eventId, handler, ...person });
    return { changes: { ...changesOf(pending), redriven: [{ eventId: named.eventId, handler }] }, result: undefined };
  });
}

/** @param deliveries those of the payment, in the order of its events */
function refuseUnlessStopped(named: DeliveryStatus, deliveries: readonly DeliveryStatus[]): void {
  if (named.status === "dead") return;
  if (named.status === "leased") {
    throw new PayError("IN_PROGRESS", "The handler is called at this moment; look at the delivery again in a minute.");
  }
  if (named.status !== "due") {
    throw new PayError("NOT_FOUND", `The delivery is ${named.status}; only one that waits or is dead can be redriven.`);
  }
  const first = deliveries.find(
    ({ handler, status }) => handler === named.handler && UNDELIVERED_STATUSES.includes(status),
  );
  if (first === undefined || first === named) return;
  throw invalid("eventId", `must be that of ${first.type}: the handler gets the events of a payment in order`);
}
