import assert from "node:assert/strict";
import { same } from "../../same.ts";
import {
  fullRecord,
  MINUTE,
  NOON,
  newRecord,
  nobody,
  OTHER_ACCOUNT,
  insertRequestOf as request,
  step,
} from "../fixtures/records.ts";
import { open, pay, recordEvent, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const attemptOf = (key: string, attempt: number) => ({ checkout: { key, attempt, digests: {} } });

export function testInsert(check: Check): void {
  check("keeps a new payment with every field there is", async (store) => {
    const record = fullRecord();
    same(await store.insert(request(record)), { kind: "opened" });
    same(await store.payment(record.payment.id), record);
    same(await store.paymentsOfOrder(record.payment.orderId), [record]);
    same(await store.history(record.payment.id), [request(record).entry]);
  });

  check("keeps a new payment without any of its optional fields", async (store) => {
    const record = newRecord();
    await open(store, record);
    same(await store.payment(record.payment.id), record);
    same(await store.paymentsOfOrder(record.payment.orderId), [record]);
  });

  check("knows nothing of a payment that was never opened", async (store) => {
    await open(store, newRecord());
    assert.equal(await store.payment(nobody()), undefined);
    same(await store.paymentsOfOrder("nobody's order"), []);
    same(await store.history(nobody()), []);
    same(await store.deliveries(nobody()), []);
  });

  check("lists the payments of an order oldest first, in any order of saving", async (store) => {
    const orderId = "order 1";
    const [first, second, third] = [0, 1, 2].map((n) => newRecord({ orderId, createdAt: NOON + n * MINUTE }));
    await open(store, second!, third!, newRecord({ orderId: "order 2" }), first!);
    same(await store.paymentsOfOrder(orderId), [first, second, third]);
  });

  check("answers a repeated attempt with the payment that was first, and writes nothing", async (store) => {
    const first = newRecord({ orderId: "order 1" }, attemptOf("basket 1", 0));
    const again = newRecord({ orderId: "order 2", merchantAccount: OTHER_ACCOUNT }, attemptOf("basket 1", 0));
    await open(store, first);
    same(await store.insert(request(again)), { kind: "exists", record: first });
    assert.equal(await store.payment(again.payment.id), undefined);
    same(await store.history(again.payment.id), []);
    same(await store.paymentsOfOrder("order 2"), []);
    same(await store.payment(first.payment.id), first);
    same(await store.history(first.payment.id), [request(first).entry]);
  });

  check("answers a repeated attempt with the payment as it is now", async (store) => {
    const first = newRecord({}, attemptOf("basket 1", 0));
    await open(store, first);
    const { record, history } = step(first, { kind: "pending" }, { state: "pending" });
    await write(store, first, { record, history });
    same(await store.insert(request(newRecord({}, attemptOf("basket 1", 0)))), { kind: "exists", record });
  });

  check("tells the attempts of a checkout key apart by their number, and the keys from each other", async (store) => {
    const orderId = "order 1";
    const attempts = [
      attemptOf("basket 1", 0),
      attemptOf("basket 1", 1),
      attemptOf("basket 2", 0),
      attemptOf("basket 2", 1),
    ];
    const records = attempts.map((rest, n) => newRecord({ orderId, createdAt: NOON + n }, rest));
    await open(store, ...records);
    same(await store.paymentsOfOrder(orderId), records);
    for (const [n, rest] of attempts.entries()) {
      same(await store.insert(request(newRecord({}, rest))), { kind: "exists", record: records[n] });
    }
  });

  check("opens payments without a checkout key as often as it is asked to", async (store) => {
    const records = [0, 1, 2].map((n) => newRecord({ orderId: "order 1", createdAt: NOON + n }));
    await open(store, ...records);
    same(await store.paymentsOfOrder("order 1"), records);
  });

  check("refuses to open a payment for a paid order, and writes nothing", async (store) => {
    const paid = newRecord({ orderId: "order 1" });
    await open(store, paid);
    await pay(store, paid);
    const late = newRecord({ orderId: "order 1" }, attemptOf("basket 1", 0));
    same(await store.insert(request(late)), { kind: "order_paid", paymentId: paid.payment.id });
    assert.equal(await store.payment(late.payment.id), undefined);
    same(await store.history(late.payment.id), []);
    assert.equal((await store.paymentsOfOrder("order 1")).length, 1);
    // The checkout key is still free.
    await open(store, newRecord({ orderId: "order 2" }, attemptOf("basket 1", 0)));
  });

  check("answers a repeated attempt before it looks whether the order is paid", async (store) => {
    const paid = newRecord({ orderId: "order 1" }, attemptOf("basket 1", 0));
    await open(store, paid);
    const record = await pay(store, paid);
    const again = newRecord({ orderId: "order 1" }, attemptOf("basket 1", 0));
    same(await store.insert(request(again)), { kind: "exists", record });
  });

  check("opens another payment for an order whose first one was not paid, and for other orders", async (store) => {
    const failed = newRecord({ orderId: "order 1" });
    const paid = newRecord({ orderId: "order 2" });
    await open(store, failed, paid);
    await recordEvent(store, failed, "payment.failed");
    await pay(store, paid);
    await open(store, newRecord({ orderId: "order 1" }), newRecord({ orderId: "order 3" }));
  });

  check("opens one payment where calls with the same checkout key race", async (store) => {
    const records = Array.from({ length: 10 }, () => newRecord({ orderId: "order 1" }, attemptOf("basket 1", 0)));
    const results = await Promise.all(records.map((record) => store.insert(request(record))));
    const first = records[results.findIndex(({ kind }) => kind === "opened")];
    assert.ok(first, "one of them is opened");
    for (const [n, result] of results.entries()) {
      same(result, records[n] === first ? { kind: "opened" } : { kind: "exists", record: first });
    }
    same(await store.paymentsOfOrder("order 1"), [first]);
  });

  check("opens every payment of those that come at once", async (store) => {
    const records = Array.from({ length: 50 }, (_, n) => newRecord({ createdAt: NOON + n }));
    const results = await Promise.all(records.map((record) => store.insert(request(record))));
    assert.ok(results.every(({ kind }) => kind === "opened"));
    for (const record of records) same(await store.payment(record.payment.id), record);
  });
}
