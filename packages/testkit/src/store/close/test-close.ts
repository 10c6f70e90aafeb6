import assert from "node:assert/strict";
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
}
