import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { Context } from "../context.ts";
import type { RedriveRequest } from "../contract/pay.ts";
import type { DeliveryStatus } from "../contract/store.ts";
import { UNDELIVERED_STATUSES } from "../model/delivery.ts";
import { PayError } from "../model/errors.ts";
import { parseStreamId } from "../model/event.ts";
import type { PaymentId } from "../model/ids.ts";
import { changesOf, NOTHING, noteAct, startChanges } from "../recording/changes.ts";
import { deadLetterDigest } from "../recording/digest.ts";
import { commit } from "../recording/record-fact.ts";
import { invalid, PERSON_TEXT, Person } from "../reviews/check-resolution.ts";
import { resolveReview } from "../reviews/resolve.ts";

const Request = v.strictObject({ eventId: v.string(), handler: v.string(), by: Person });
const TEXTS = { eventId: "the id of an event", handler: "the name of a handler", by: PERSON_TEXT };

/** Delivers a dead letter again, and closes its review if that is still open; or makes a delivery that waits due now. */
export async function redrive(context: Context, id: string, given: RedriveRequest): Promise<void> {
  const { by, eventId, handler } = parseInput(Request, given, "INVALID_REQUEST", TEXTS, "delivery");
  const person = by === undefined ? {} : { by };
  const { store } = context;
  const stream = parseStreamId(id);
  const deliveries = stream === undefined ? [] : await store.deliveries(stream);
  const named = deliveries.find((known) => known.eventId === eventId && known.handler === handler);
  if (named === undefined) {
    throw new PayError("NOT_FOUND", "There is no delivery of this event of the payment or review to this handler.");
  }
  refuseUnlessStopped(named, deliveries);
  const digest = deadLetterDigest(named.eventId, handler);
  const about = named.review && (await store.review(named.review));
  const paymentId = about === undefined ? (id as PaymentId) : about.paymentId;
  const record = paymentId && (await store.payment(paymentId));
  const subject = { kind: "dead_letter", digest, ...(paymentId !== undefined && { paymentId }) } as const;
  const open = await store.openReview(subject);
  if (open !== undefined) {
    await resolveReview(context, open.id, { action: "accept", ...person });
    return;
  }
  const at = context.now();
  const query = { merchantAccount: record?.payment.merchantAccount ?? "", ...(paymentId && { paymentId }) };
  await commit(context, query, (_, found) => {
    // A review without a payment has no history.
    if (found.record === undefined) return { changes: { ...NOTHING, redriven: [named] }, result: undefined };
    const pending = startChanges(found.record);
    noteAct(pending, at, { kind: "redrive", event: named.eventId, handler, ...person });
    return { changes: { ...changesOf(pending), redriven: [named] }, result: undefined };
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
    ({ handler, review, status }) =>
      handler === named.handler && review === named.review && UNDELIVERED_STATUSES.includes(status),
  );
  if (first === undefined || first === named) return;
  throw invalid("eventId", `must be that of ${first.type}: the handler gets the events of a payment in order`);
}
