import assert from "node:assert/strict";
import type { OrderSnapshot } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  changes,
  fullRecord,
  MINUTE,
  NOON,
  newRecord,
  nobody,
  OTHER_ACCOUNT,
  repricingRequestOf,
  insertRequestOf as request,
  step,
} from "../fixtures/records.ts";
import { open, pay, recordEvent, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const attemptOf = (key: string, attempt: number) => ({ checkout: { key, attempt, digests: {} } });

export function testInsert(check: Check): void {
  testOrder(check);
  testRepricing(check);

  check("keeps a new payment with every field there is", async (store) => {
    const record = fullRecord();
    same(await store.insert(request(record)), { kind: "opened" });
    same(await store.payment(record.payment.id), record);
    same((await store.order(record.payment.orderId)).payments, [record]);
    same(await store.history(record.payment.id), [request(record).entry]);
  });

  check("keeps a new payment without any of its optional fields", async (store) => {
    const record = newRecord();
    await open(store, record);
    same(await store.payment(record.payment.id), record);
    same((await store.order(record.payment.orderId)).payments, [record]);
  });

  check("knows nothing of a payment that was never opened", async (store) => {
    await open(store, newRecord());
    assert.equal(await store.payment(nobody()), undefined);
    same((await store.order("nobody's order")).payments, []);
    same(await store.history(nobody()), []);
    same(await store.deliveries(nobody()), []);
  });

  check("lists the payments of an order oldest first, in any order of saving", async (store) => {
    const orderId = "order 1";
    const [first, second, third] = [0, 1, 2].map((n) => newRecord({ orderId, createdAt: NOON + n * MINUTE }));
    await open(store, second!, third!, newRecord({ orderId: "order 2" }), first!);
    same((await store.order(orderId)).payments, [first, second, third]);
  });

  check("answers a repeated attempt with the payment that was first, and writes nothing", async (store) => {
    const first = newRecord({ orderId: "order 1" }, attemptOf("basket 1", 0));
    const again = newRecord({ orderId: "order 2", merchantAccount: OTHER_ACCOUNT }, attemptOf("basket 1", 0));
    await open(store, first);
    same(await store.insert(request(again)), { kind: "exists", record: first });
    assert.equal(await store.payment(again.payment.id), undefined);
    same(await store.history(again.payment.id), []);
    same((await store.order("order 2")).payments, []);
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
    same((await store.order(orderId)).payments, records);
    for (const [n, rest] of attempts.entries()) {
      same(await store.insert(request(newRecord({}, rest))), { kind: "exists", record: records[n] });
    }
  });

  check("opens payments without a checkout key as often as it is asked to", async (store) => {
    const records = [0, 1, 2].map((n) => newRecord({ orderId: "order 1", createdAt: NOON + n }));
    await open(store, ...records);
    same((await store.order("order 1")).payments, records);
  });

  check("refuses to open a payment for a paid order, and writes nothing", async (store) => {
    const paid = newRecord({ orderId: "order 1" });
    await open(store, paid);
    await pay(store, paid);
    const late = newRecord({ orderId: "order 1" }, attemptOf("basket 1", 0));
    same(await store.insert(request(late)), { kind: "order_paid", paymentId: paid.payment.id });
    assert.equal(await store.payment(late.payment.id), undefined);
    same(await store.history(late.payment.id), []);
    assert.equal((await store.order("order 1")).payments.length, 1);
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
    same((await store.order("order 1")).payments, [first]);
  });

  check("opens every payment of those that come at once", async (store) => {
    const records = Array.from({ length: 50 }, (_, n) => newRecord({ createdAt: NOON + n }));
    const results = await Promise.all(records.map((record) => store.insert(request(record))));
    assert.ok(results.every(({ kind }) => kind === "opened"));
    for (const record of records) same(await store.payment(record.payment.id), record);
  });
}

const dear = { amount: { value: 4999, currency: "PLN" } } as const;

/** What is known of an order, and what a rule may decide on it. */
function testOrder(check: Check): void {
  check("knows of an order its payments and which of them paid it, and of another order nothing", async (store) => {
    const [first, second] = [newRecord({ orderId: "order 1" }), newRecord({ orderId: "order 1", createdAt: NOON + 1 })];
    await open(store, first, second);
    same(await store.order("order 1"), { paidBy: undefined, payments: [first, second] });
    const paid = await pay(store, second);
    same(await store.order("order 1"), { paidBy: second.payment.id, payments: [first, paid] });
    same(await store.order("order 2"), { paidBy: undefined, payments: [] });
  });

  check("shows the rule every payment that a new one of the order may concern, and who paid", async (store) => {
    const orderId = "order 1";
    const at = (n: number) => ({ orderId, createdAt: NOON + n });
    const superseded = { amount: { value: 4999, currency: "EUR" }, by: nobody() };
    const concerned = [
      newRecord({ ...at(0), amount: { value: 1, currency: "PLN" } }),
      newRecord({ ...at(1), amount: { value: 1999, currency: "EUR" }, state: "expired" }),
      newRecord({ ...at(2), superseded }),
    ];
    const [alike, other] = [newRecord(at(4)), newRecord({ orderId: "order 2", ...dear })];
    const paid = newRecord(at(5));
    await open(store, ...concerned, alike, other, paid);
    const known = [...concerned, await pay(store, paid)];
    const refusal = { kind: "superseded", by: nobody() } as const;
    const seen: OrderSnapshot[] = [];
    const decide = (order: OrderSnapshot) => {
      seen.push(order);
      return refusal;
    };
    same(await store.insert({ ...request(newRecord(at(6))), decide }), refusal);
    assert.equal(seen.at(-1)?.paidBy, paid.payment.id);
    // A store may leave out a payment that the new one cannot concern.
    const shown = seen.at(-1)!.payments.filter(({ payment }) => payment.id !== alike.payment.id);
    same(shown, known);
    assert.equal((await store.order(orderId)).payments.length, 5);
  });
}

function testRepricing(check: Check): void {
  check("changes other payments of the order together with the insert, each with its history", async (store) => {
    const [cheap, other] = [newRecord({ orderId: "order 1" }), newRecord({ orderId: "order 2" })];
    await open(store, cheap, other);
    const failed = newRecord({ orderId: "order 1", createdAt: NOON + 1 });
    await open(store, failed);
    const { record } = await recordEvent(store, failed, "payment.failed");
    const now = newRecord({ orderId: "order 1", createdAt: NOON + MINUTE, ...dear });
    same(await store.insert(repricingRequestOf(now)), { kind: "opened" });
    const superseded = { ...dear, by: now.payment.id };
    const { payments } = await store.order("order 1");
    same(
      payments.map(({ payment, version }) => [payment.id, payment.state, payment.superseded, version]),
      [
        [cheap.payment.id, "created", superseded, 2],
        [record.payment.id, "failed", superseded, 3],
        [now.payment.id, "created", undefined, 1],
      ],
    );
    same((await store.history(cheap.payment.id)).at(-1)?.fact, { kind: "order_repriced", ...superseded });
    same(await store.payment(other.payment.id), other);
  });

  check("lets no payment of an order be open with an amount that the order does not cost", async (store) => {
    for (let n = 0; n < 5; n++) {
      const orderId = `order ${n}`;
      const amounts = [1000, 2000, 3000, 4000, 5000].map((value) => ({ amount: { value, currency: "PLN" } }));
      const records = amounts.map((amount) => newRecord({ orderId, ...amount }));
      const results = await Promise.all(records.map((record) => store.insert(repricingRequestOf(record))));
      assert.ok(results.every(({ kind }) => kind === "opened"));
      const { payments } = await store.order(orderId);
      const [valid, ...rest] = payments.filter(({ payment }) => payment.superseded === undefined);
      assert.equal(rest.length, 0);
      for (const { payment } of payments.filter((record) => record !== valid)) {
        same(payment.superseded, { amount: valid?.payment.amount, by: valid?.payment.id });
      }
    }
  });

  check("lets a success and an insert that supersedes it see each other", async (store) => {
    for (let n = 0; n < 20; n++) {
      const orderId = `order ${n}`;
      const [cheap, now] = [newRecord({ orderId }), newRecord({ orderId, ...dear })];
      await open(store, cheap);
      const pending = step(cheap, { kind: "pending" }, { state: "pending" });
      await write(store, cheap, pending);
      const { merchantAccount, id: paymentId } = cheap.payment;
      const succeed = () =>
        store.update({ merchantAccount, paymentId, digest: "d1", expected: {} }, ({ record }) => {
          const claimsOrder = record!.payment.superseded === undefined;
          const next = step(record!, { kind: "succeeded" }, { state: "succeeded", updatedAt: NOON + MINUTE });
          return { changes: changes({ ...next, claimsOrder, inbox: ["d1"] }), result: claimsOrder };
        });
      const insert = () => store.insert(repricingRequestOf(now));
      const [claimed, inserted] =
        n % 2 === 0
          ? await Promise.all([succeed(), insert()])
          : await Promise.all([insert(), succeed()]).then(([second, first]) => [first, second] as const);
      same(inserted, claimed ? { kind: "order_paid", paymentId } : { kind: "opened" });
      assert.equal((await store.order(orderId)).paidBy, claimed ? paymentId : undefined);
    }
  });

  check("lets an order be paid again where the rule says so", async (store) => {
    const paid = newRecord({ orderId: "order 1" });
    await open(store, paid);
    const record = await pay(store, paid);
    const again = newRecord({ orderId: "order 1", createdAt: NOON + 1 });
    const decide = () => ({ kind: "open", changes: [], releasesOrder: true }) as const;
    same(await store.insert({ ...request(again), decide }), { kind: "opened" });
    same(await store.order("order 1"), { paidBy: undefined, payments: [record, again] });
    await pay(store, again);
    assert.equal((await store.order("order 1")).paidBy, again.payment.id);
  });
}
