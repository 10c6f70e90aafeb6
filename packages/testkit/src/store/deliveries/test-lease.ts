import assert from "node:assert/strict";
import { same } from "../../same.ts";
import { HOUR, MINUTE, NOON, newReview, SECOND } from "../fixtures/records.ts";
import { handler, lease, names, openWithEvents, recordEvent, sorted, statuses } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const GRANT = handler("grant-vip");
const MAIL = handler("send-mail");
const SORRY = handler("say-sorry", "payment.failed");
const NOW = NOON + HOUR;

/** Tests which handler gets which delivery, and for how long. */
export function testLease(check: Check): void {
  dispatching(check);
  taking(check);
  waiting(check);
}

function dispatching(check: Check): void {
  check("gives each event to every handler of its type, as it was then", async (store) => {
    await store.registerHandlers([GRANT, MAIL, SORRY]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
    const event = events[0]!;
    const { record: now } = await recordEvent(store, record, "payment.reversed", { updatedAt: NOW });
    assert.notDeepEqual(now.payment, event.payment);
    const expected = [GRANT, MAIL].map(({ name }) => ({ event, handler: name, attempt: 1, lease: 1 }));
    same(sorted(await lease(store, NOW, [GRANT, MAIL, SORRY])), sorted(expected));
  });

  check("dispatches to all registered handlers, also to those that another process runs", async (store) => {
    await store.registerHandlers([GRANT]);
    await store.registerHandlers([MAIL]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    same(names(await lease(store, NOW, [GRANT])), ["payment.succeeded grant-vip 1"]);
    same(await statuses(store, record), ["payment.succeeded grant-vip leased", "payment.succeeded send-mail due"]);
    same(names(await lease(store, NOW, [MAIL])), ["payment.succeeded send-mail 1"]);
  });

  check("remembers a handler once, however often it is registered", async (store) => {
    await store.registerHandlers([GRANT, GRANT]);
    await store.registerHandlers([GRANT, MAIL]);
    await store.registerHandlers([]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    same(names(await lease(store, NOW, [GRANT])), ["payment.succeeded grant-vip 1"]);
    assert.equal((await store.deliveries(record.payment.id)).length, 2);
  });

  check("tells handlers of one name apart by their event type", async (store) => {
    const [succeeded, failed] = [handler("log"), handler("log", "payment.failed")];
    await store.registerHandlers([succeeded, failed]);
    await openWithEvents(store, ["payment.succeeded"]);
    await openWithEvents(store, ["payment.failed"]);
    same(names(await lease(store, NOW, [failed])), ["payment.failed log 1"]);
    same(names(await lease(store, NOW, [succeeded])), ["payment.succeeded log 1"]);
  });

  check("answers which other handlers have deliveries waiting", async (store) => {
    same(await store.registerHandlers([GRANT, MAIL]), []);
    await openWithEvents(store, ["payment.succeeded"]);
    same(names(await lease(store, NOW, [GRANT])), ["payment.succeeded grant-vip 1"]);
    same(await store.registerHandlers([GRANT]), [MAIL]);
    same(await store.registerHandlers([MAIL]), [GRANT]);
    for (const delivery of await lease(store, NOW, [MAIL]))
      await store.finishDelivery(delivery, { kind: "delivered", at: NOW });
    same(await store.registerHandlers([GRANT, SORRY]), []);
  });

  check("dispatches an event once: a handler registered later does not get it", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    // Even a process without handlers dispatches for the others.
    same(await lease(store, NOW, []), []);
    same(await statuses(store, record), ["payment.succeeded grant-vip due"]);
    await store.registerHandlers([MAIL]);
    await openWithEvents(store, ["payment.succeeded"]);
    const expected = [
      "payment.succeeded grant-vip 1",
      "payment.succeeded grant-vip 1",
      "payment.succeeded send-mail 1",
    ];
    same(names(await lease(store, NOW, [GRANT, MAIL])), expected);
  });

  check("has nothing to deliver for an event without a handler", async (store) => {
    await store.registerHandlers([SORRY]);
    const { record } = await openWithEvents(store, ["payment.succeeded"]);
    same(await lease(store, NOW, [GRANT, SORRY]), []);
    same(await store.deliveries(record.payment.id), []);
  });
}

function taking(check: Check): void {
  check("takes no more deliveries than asked for, and the others with the next lease", async (store) => {
    await store.registerHandlers([GRANT]);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await openWithEvents(store, ["payment.succeeded"])).events[0]!.id);
    const taken: string[] = [];
    for (const size of [2, 2, 1, 0]) {
      const deliveries = await lease(store, NOW, [GRANT], { limit: 2 });
      assert.equal(deliveries.length, size);
      taken.push(...deliveries.map(({ event }) => event.id));
    }
    same(taken.sort(), ids.sort());
  });

  check("takes what has waited longest before what is new", async (store) => {
    await store.registerHandlers([GRANT]);
    const { events } = await openWithEvents(store, ["payment.succeeded"]);
    await lease(store, NOW, [GRANT], { until: NOW + SECOND });
    for (let n = 0; n < 3; n++) {
      await openWithEvents(store, ["payment.succeeded"], { createdAt: NOON - HOUR });
    }
    const [next] = await lease(store, NOW + MINUTE, [GRANT], { limit: 1 });
    assert.equal(next?.event.id, events[0]?.id);
    assert.equal(next?.attempt, 2);
  });

  check("fills the limit with what can be taken, past what cannot", async (store) => {
    await store.registerHandlers([handler("log", "payment.failed"), handler("log", "payment.reversed")]);
    const log = [handler("log", "payment.failed"), handler("log", "payment.reversed")];
    await openWithEvents(store, ["payment.failed", "payment.reversed", "payment.reversed", "payment.reversed"]);
    await openWithEvents(store, ["payment.failed"]);
    assert.equal((await lease(store, NOW, log, { limit: 2 })).length, 2);
  });

  check("leases a delivery once where processes ask at the same time", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    for (let n = 0; n < 10; n++) await openWithEvents(store, ["payment.succeeded"]);
    const leases = await Promise.all([1, 2, 3, 4, 5].map(() => lease(store, NOW, [GRANT, MAIL], { limit: 7 })));
    const taken = leases.flat().map(({ event, handler: name }) => `${event.id} ${name}`);
    same([taken.length, new Set(taken).size], [20, 20]);
  });

  check("leases nothing twice while the lease lasts, and again with the next attempt when it ended", async (store) => {
    await store.registerHandlers([GRANT]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
    const until = NOW + MINUTE;
    same(await lease(store, NOW, [GRANT], { until }), [
      { event: events[0], handler: "grant-vip", attempt: 1, lease: 1 },
    ]);
    same(await lease(store, NOW, [GRANT]), []);
    same(await lease(store, until - 1, [GRANT]), []);
    const again = { until: until + 5 * SECOND };
    same(await lease(store, until, [GRANT], again), [{ event: events[0], handler: "grant-vip", attempt: 2, lease: 2 }]);
    same(await lease(store, again.until - 1, [GRANT]), []);
    same(names(await lease(store, again.until, [GRANT])), ["payment.succeeded grant-vip 3"]);
    assert.equal((await store.deliveries(record.payment.id))[0]?.attempts, 3);
  });
}

