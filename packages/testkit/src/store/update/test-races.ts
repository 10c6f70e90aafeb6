import assert from "node:assert/strict";
import type { Decision, PaymentRecord, PaymentStore, Snapshot } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  changes,
  insertRequestOf,
  newRecord,
  newReview,
  newUnmatched,
  providerReference,
  step,
} from "../fixtures/records.ts";
import { about, keep, look, open, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const pending = (record: PaymentRecord) => step(record, { kind: "pending" }, { state: "pending" });

/** Applies a notification unless its duplicate was applied, as core does. Returns true if it was applied. */
function unlessDuplicate({ record, duplicate }: Snapshot): Decision<boolean> {
  if (duplicate || record === undefined) return { changes: changes(), result: false };
  return { changes: changes({ ...pending(record), inbox: ["d1"] }), result: true };
}

function many<T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => make(n)));
}

export function testRaces(check: Check): void {
  onePayment(check);
  manyPayments(check);
  meeting(check);
}

function onePayment(check: Check): void {
  check("applies one of notifications that come at once and say the same", async (store) => {
    const record = newRecord({ providerReference: providerReference("T-1") });
    await open(store, record);
    const { merchantAccount, id: paymentId } = record.payment;
    const applied = await many(20, (n) =>
      store.update(
        { merchantAccount, digest: "d1", ...(n % 2 ? { paymentId } : { providerReference: providerReference("T-1") }) },
        unlessDuplicate,
      ),
    );
    assert.equal(applied.filter(Boolean).length, 1);
    assert.equal((await store.payment(paymentId))?.version, 2);
    assert.equal((await store.history(paymentId)).length, 2);
  });

  check("lets each of a payment's updates that come at once see the one before", async (store) => {
    const record = newRecord();
    await open(store, record);
    const { merchantAccount, id: paymentId } = record.payment;
    const seen = await many(20, () =>
      store.update({ merchantAccount, paymentId }, ({ record: found }) => {
        const next = pending(found!);
        return { changes: changes(next), result: next.record.version };
      }),
    );
    const versions = Array.from({ length: 20 }, (_, n) => n + 2);
    same(
      seen.sort((a, b) => a - b),
      versions,
    );
    same(
      (await store.history(paymentId)).map(({ sequence }) => sequence),
      [1, ...versions],
    );
  });

  check("shows every update all of another one, or nothing", async (store) => {
    for (let n = 0; n < 10; n++) {
      const record = newRecord();
      const { merchantAccount, id: paymentId } = record.payment;
      const unmatched = newUnmatched({ subject: `T-${n}` });
      await open(store, record);
      await keep(store, unmatched);
      const query = {
        merchantAccount,
        paymentId,
        providerReference: providerReference(unmatched.subject),
        digest: "d1",
        adopt: true,
      };
      const next = step(
        record,
        { kind: "succeeded" },
        { state: "succeeded", providerReference: query.providerReference },
      );
      const all = { ...next, inbox: ["d1"], claimsOrder: true, adopted: [unmatched] };
      const [, ...seen] = await Promise.all([
        write(store, record, all),
        ...Array.from({ length: 10 }, () => look(store, query)),
      ]);
      for (const found of seen) {
        const facts = [found.record?.version === 2, found.duplicate, found.providerReferenceOwner !== undefined];
        facts.push(found.orderPaidBy !== undefined, found.unmatchedNotifications.length === 0);
        assert.equal(new Set(facts).size, 1, `seen in part: ${facts.join()}`);
      }
    }
  });

  check("opens one review where updates that come at once call for the same", async (store) => {
    const record = newRecord();
    await open(store, record);
    await many(10, () => write(store, record, { reviews: [newReview({ paymentId: record.payment.id })] }));
    assert.equal((await store.openReviews(10)).length, 1);
  });
}

