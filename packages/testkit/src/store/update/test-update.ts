import assert from "node:assert/strict";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  changes,
  eventStep,
  fullRecord,
  insertRequestOf,
  newRecord,
  newReview,
  newUnmatched,
  nobody,
  OTHER_ACCOUNT,
  providerReference,
  step,
} from "../fixtures/records.ts";
import { handler, keep, lease, look, open, pay, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

export function testUpdate(check: Check): void {
  reading(check);
  writing(check);
  refusing(check);
}

/** Tests the snapshot that an update finds. */
function reading(check: Check): void {
  check("finds a payment by id", async (store) => {
    const record = fullRecord();
    await open(store, newRecord(), record, newRecord());
    same((await look(store, { merchantAccount: ACCOUNT, paymentId: record.payment.id })).record, record);
  });

  check("finds a payment by account and provider reference", async (store) => {
    const record = newRecord({ providerReference: providerReference("T-1") });
    const sameReference = newRecord({ providerReference: providerReference("T-1"), merchantAccount: OTHER_ACCOUNT });
    await open(store, newRecord({ providerReference: providerReference("T-2") }), record, sameReference, newRecord());
    same((await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference("T-1") })).record, record);
    same(
      (await look(store, { merchantAccount: OTHER_ACCOUNT, providerReference: providerReference("T-1") })).record,
      sameReference,
    );
  });

  check("does not find a payment of another account, neither by id nor by provider reference", async (store) => {
    const { payment } = fullRecord();
    await open(store, newRecord(payment));
    const byId = await look(store, { merchantAccount: OTHER_ACCOUNT, paymentId: payment.id });
    const byProviderReference = await look(store, {
      merchantAccount: OTHER_ACCOUNT,
      providerReference: payment.providerReference!,
    });
    for (const { record, providerReferenceOwner } of [byId, byProviderReference])
      same([record, providerReferenceOwner], [undefined, undefined]);
  });

  check(
    "finds by the id where there is a provider reference too, and says which payment owns the reference",
    async (store) => {
      const owner = newRecord({ providerReference: providerReference("T-1") });
      const named = newRecord();
      await open(store, owner, named);
      const found = await look(store, {
        merchantAccount: ACCOUNT,
        paymentId: named.payment.id,
        providerReference: providerReference("T-1"),
      });
      same([found.record, found.providerReferenceOwner], [named, owner.payment.id]);
      const missing = await look(store, {
        merchantAccount: ACCOUNT,
        paymentId: nobody(),
        providerReference: providerReference("T-1"),
      });
      same([missing.record, missing.providerReferenceOwner], [undefined, owner.payment.id]);
      const own = await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference("T-1") });
      same([own.record, own.providerReferenceOwner], [owner, owner.payment.id]);
    },
  );

  check("finds nothing where there is nothing", async (store) => {
    const record = newRecord({ providerReference: providerReference("T-1") });
    await open(store, record);
    const nothing = {
      record: undefined,
      duplicate: false,
      orderPaidBy: undefined,
      providerReferenceOwner: undefined,
      unmatchedNotifications: [],
      unmatchedReviews: [],
      unmatchedCount: 0,
      review: undefined,
      openReviews: [],
    };
    same(await look(store, { merchantAccount: ACCOUNT, paymentId: nobody(), digest: "d", adopt: true }), nothing);
    same(
      await look(store, {
        merchantAccount: ACCOUNT,
        providerReference: providerReference("T-2"),
        digest: "d",
        adopt: true,
      }),
      nothing,
    );
    same(await look(store, { merchantAccount: ACCOUNT }), nothing);
    const query = { merchantAccount: ACCOUNT, paymentId: record.payment.id, digest: "d", adopt: true };
    same(await look(store, query), { ...nothing, record });
  });

  check("finds the owner of a provider reference once the reference was stored, and not before", async (store) => {
    const record = newRecord();
    await open(store, record);
    const query = {
      merchantAccount: ACCOUNT,
      paymentId: record.payment.id,
      providerReference: providerReference("T-1"),
    };
    assert.equal((await look(store, query)).providerReferenceOwner, undefined);
    await write(store, record, step(record, { kind: "pending" }, { providerReference: providerReference("T-1") }));
    assert.equal((await look(store, query)).providerReferenceOwner, record.payment.id);
    assert.equal(
      (await look(store, { ...query, providerReference: providerReference("T-2") })).providerReferenceOwner,
      undefined,
    );
  });

  check("finds the duplicate of a notification that was applied to the same payment", async (store) => {
    const [record, other] = [newRecord({ providerReference: providerReference("T-1") }), newRecord()];
    await open(store, record, other);
    await write(store, record, { ...step(record, { kind: "pending" }), inbox: ["d1", "d2"] });
    const duplicate = async (digest: string | undefined, paymentId = record.payment.id) =>
      (await look(store, { merchantAccount: ACCOUNT, paymentId, ...(digest !== undefined && { digest }) })).duplicate;
    same([await duplicate("d1"), await duplicate("d2")], [true, true]);
    same([await duplicate("d3"), await duplicate("D1"), await duplicate(undefined)], [false, false, false]);
    same([await duplicate("d1", other.payment.id), await duplicate("d1", nobody())], [false, false]);
    assert.equal(
      (await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference("T-1"), digest: "d1" }))
        .duplicate,
      true,
    );
  });

  check("finds which payment of the order succeeded first", async (store) => {
    const [first, second] = [newRecord({ orderId: "order 1" }), newRecord({ orderId: "order 1" })];
    const other = newRecord({ orderId: "order 2" });
    await open(store, first, second, other);
    const paidBy = async ({ payment: { id } }: typeof first) =>
      (await look(store, { merchantAccount: ACCOUNT, paymentId: id })).orderPaidBy;
    same([await paidBy(first), await paidBy(second)], [undefined, undefined]);
    await pay(store, first);
    // The second one succeeds too, but does not claim the order.
    await write(store, second, step(second, { kind: "succeeded" }, { state: "succeeded" }));
    const { id } = first.payment;
    same([await paidBy(first), await paidBy(second), await paidBy(other)], [id, id, undefined]);
  });
}

