import type { EventType, PaymentRecord, PaymentStore, Review, ReviewEvent } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  changes,
  HOUR,
  idsAt,
  MINUTE,
  NOON,
  newRecord,
  newReview,
  newUnmatched,
  SECOND,
  step,
} from "../fixtures/records.ts";
import {
  handler,
  lease,
  names,
  open,
  openWithEvents,
  recordEvent,
  sorted,
  statuses,
  write,
  writeAbout,
} from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const OPENED = handler("alarm", "review.opened");
const RESOLVED = handler("alarm", "review.resolved");
const ALARM = [OPENED, RESOLVED];
const NOW = NOON + HOUR;

const delivered = { kind: "delivered", at: NOW } as const;

/** Tests the events about reviews: each is a stream of its own beside the events of its payment. */
export function testReviewEvents(check: Check): void {
  telling(check);
  beside(check);
  dying(check);
}

function event(type: ReviewEvent["type"], review: Review, occurredAt = review.openedAt): ReviewEvent {
  return { id: idsAt(occurredAt).event(), type, sequence: type === "review.opened" ? 1 : 2, occurredAt, review };
}

/** Opens a review of a payment, with its event. */
async function openReview(store: PaymentStore, record: PaymentRecord, part: Partial<Review> = {}) {
  const review = newReview({ paymentId: record.payment.id, ...part });
  const opened = event("review.opened", review);
  await write(store, record, { reviews: [review], events: [opened] });
  return { review, opened };
}

/** Dismisses a review, with its event. */
async function resolve(store: PaymentStore, { payment }: PaymentRecord, review: Review): Promise<ReviewEvent> {
  const actions = [{ at: NOW, action: "dismiss", by: "Anna", note: "wg rozmowy" }] as const;
  const closed: Review = { ...review, status: "dismissed", actions };
  const resolved = event("review.resolved", closed, NOW);
  const query = { merchantAccount: payment.merchantAccount, paymentId: payment.id, review: review.id };
  await store.update(query, () => ({
    changes: changes({ resolved: [closed], events: [resolved] }),
    result: undefined,
  }));
  return resolved;
}

function telling(check: Check): void {
  check("gives the event of a review to every handler of its type, as the review was then", async (store) => {
    const mail = handler("mail", "review.opened");
    await store.registerHandlers([...ALARM, mail]);
    const record = newRecord();
    await open(store, record);
    const { opened, review } = await openReview(store, record);
    const resolved = await resolve(store, record, review);
    const expected = [OPENED, mail].map(({ name }) => ({ event: opened, handler: name, attempt: 1, lease: 1 }));
    const leased = await lease(store, NOW, [...ALARM, mail]);
    same(sorted(leased), sorted(expected));
    for (const delivery of leased) await store.finishDelivery(delivery, delivered);
    same(await lease(store, NOW, ALARM), [{ event: resolved, handler: "alarm", attempt: 1, lease: 1 }]);
  });

  check("tells of a review that is open already no second time", async (store) => {
    await store.registerHandlers(ALARM);
    const record = newRecord();
    await open(store, record);
    const { opened } = await openReview(store, record);
    await openReview(store, record);
    same(await lease(store, NOW, ALARM), [{ event: opened, handler: "alarm", attempt: 1, lease: 1 }]);
    same(await statuses(store, record), ["review.opened alarm leased"]);
  });

  check("gives the event of a review that has no payment", async (store) => {
    await store.registerHandlers(ALARM);
    const unmatched = newUnmatched();
    const review = newReview({ kind: "unmatched" });
    const opened = event("review.opened", review);
    await writeAbout(store, unmatched, { unmatched });
    await writeAbout(store, unmatched, { reviews: [review], reviewed: [unmatched], events: [opened] });
    const [leased] = await lease(store, NOW, ALARM);
    same(leased, { event: opened, handler: "alarm", attempt: 1, lease: 1 });
    await store.finishDelivery(leased!, delivered);
    const { id: eventId, type } = opened;
    same(await store.deliveries(review.id), [
      { eventId, review: review.id, type, handler: "alarm", status: "delivered", attempts: 1 },
    ]);
  });
}