/** Tests `nextDeliveryAt`, which tells a process how long it may sleep. */
function waiting(check: Check): void {
  const LATER = NOW + 10 * MINUTE;

  check("knows of no next delivery where none is to come", async (store) => {
    assert.equal(await store.nextDeliveryAt(NOW, [GRANT]), undefined);
    await store.registerHandlers([GRANT, MAIL]);
    await openWithEvents(store, ["payment.succeeded"]);
    const [first, second] = await lease(store, NOW, [GRANT, MAIL]);
    await store.finishDelivery(first!, { kind: "delivered", at: NOW });
    const review = newReview({ kind: "dead_letter" });
    await store.finishDelivery(second!, { kind: "dead", at: NOW, error: "Error: no", review });
    assert.equal(await store.nextDeliveryAt(NOW, [GRANT, MAIL]), undefined);
  });

  check("knows when the next retry is due and when the next lease ends, whichever comes first", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    await openWithEvents(store, ["payment.succeeded"]);
    await openWithEvents(store, ["payment.succeeded"]);
    const both = await lease(store, NOW, [GRANT], { until: NOW + 7 * MINUTE });
    assert.equal(await store.nextDeliveryAt(NOW, [GRANT]), NOW + 7 * MINUTE);
    await store.finishDelivery(both[0]!, { kind: "retry", at: NOW, dueAt: NOW + 3 * MINUTE, error: "Error: no" });
    assert.equal(await store.nextDeliveryAt(NOW, [GRANT]), NOW + 3 * MINUTE);
    assert.equal(await store.nextDeliveryAt(NOW + 3 * MINUTE, [GRANT]), NOW + 7 * MINUTE);
    assert.equal(await store.nextDeliveryAt(NOW + 7 * MINUTE, [GRANT]), undefined);
  });

  check("looks for the next delivery of the named handlers alone", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    await openWithEvents(store, ["payment.succeeded"]);
    await lease(store, NOW, [MAIL], { until: LATER });
    same([await store.nextDeliveryAt(NOW, [GRANT]), await store.nextDeliveryAt(NOW, [])], [undefined, undefined]);
    assert.equal(await store.nextDeliveryAt(NOW, [handler("send-mail", "payment.failed")]), undefined);
    same([await store.nextDeliveryAt(NOW, [MAIL]), await store.nextDeliveryAt(NOW, [GRANT, MAIL])], [LATER, LATER]);
  });
}
