import assert from "node:assert/strict";
import { same } from "../../same.ts";
import { changes, insertRequestOf, newRecord, step } from "../fixtures/records.ts";
import type { StoreSuite } from "../suite.ts";

export function testClose({ test, store: fresh }: StoreSuite): void {
  test("finishes what is being written before it closes", async () => {
    const store = await fresh();
    await store.start();
    const record = newRecord();
    const opened = store.insert(insertRequestOf(record));
    const { merchantAccount, id: paymentId } = record.payment;
    const recorded = store.update({ merchantAccount, paymentId }, () => ({
      changes: changes(step(record, { kind: "pending" }, { state: "pending" })),
      result: "updated",
    }));
    await store.close();
    assert.equal((await opened).kind, "opened");
    assert.equal(await recorded, "updated");
  });

  test("reads what was kept when it is opened to be read only", async () => {
    const store = await fresh();
    await store.start();
    const record = newRecord();
    await store.insert(insertRequestOf(record));
    await store.close();
    await store.openReadOnly();
    same(await store.payment(record.payment.id), record);
    same((await store.order(record.payment.orderId)).payments, [record]);
    same((await store.payments({ limit: 5, window: 5 })).payments, [record]);
    same((await store.history(record.payment.id)).length, 1);
    same(await store.openReviews(5), []);
    same(await store.reviewsOfPayment(record.payment.id), []);
    same(await store.deliveries(record.payment.id), []);
    same(await store.failingDeliveries(5), []);
    same(await store.prune({ before: record.payment.updatedAt + 1, limit: 5, dryRun: true }), []);
    await store.close();
  });
}