/** Tests the rows that an update writes. */
function writing(check: Check): void {
  check("writes all changes of a decision", async (store) => {
    const before = newRecord({ orderId: "order 1" });
    const { id } = before.payment;
    const adopted = newUnmatched({ subject: id });
    await keep(store, adopted);
    await open(store, before);
    await store.registerHandlers([handler("grant")]);

    const { record, history, event } = eventStep(before, "payment.succeeded", {
      providerReference: providerReference("T-1"),
    });
    const review = newReview({ paymentId: id });
    await write(store, before, {
      record,
      history,
      reviews: [review],
      events: [event],
      inbox: ["d1"],
      claimsOrder: true,
      unmatched: newUnmatched({ subject: "T-2" }),
      adopted: [adopted],
    });

    const query = {
      merchantAccount: ACCOUNT,
      paymentId: id,
      providerReference: providerReference("T-1"),
      digest: "d1",
      adopt: true,
    };
    const found = {
      record,
      duplicate: true,
      orderPaidBy: id,
      providerReferenceOwner: id,
      unmatchedNotifications: [],
      unmatchedReviews: [],
      unmatchedCount: 0,
      review: undefined,
      openReviews: [],
    };
    same(await look(store, query), found);
    same(await store.payment(id), record);
    same((await store.order("order 1")).payments, [record]);
    same(await store.history(id), [insertRequestOf(before).entry, ...history]);
    same(await store.openReviews(10), [review]);
    same(await lease(store, event.occurredAt, [handler("grant")]), [{ event, handler: "grant", attempt: 1, lease: 1 }]);
    same(
      (await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference("T-2"), adopt: true }))
        .unmatchedNotifications.length,
      1,
    );
  });

  check("returns the result of the decision, as it is", async (store) => {
    const result = { kind: "applied" };
    assert.equal(await store.update({ merchantAccount: ACCOUNT }, () => ({ changes: changes(), result })), result);
    assert.equal(
      await store.update({ merchantAccount: ACCOUNT }, () => ({ changes: changes(), result: undefined })),
      undefined,
    );
  });

  check("changes nothing where the decision has no changes", async (store) => {
    const record = fullRecord();
    await open(store, record);
    await write(store, record, {});
    same(await store.payment(record.payment.id), record);
    same(await store.history(record.payment.id), [insertRequestOf(record).entry]);
    same(await store.openReviews(10), []);
  });

  check("changes only the payment the decision names", async (store) => {
    const records = [newRecord({ orderId: "order 1" }), newRecord({ orderId: "order 1" }), newRecord()];
    await open(store, ...records);
    const { record, history } = step(records[1]!, { kind: "pending" }, { state: "pending" });
    await write(store, records[1]!, { record, history });
    for (const { payment } of records) {
      same(
        await store.payment(payment.id),
        payment.id === record.payment.id ? record : records.find((r) => r.payment === payment),
      );
    }
  });

  check("keeps the history in the order it was written, several lines of one update too", async (store) => {
    const opened = newRecord();
    await open(store, opened);
    const accepted = step(opened, { kind: "create_accepted", next: { kind: "wait" } }, { state: "pending" });
    const failed = step(accepted.record, { kind: "failed", providerStatus: "7" }, { state: "failed" });
    const paid = step(
      failed.record,
      { kind: "succeeded", amount: { value: 1999, currency: "PLN" } },
      { state: "succeeded" },
    );
    await write(store, opened, accepted);
    // Written within one millisecond, so that time alone gives no order.
    await write(store, accepted.record, { record: paid.record, history: [...failed.history, ...paid.history] });
    const entries = [insertRequestOf(opened).entry, ...accepted.history, ...failed.history, ...paid.history];
    same(await store.history(opened.payment.id), entries);
    assert.equal((await store.payment(opened.payment.id))?.version, entries.length);
  });

  check("takes a digest that is in the inbox already", async (store) => {
    const opened = newRecord();
    await open(store, opened);
    const first = step(opened, { kind: "pending" });
    await write(store, opened, { ...first, inbox: ["d1"] });
    // Adopted notifications and the notification that adopts them may have the same digest.
    const second = step(first.record, { kind: "pending" });
    await write(store, first.record, { ...second, inbox: ["d1", "d2", "d2"] });
    same(await store.payment(opened.payment.id), second.record);
  });
}

/** Tests that a failed decision leaves nothing behind. */
function refusing(check: Check): void {
  check("writes nothing and rejects with the very error when the decision throws, and goes on", async (store) => {
    const record = newRecord();
    await open(store, record);
    const { merchantAccount, id: paymentId } = record.payment;
    const refusal = new Error("ALREADY_SUCCEEDED");
    const decide = () => {
      throw refusal;
    };
    await assert.rejects(
      store.update(
        { merchantAccount, paymentId, providerReference: providerReference("T-1"), digest: "d1", adopt: true },
        decide,
      ),
      (error) => error === refusal,
    );
    await assert.rejects(
      store.update({ merchantAccount, providerReference: providerReference("T-2") }, decide),
      (error) => error === refusal,
    );
    same(await store.payment(paymentId), record);
    same(await store.history(paymentId), [insertRequestOf(record).entry]);
    assert.equal((await look(store, { merchantAccount, paymentId, digest: "d1" })).duplicate, false);
    assert.equal(
      (await look(store, { merchantAccount, providerReference: providerReference("T-2") })).unmatchedCount,
      0,
    );
    await write(store, record, step(record, { kind: "pending" }, { state: "pending" }));
    assert.equal((await store.payment(paymentId))?.payment.state, "pending");
  });
}
