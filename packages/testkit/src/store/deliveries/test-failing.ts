import { type PaymentEvent, type PaymentId, type PaymentRecord, type PaymentStore, streamOf } from "@pay/core/store";
import { same } from "../../same.ts";
import { HOUR, NOON, newReview, step } from "../fixtures/records.ts";
import { handler, lease, names, openWithEvents, recordEvent, statuses, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const GRANT = handler("grant-vip");
const MAIL = handler("send-mail");
const NOW = NOON + HOUR;
const LATER = NOW + 9 * HOUR;

/** Tests what operators see of deliveries that fail, and how they hurry them. */
export function testFailing(check: Check): void {
  listing(check);
  hurrying(check);
}

/** Ends the attempts that are due for the handler: each is due again much later, or dead. */
async function fail(store: PaymentStore, name: typeof GRANT, error: string, outcome: "retry" | "dead"): Promise<void> {
  for (const delivery of await lease(store, NOW, [name])) {
    const paymentId = streamOf(delivery.event) as PaymentId;
    const review = newReview({ kind: "dead_letter", paymentId, digest: delivery.event.id });
    await store.finishDelivery(
      delivery,
      outcome === "retry" ? { kind: "retry", at: NOW, dueAt: LATER, error } : { kind: "dead", at: NOW, error, review },
    );
  }
}

function listing(check: Check): void {
  check("lists failing deliveries with their payments, newest payment first, and no others", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    const first = await openWithEvents(store, ["payment.succeeded"]);
    // Ids of one millisecond are in random order.
    const second = await openWithEvents(store, ["payment.succeeded"], { createdAt: NOON + 1 });
    await fail(store, GRANT, "Error: once", "retry");
    await fail(store, MAIL, "Error: never", "dead");
    const { record: fine } = await openWithEvents(store, ["payment.succeeded"]);
    for (const delivery of await lease(store, NOW, [GRANT])) {
      await store.finishDelivery(delivery, { kind: "delivered", at: NOW });
    }
    same(await statuses(store, fine), ["payment.succeeded grant-vip delivered", "payment.succeeded send-mail due"]);
    const row = ({ payment }: PaymentRecord, [event]: readonly PaymentEvent[]) => {
      const part = { eventId: event!.id, type: event!.type, attempts: 1, payment };
      return [
        { ...part, handler: "send-mail", status: "dead", error: "Error: never" },
        { ...part, handler: "grant-vip", status: "due", error: "Error: once", nextAttemptAt: LATER },
      ];
    };
    const all = [...row(second.record, second.events), ...row(first.record, first.events)];
    same(await store.failingDeliveries(10), all);
    same(await store.failingDeliveries(3), all.slice(0, 3), "limit");
  });

  check("lists a failing delivery while it is attempted again, and no more once it is delivered", async (store) => {
    await store.registerHandlers([GRANT]);
    await openWithEvents(store, ["payment.succeeded"]);
    same(await store.failingDeliveries(10), [], "before the first attempt");
    const [first] = await lease(store, NOW, [GRANT]);
    same(await store.failingDeliveries(10), [], "during the first attempt");
    await store.finishDelivery(first!, { kind: "retry", at: NOW, dueAt: LATER, error: "Error: no" });
    const [second] = await lease(store, LATER, [GRANT]);
    const [row] = await store.failingDeliveries(10);
    same([row?.status, row?.attempts, row?.nextAttemptAt], ["leased", 2, undefined]);
    await store.finishDelivery(second!, { kind: "delivered", at: LATER });
    same(await store.failingDeliveries(10), []);
  });

  check("lists no failing delivery that a success superseded", async (store) => {
    const sorry = handler("say-sorry", "payment.failed");
    await store.registerHandlers([sorry]);
    const { record } = await openWithEvents(store, ["payment.failed"]);
    await fail(store, sorry, "Error: no", "retry");
    await recordEvent(store, record, "payment.succeeded");
    await lease(store, NOW, [sorry]);
    same(await store.failingDeliveries(10), []);
  });
}

function hurrying(check: Check): void {
  check("takes a redriven delivery that waits now, from the first attempt, and no other one", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
    await fail(store, GRANT, "Error: no", "retry");
    await fail(store, MAIL, "Error: no", "retry");
    same(await lease(store, NOW, [GRANT, MAIL]), []);
    const pending = step(record, { kind: "pending" }, { updatedAt: NOW });
    await write(store, record, { ...pending, redriven: [{ eventId: events[0]!.id, handler: GRANT.name }] });
    const [hurried] = await store.deliveries(record.payment.id);
    same([hurried?.handler, hurried?.nextAttemptAt], ["grant-vip", NOW], "due now");
    same(names(await lease(store, NOW, [GRANT, MAIL])), ["payment.succeeded grant-vip 1"]);
  });

  check("leaves a delivery that is attempted at the moment as it is where it is to be redriven", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
    await fail(store, GRANT, "Error: no", "retry");
    const [second] = await lease(store, LATER, [GRANT]);
    const before = await store.deliveries(record.payment.id);
    const pending = step(record, { kind: "pending" }, { updatedAt: NOW });
    await write(store, record, { ...pending, redriven: [{ eventId: events[0]!.id, handler: GRANT.name }] });
    same(await store.deliveries(record.payment.id), before);
    await store.finishDelivery(second!, { kind: "delivered", at: LATER });
    same(await statuses(store, record), ["payment.succeeded grant-vip delivered"]);
  });
}
