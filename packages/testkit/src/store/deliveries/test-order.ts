import assert from "node:assert/strict";
import { same } from "../../same.ts";
import { eventStep, HOUR, MINUTE, NOON, newReview } from "../fixtures/records.ts";
import { handler, lease, names, openWithEvents, recordEvent, statuses, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const FAILED = handler("log", "payment.failed");
const EXPIRED = handler("log", "payment.expired");
const SUCCEEDED = handler("log", "payment.succeeded");
const PAID_AGAIN = handler("log", "payment.paid_again");
const REVERSED = handler("log", "payment.reversed");
const LOG = [FAILED, EXPIRED, SUCCEEDED, PAID_AGAIN, REVERSED];
const NOW = NOON + HOUR;

const delivered = { kind: "delivered", at: NOW } as const;
const failedUntil = (dueAt: number) => ({ kind: "retry", at: NOW, dueAt, error: "Error: no" }) as const;

/** Tests how the events of one payment wait for each other and supersede each other. */
export function testOrder(check: Check): void {
  inTurn(check);
  superseding(check);
}

function inTurn(check: Check): void {
  check("delivers the events of a payment in order, each after the one before is delivered", async (store) => {
    await store.registerHandlers(LOG);
    const { events } = await openWithEvents(store, ["payment.succeeded", "payment.reversed", "payment.reversed"]);
    for (const event of events) {
      const leased = await lease(store, NOW, LOG);
      same(leased, [{ event, handler: "log", attempt: 1, lease: 1 }]);
      same(await lease(store, NOW, LOG), []);
      await store.finishDelivery(leased[0]!, delivered);
    }
    same(await lease(store, NOW, LOG), []);
  });

  check(
    "holds a payment's later events while an earlier one waits for its retry or its lease to end",
    async (store) => {
      await store.registerHandlers(LOG);
      await openWithEvents(store, ["payment.succeeded", "payment.reversed"]);
      const [first] = await lease(store, NOW, LOG);
      await store.finishDelivery(first!, failedUntil(NOW + MINUTE));
      same(await lease(store, NOW, LOG), []);
      same(names(await lease(store, NOW + MINUTE, LOG, { until: NOW + 2 * MINUTE })), ["payment.succeeded log 2"]);
      same(names(await lease(store, NOW + 2 * MINUTE, LOG)), ["payment.succeeded log 3"]);
    },
  );

  check("holds a later event also where the process leases only its type", async (store) => {
    await store.registerHandlers(LOG);
    await openWithEvents(store, ["payment.succeeded", "payment.reversed"]);
    same(await lease(store, NOW, [REVERSED]), []);
    const [first] = await lease(store, NOW, [SUCCEEDED]);
    same(await lease(store, NOW, [REVERSED]), []);
    await store.finishDelivery(first!, delivered);
    same(names(await lease(store, NOW, [REVERSED])), ["payment.reversed log 1"]);
  });

  check("does not hold events of other payments, nor of other handlers", async (store) => {
    const mail = handler("mail", "payment.reversed");
    await store.registerHandlers([...LOG, mail]);
    await openWithEvents(store, ["payment.succeeded", "payment.reversed"], { orderId: "order 1" });
    await lease(store, NOW, [SUCCEEDED]);
    same(names(await lease(store, NOW, [...LOG, mail])), ["payment.reversed mail 1"]);
    await openWithEvents(store, ["payment.failed"], { orderId: "order 1" });
    await openWithEvents(store, ["payment.reversed"]);
    same(names(await lease(store, NOW, LOG)), ["payment.failed log 1", "payment.reversed log 1"]);
  });

  check("does not hold an event behind a dead one", async (store) => {
    await store.registerHandlers(LOG);
    const { record } = await openWithEvents(store, ["payment.failed", "payment.reversed"]);
    const [first] = await lease(store, NOW, LOG);
    const review = newReview({ kind: "dead_letter", paymentId: record.payment.id });
    await store.finishDelivery(first!, { kind: "dead", at: NOW, error: "Error: no", review });
    same(names(await lease(store, NOW, LOG)), ["payment.reversed log 1"]);
  });

  check("orders a payment's events also where one update brought them", async (store) => {
    await store.registerHandlers(LOG);
    for (let n = 0; n < 8; n++) {
      const { record } = await openWithEvents(store, []);
      const first = eventStep(record, "payment.expired");
      // Both events have the same millisecond, so neither their times nor their ids tell the order.
      const second = eventStep(first.record, "payment.paid_again", { updatedAt: first.event.occurredAt });
      const history = [...first.history, ...second.history];
      await write(store, record, { record: second.record, history, events: [first.event, second.event] });
    }
    same(names(await lease(store, NOW, LOG)), Array(8).fill("payment.expired log 1"));
  });
}

function superseding(check: Check): void {
  check("delivers a success instead of the undelivered events before it", async (store) => {
    await store.registerHandlers([...LOG, handler("mail", "payment.expired")]);
    const { record } = await openWithEvents(store, ["payment.failed", "payment.expired", "payment.succeeded"]);
    // The deliveries to handlers of other processes are superseded as well.
    same(names(await lease(store, NOW, [SUCCEEDED])), ["payment.succeeded log 1"]);
    const expected = [
      "payment.expired log superseded",
      "payment.expired mail superseded",
      "payment.failed log superseded",
    ];
    same(await statuses(store, record), [...expected, "payment.succeeded log leased"]);
    same(await lease(store, NOW + HOUR, [FAILED, EXPIRED, handler("mail", "payment.expired")]), []);
  });

  check("supersedes what was dispatched, and what waits for a retry or a dead process's lease", async (store) => {
    const [retried, untouched] = [handler("retried", "payment.failed"), handler("untouched", "payment.failed")];
    const [stuck, all] = [handler("stuck", "payment.failed"), handler("all")];
    await store.registerHandlers([retried, untouched, stuck, all]);
    const { record } = await openWithEvents(store, ["payment.failed"]);
    const [first] = await lease(store, NOW, [retried]);
    await store.finishDelivery(first!, failedUntil(NOW + 2 * HOUR));
    await lease(store, NOW, [stuck], { until: NOW + MINUTE });
    await recordEvent(store, record, "payment.succeeded");
    same(names(await lease(store, NOW + MINUTE, [retried, untouched, stuck, all])), ["payment.succeeded all 1"]);
    same(await statuses(store, record), [
      "payment.failed retried superseded",
      "payment.failed stuck superseded",
      "payment.failed untouched superseded",
      "payment.succeeded all leased",
    ]);
    same(await lease(store, NOW + 9 * HOUR, [retried, untouched, stuck]), []);
    assert.equal(await store.nextDeliveryAt(NOW, [retried, untouched, stuck]), undefined);
  });

  check("lets a handler finish its running delivery before the success, and does not hold up others", async (store) => {
    await store.registerHandlers([...LOG, handler("mail")]);
    const { record } = await openWithEvents(store, ["payment.failed"]);
    const [failed] = await lease(store, NOW, LOG);
    await recordEvent(store, record, "payment.succeeded");
    same(names(await lease(store, NOW, [...LOG, handler("mail")])), ["payment.succeeded mail 1"]);
    await store.finishDelivery(failed!, failedUntil(NOW + MINUTE));
    const expected = ["payment.failed log superseded", "payment.succeeded log due", "payment.succeeded mail leased"];
    same(await statuses(store, record), expected);
    same(names(await lease(store, NOW, LOG)), ["payment.succeeded log 1"]);
  });

  check("supersedes a released delivery", async (store) => {
    await store.registerHandlers(LOG);
    const { record } = await openWithEvents(store, ["payment.failed"]);
    const [failed] = await lease(store, NOW, LOG);
    await recordEvent(store, record, "payment.succeeded");
    await store.finishDelivery(failed!, { kind: "released", at: NOW });
    same(names(await lease(store, NOW, LOG)), ["payment.succeeded log 1"]);
    same(await statuses(store, record), ["payment.failed log superseded", "payment.succeeded log leased"]);
  });

  check("supersedes nothing that was delivered or is dead", async (store) => {
    await store.registerHandlers(LOG);
    const { record } = await openWithEvents(store, ["payment.failed", "payment.expired"]);
    const [failed] = await lease(store, NOW, LOG);
    await store.finishDelivery(failed!, delivered);
    const [expired] = await lease(store, NOW, LOG);
    const review = newReview({ kind: "dead_letter", paymentId: record.payment.id });
    await store.finishDelivery(expired!, { kind: "dead", at: NOW, error: "Error: no", review });
    await recordEvent(store, record, "payment.succeeded");
    same(names(await lease(store, NOW, LOG)), ["payment.succeeded log 1"]);
    const expected = ["payment.expired log dead", "payment.failed log delivered", "payment.succeeded log leased"];
    same(await statuses(store, record), expected);
  });

  check("supersedes neither what comes after the success nor another payment's events", async (store) => {
    await store.registerHandlers([...LOG, handler("mail", "payment.reversed")]);
    const { record: other } = await openWithEvents(store, ["payment.failed"], { orderId: "order 1" });
    const { record } = await openWithEvents(store, ["payment.succeeded", "payment.reversed"], { orderId: "order 1" });
    await lease(store, NOW, []);
    same(await statuses(store, other), ["payment.failed log due"]);
    const expected = ["payment.reversed log due", "payment.reversed mail due", "payment.succeeded log due"];
    same(await statuses(store, record), expected);
  });

  check("does not supersede a reversal, which stays true after a success", async (store) => {
    await store.registerHandlers(LOG);
    const { record } = await openWithEvents(store, ["payment.reversed"]);
    const [first] = await lease(store, NOW, LOG);
    await recordEvent(store, record, "payment.succeeded");
    await store.finishDelivery(first!, failedUntil(NOW + MINUTE));
    same(await lease(store, NOW, LOG), []);
    same(await statuses(store, record), ["payment.reversed log due", "payment.succeeded log due"]);
    same(names(await lease(store, NOW + MINUTE, LOG)), ["payment.reversed log 2"]);
  });

  check("supersedes by the order's first success alone, not by a second payment or a reversal", async (store) => {
    await store.registerHandlers(LOG);
    const { record } = await openWithEvents(store, ["payment.failed", "payment.paid_again", "payment.reversed"]);
    same(names(await lease(store, NOW, LOG)), ["payment.failed log 1"]);
    const expected = ["payment.failed log leased", "payment.paid_again log due", "payment.reversed log due"];
    same(await statuses(store, record), expected);
  });
}
