import { same } from "../../same.ts";
import { ACCOUNT, changes, eventStep, HOUR, NOON, newRecord, newRefund, step } from "../fixtures/records.ts";
import { handler, lease, look, open, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

/** Tests the refunds of a payment, and its form until the buyer opens it. */
export function testRefunds(check: Check): void {
  check("keeps a form as it was sealed, until it is served", async (store) => {
    const before = newRecord();
    await open(store, before);
    const sealed = `k1.${"A-_z".repeat(2000)}`;
    const next = { kind: "form", sealed } as const;
    const accepted = step(before, { kind: "create_accepted", next }, { state: "pending" });
    await write(store, before, { ...accepted, record: { ...accepted.record, next } });
    same((await store.payment(before.payment.id))?.next, next);
    const served = step(accepted.record, { kind: "form_opened" });
    await write(store, before, { ...served, record: { ...served.record, next: { kind: "wait" } } });
    same((await store.payment(before.payment.id))?.next, { kind: "wait" });
  });

  check(
    "keeps each refund with its fields, in the order they were made, and changes them one by one",
    async (store) => {
      const opened = newRecord();
      await open(store, opened);
      const amount = { value: Number.MAX_SAFE_INTEGER, currency: "JPY" };
      const [first, second] = [
        newRefund(),
        newRefund({ status: "pending", amount, origin: "gateway", providerReference: "F-2" }),
      ];
      const done = {
        ...first,
        status: "succeeded",
        providerReference: "F-1",
        key: "basket 1",
        updatedAt: NOON + HOUR,
      } as const;
      let record = opened;
      for (const refunds of [[first], [first, second], [done, second], [second]]) {
        const next = step(record, { kind: "refund_pending" });
        const after = { ...next.record, refunds };
        await write(store, record, { ...next, record: after });
        record = after;
        same(await store.payment(opened.payment.id), after);
      }
      same((await look(store, { merchantAccount: ACCOUNT, paymentId: opened.payment.id })).record, record);
    },
  );

  check("decides on the refunds of a payment, also where the store may expect that it has none", async (store) => {
    const opened = newRecord();
    await open(store, opened);
    const pending = step(opened, { kind: "pending" }, { state: "pending" });
    await write(store, opened, pending);
    const refunds = [newRefund({ status: "succeeded" })];
    const refunded = step(pending.record, { kind: "refund_succeeded" });
    await write(store, opened, { ...refunded, record: { ...refunded.record, refunds } });
    const { merchantAccount, id: paymentId } = opened.payment;
    await store.update({ merchantAccount, paymentId, digest: "d1", expected: {} }, ({ record }) => {
      const state = record!.refunds === undefined ? "succeeded" : "failed";
      return {
        changes: changes({ ...step(record!, { kind: state }, { state, updatedAt: NOON + HOUR }), inbox: ["d1"] }),
        result: state,
      };
    });
    same((await store.payment(paymentId))?.payment.state, "failed");
  });

  check("tells of a refund as it was then, beside the payment as it was then", async (store) => {
    const types = ["refund.failed", "refund.succeeded"] as const;
    const handlers = types.map((type) => handler("books", type));
    await store.registerHandlers(handlers);
    const opened = newRecord();
    await open(store, opened);
    const refund = newRefund({ status: "failed", key: "basket 1" });
    const later = { ...refund, status: "succeeded", providerReference: "F-1" } as const;
    const failed = eventStep({ ...opened, refunds: [refund] }, "refund.failed");
    const first = { ...failed.event, refund };
    await write(store, opened, { record: failed.record, history: failed.history, events: [first] });
    const succeeded = eventStep({ ...failed.record, refunds: [later] }, "refund.succeeded");
    const second = { ...succeeded.event, refund: later };
    await write(store, opened, { record: succeeded.record, history: succeeded.history, events: [second] });
    for (const event of [first, second]) {
      const [delivery] = await lease(store, NOON + HOUR, handlers);
      same(delivery, { event, handler: "books", attempt: 1, lease: 1 });
      await store.finishDelivery(delivery!, { kind: "delivered", at: NOON + HOUR });
    }
  });
}