function manyPayments(check: Check): void {
  check("updates many payments at once, each with its own result", async (store) => {
    const records = Array.from({ length: 100 }, () => newRecord());
    await many(100, (n) => store.insert(insertRequestOf(records[n]!)));
    const results = await many(100, (n) => {
      const { merchantAccount, id: paymentId } = records[n]!.payment;
      return store.update({ merchantAccount, paymentId, digest: "d1" }, (found) => ({
        ...unlessDuplicate(found),
        result: found.record?.payment.id,
      }));
    });
    same(
      results,
      records.map(({ payment }) => payment.id),
    );
    for (const record of records) same(await store.payment(record.payment.id), pending(record).record);
  });

  check("fails the one update whose decision throws, and none that came with it", async (store) => {
    const records = Array.from({ length: 21 }, () => newRecord());
    await open(store, ...records);
    const refusal = new Error("refused");
    const results = await Promise.allSettled(
      records.map(({ payment: { merchantAccount, id: paymentId } }, n) =>
        store.update({ merchantAccount, paymentId, digest: "d1" }, (found) => {
          if (n === 10) throw refusal;
          return unlessDuplicate(found);
        }),
      ),
    );
    for (const [n, result] of results.entries()) {
      const { id } = records[n]!.payment;
      if (n === 10) assert.equal(result.status === "rejected" && result.reason, refusal);
      else same(result, { status: "fulfilled", value: true });
      assert.equal((await store.payment(id))?.version, n === 10 ? 1 : 2);
      assert.equal((await store.history(id)).length, n === 10 ? 1 : 2);
    }
  });

  check("lets one of the payments of an order that succeed at once be the first", async (store) => {
    for (let n = 0; n < 10; n++) {
      const records = [0, 1, 2].map(() => newRecord({ orderId: `order ${n}` }));
      await open(store, ...records);
      const claimed = await many(3, (m) => succeed(store, records[m]!));
      assert.equal(claimed.filter(Boolean).length, 1);
      const first = records[claimed.indexOf(true)]!.payment.id;
      for (const { payment } of records) {
        const { orderPaidBy } = await look(store, { merchantAccount: ACCOUNT, paymentId: payment.id });
        assert.equal(orderPaidBy, first);
      }
      same(await store.insert(insertRequestOf(newRecord({ orderId: `order ${n}` }))), {
        kind: "order_paid",
        paymentId: first,
      });
    }
  });

  check("gives a provider reference to one of the payments that learn it at once", async (store) => {
    const records = Array.from({ length: 5 }, () => newRecord());
    await open(store, ...records);
    const given = await many(5, (n) => learn(store, records[n]!, "T-1"));
    assert.equal(given.filter(Boolean).length, 1);
    const { record } = await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference("T-1") });
    assert.equal(record?.payment.id, records[given.indexOf(true)]!.payment.id);
  });
}

/** Tests a notification about a provider reference together with the create's answer that brings the reference. */
function meeting(check: Check): void {
  check("keeps one of equal unmatched notifications that come at once", async (store) => {
    const unmatched = newUnmatched();
    const kept = await many(10, () => keepUnlessDuplicate(store, unmatched));
    assert.equal(kept.filter(Boolean).length, 1);
    assert.equal((await look(store, { merchantAccount: ACCOUNT })).unmatchedCount, 1);
  });

  check("loses no notification that comes while its provider reference is being stored", async (store) => {
    const records = Array.from({ length: 30 }, () => newRecord());
    await open(store, ...records);
    const notify = (subject: string) =>
      store.update(
        { merchantAccount: ACCOUNT, providerReference: providerReference(subject), digest: "d1" },
        (found) => {
          if (found.record !== undefined) return unlessDuplicate(found);
          return { changes: changes({ unmatched: newUnmatched({ subject, digest: "d1" }) }), result: false };
        },
      );
    await Promise.all(
      records.flatMap((record, n) => {
        const both = [() => learn(store, record, `T-${n}`), () => notify(`T-${n}`)];
        return (n % 2 ? both : both.reverse()).map((run) => run());
      }),
    );
    for (const [n, { payment }] of records.entries()) {
      const query = {
        merchantAccount: ACCOUNT,
        paymentId: payment.id,
        providerReference: providerReference(`T-${n}`),
        digest: "d1",
        adopt: true,
      };
      const { providerReferenceOwner, duplicate, unmatchedNotifications } = await look(store, query);
      same(
        { providerReferenceOwner, duplicate, unmatchedNotifications },
        { providerReferenceOwner: payment.id, duplicate: true, unmatchedNotifications: [] },
      );
    }
  });
}

/** Records a success, which claims the order unless another payment did. Returns true if it claimed the order. */
function succeed(
  store: PaymentStore,
  { payment: { merchantAccount, id: paymentId } }: PaymentRecord,
): Promise<boolean> {
  return store.update({ merchantAccount, paymentId }, ({ record, orderPaidBy }) => {
    const claimsOrder = orderPaidBy === undefined;
    const next = step(record!, { kind: "succeeded" }, { state: "succeeded" });
    return { changes: changes({ ...next, claimsOrder }), result: claimsOrder };
  });
}

/**
 * Stores a provider reference unless another payment has it, and adopts the notifications that wait for it. Returns true if it was stored.
 */
function learn(store: PaymentStore, { payment }: PaymentRecord, text: string): Promise<boolean> {
  const query = {
    merchantAccount: payment.merchantAccount,
    paymentId: payment.id,
    providerReference: providerReference(text),
    adopt: true,
  };
  return store.update(query, ({ record, providerReferenceOwner, unmatchedNotifications: adopted }) => {
    if (providerReferenceOwner !== undefined) return { changes: changes(), result: false };
    const next = step(
      record!,
      { kind: "create_accepted", next: { kind: "wait" } },
      { providerReference: query.providerReference },
    );
    return { changes: changes({ ...next, adopted, inbox: adopted.map(({ digest }) => digest) }), result: true };
  });
}

function keepUnlessDuplicate(store: PaymentStore, unmatched: ReturnType<typeof newUnmatched>): Promise<boolean> {
  return store.update({ ...about(unmatched), digest: unmatched.digest }, ({ duplicate }) => ({
    changes: changes(duplicate ? {} : { unmatched }),
    result: !duplicate,
  }));
}