function beside(check: Check): void {
  check(
    "holds no event of a payment behind one of its review, and none of a review behind the payment's",
    async (store) => {
      const log = (["payment.failed", "payment.reversed", "review.opened", "review.resolved"] as const).map(
        (type: EventType) => handler("log", type),
      );
      await store.registerHandlers(log);
      const { record } = await openWithEvents(store, ["payment.reversed", "payment.failed"]);
      const { review } = await openReview(store, record);
      await resolve(store, record, review);
      const leased = await lease(store, NOW, log);
      same(names(leased), ["payment.reversed log 1", "review.opened log 1"]);
      same(await lease(store, NOW, log), []);
      for (const delivery of leased) await store.finishDelivery(delivery, delivered);
      same(names(await lease(store, NOW, log)), ["payment.failed log 1", "review.resolved log 1"]);
    },
  );

  check("writes the event of a review and of its payment from one line of the history", async (store) => {
    const paid = handler("alarm");
    await store.registerHandlers([...ALARM, paid]);
    const { record } = await openWithEvents(store, []);
    const review = newReview({ kind: "late_success", paymentId: record.payment.id });
    const moved = step(record, { kind: "succeeded" }, { state: "succeeded" });
    const { payment, version: sequence } = moved.record;
    const { updatedAt: occurredAt } = payment;
    const id = idsAt(occurredAt).event();
    const success = { id, type: "payment.succeeded", sequence, occurredAt, payment, late: true } as const;
    const events = [success, event("review.opened", review)];
    await write(store, record, { ...moved, reviews: [review], events, claimsOrder: true });
    const expected = events.map((one) => ({ event: one, handler: "alarm", attempt: 1, lease: 1 }));
    same(sorted(await lease(store, NOW, [...ALARM, paid])), sorted(expected));
  });

  check("supersedes no event of a review by a success", async (store) => {
    await store.registerHandlers(ALARM);
    const { record } = await openWithEvents(store, ["payment.failed"]);
    await openReview(store, record);
    await recordEvent(store, record, "payment.succeeded");
    same(names(await lease(store, NOW, ALARM)), ["review.opened alarm 1"]);
  });

  check(
    "lists the deliveries of reviews behind those of their payment, and alone by the review's id",
    async (store) => {
      await store.registerHandlers([...ALARM, handler("mail")]);
      const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
      const { opened, review } = await openReview(store, record);
      const other = await openReview(store, record, { openedAt: NOON + SECOND, digest: "another" });
      await lease(store, NOW, []);
      const row = ({ id: eventId, review: { id } }: ReviewEvent) => {
        return { eventId, review: id, type: "review.opened", handler: "alarm", status: "due", attempts: 0 };
      };
      const rows = async (id: Parameters<PaymentStore["deliveries"]>[0]) =>
        (await store.deliveries(id)).map(({ attempts, eventId, handler: name, review: about, status, type }) => {
          return { eventId, ...(about && { review: about }), type, handler: name, status, attempts };
        });
      const ofPayment = {
        ...{ eventId: events[0]!.id, type: "payment.succeeded", handler: "mail", status: "due", attempts: 0 },
      };
      same(await rows(record.payment.id), [ofPayment, row(opened), row(other.opened)]);
      same(await rows(review.id), [row(opened)]);
    },
  );
}

function dying(check: Check): void {
  check("writes the event of a dead letter's review together with it", async (store) => {
    await store.registerHandlers([...ALARM, handler("mail")]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [handler("mail")]);
    const review = newReview({ kind: "dead_letter", paymentId: record.payment.id, openedAt: NOW });
    const opened = event("review.opened", review);
    await store.finishDelivery(leased!, { kind: "dead", at: NOW, error: "Error: never", review, event: opened });
    same(await lease(store, NOW, ALARM), [{ event: opened, handler: "alarm", attempt: 1, lease: 1 }]);
  });

  check("lists failing deliveries of review events, with the payment if there is one", async (store) => {
    await store.registerHandlers(ALARM);
    const record = newRecord();
    await open(store, record);
    const ofPayment = (await openReview(store, record)).opened;
    const unmatched = newUnmatched();
    const alone = event("review.opened", newReview({ kind: "unmatched", openedAt: NOON + SECOND }));
    await writeAbout(store, unmatched, { reviews: [alone.review], events: [alone] });
    const failed = { kind: "retry", at: NOW, dueAt: NOW + HOUR, error: "Error: no" } as const;
    for (const delivery of await lease(store, NOW, ALARM)) await store.finishDelivery(delivery, failed);
    const row = ({ id: eventId, review, type }: ReviewEvent) => {
      const part = { eventId, review: review.id, type, handler: "alarm", status: "due", attempts: 1 };
      return { ...part, error: "Error: no", nextAttemptAt: NOW + HOUR };
    };
    same(await store.failingDeliveries(10), [row(alone), { ...row(ofPayment), payment: record.payment }]);
  });

  check("redrives a dead delivery of a review's event, with a payment and without one", async (store) => {
    await store.registerHandlers(ALARM);
    const record = newRecord();
    await open(store, record);
    const ofPayment = (await openReview(store, record)).opened;
    const unmatched = newUnmatched();
    const review = newReview({ kind: "unmatched" });
    const alone = event("review.opened", review);
    await writeAbout(store, unmatched, { reviews: [review], events: [alone] });
    for (const delivery of await lease(store, NOW, ALARM)) {
      const dead = newReview({ kind: "dead_letter", digest: delivery.event.id });
      await store.finishDelivery(delivery, { kind: "dead", at: NOW, error: "Error: never", review: dead });
    }
    const named = (one: ReviewEvent) => ({ eventId: one.id, handler: "alarm", review: one.review.id });
    await write(store, record, { ...step(record, { kind: "pending" }), redriven: [named(ofPayment)] });
    same(await lease(store, NOW + MINUTE, ALARM), [{ event: ofPayment, handler: "alarm", attempt: 1, lease: 2 }]);
    await writeAbout(store, unmatched, { redriven: [named(alone)] });
    same(await lease(store, NOW + MINUTE, ALARM), [{ event: alone, handler: "alarm", attempt: 1, lease: 2 }]);
  });
}
