import assert from "node:assert/strict";
import type { PaymentId, PaymentRecord, PaymentStore, Pruned, PruneRequest } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  changes,
  eventStep,
  HOUR,
  idsAt,
  insertRequestOf,
  MINUTE,
  NOON,
  newRecord,
  newRefund,
  newReview,
  newUnmatched,
  providerReference,
  SECOND,
  step,
} from "../fixtures/records.ts";
import { handler, keep, lease, look, open, pay, recordEvent, statuses, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const LATER = NOON + 24 * HOUR;
const GRANT = handler("grant");

/** Tests the removal of finished payments. */
export function testPrune(check: Check): void {
  choosing(check);
  keeping(check);
  forgetting(check);
  testRaces(check);
}

const prunedOf = ({ payment }: PaymentRecord): Pruned => ({
  paymentId: payment.id,
  updatedAt: payment.updatedAt,
});

function prune(store: PaymentStore, request: Partial<PruneRequest> = {}): Promise<readonly Pruned[]> {
  return store.prune({ before: LATER, limit: 1000, ...request });
}

/** Opens a payment that fails, this many minutes after noon. */
async function fail(store: PaymentStore, minute: number, opened = newRecord()): Promise<PaymentRecord> {
  await open(store, opened);
  const updatedAt = NOON + minute * MINUTE;
  const { record, history } = step(opened, { kind: "failed" }, { state: "failed", updatedAt });
  await write(store, opened, { record, history });
  return record;
}

/** The ids of the given payments that the store still has, in the same order. */
async function left(store: PaymentStore, records: readonly PaymentRecord[]): Promise<readonly PaymentId[]> {
  const found: PaymentId[] = [];
  for (const { payment } of records) if ((await store.payment(payment.id)) !== undefined) found.push(payment.id);
  return found;
}

const ids = (records: readonly PaymentRecord[]) => records.map(({ payment }) => payment.id);

function choosing(check: Check): void {
  check("prunes what changed longest ago first, no more than asked for, and says what", async (store) => {
    const [c, a, d, b] = [await fail(store, 3), await fail(store, 1), await fail(store, 4), await fail(store, 2)];
    same(await prune(store, { limit: 2 }), [a, b].map(prunedOf));
    same(await left(store, [a, b, c, d]), ids([c, d]));
    same(await prune(store), [c, d].map(prunedOf));
    same(await prune(store), []);
    same(await left(store, [a, b, c, d]), []);
  });

  check("prunes nothing that changed at the moment or after it", async (store) => {
    const [before, at] = [await fail(store, 1), await fail(store, 2)];
    same(await prune(store, { before: at.payment.updatedAt }), [prunedOf(before)]);
    same(await left(store, [before, at]), ids([at]));
  });

  check("goes on pruning after the given payment, also among those that changed at once", async (store) => {
    const records = [await fail(store, 1), await fail(store, 2), await fail(store, 2), await fail(store, 3)];
    const inOrder = records
      .map(prunedOf)
      .sort((a, b) => a.updatedAt - b.updatedAt || (a.paymentId < b.paymentId ? -1 : 1));
    for (const [n, after] of inOrder.entries()) {
      same(await prune(store, { after, dryRun: true }), inOrder.slice(n + 1));
    }
    same(await prune(store, { after: inOrder[1]!, limit: 1 }), [inOrder[2]]);
    same(await prune(store), inOrder.toSpliced(2, 1));
  });

  check("finds what it would prune, and removes nothing, where that is asked for", async (store) => {
    const record = await fail(store, 1);
    same(await prune(store, { dryRun: true }), [prunedOf(record)]);
    same(await store.payment(record.payment.id), record);
    same((await store.history(record.payment.id)).length, 2);
    same(await prune(store), [prunedOf(record)]);
  });
}

const refundOf = (value: number, status: "succeeded" | "failed" = "succeeded") =>
  newRefund({ status, amount: { value, currency: "PLN" } });

/** Opens a payment of 19.99 PLN that succeeds while its order costs another amount, and so does not pay it. */
async function paySuperseded(
  store: PaymentStore,
  rest: Partial<Pick<PaymentRecord, "refunds" | "reversed">> = {},
): Promise<PaymentRecord> {
  const opened = newRecord();
  await open(store, opened);
  const superseded = { amount: { value: 4999, currency: "PLN" }, by: newRecord().payment.id };
  const { history, record } = step(opened, { kind: "succeeded" }, { state: "succeeded", superseded });
  const after = { ...record, ...rest };
  await write(store, opened, { history, record: after });
  return after;
}

/** Makes a closed payment that a prune must keep, and returns it. */
type Reason = (store: PaymentStore) => Promise<PaymentRecord>;

const WHILE: Readonly<Record<string, Reason>> = {
  async "a review of it is open"(store) {
    const record = await fail(store, 1);
    const paymentId = record.payment.id;
    const [closed, still] = [newReview({ paymentId, status: "accepted" }), newReview({ paymentId, digest: "other" })];
    await write(store, record, { reviews: [closed, still] });
    return record;
  },
  async "a status check of it is scheduled"(store) {
    const record = await fail(store, 1);
    const next = step(record, { kind: "check_status" });
    await write(store, record, { ...next, checkStatusAt: NOON });
    await store.leaseStatusChecks(NOON, LATER, 10);
    return next.record;
  },
  async "an event of it is not dispatched yet"(store) {
    const opened = newRecord();
    await open(store, opened);
    return (await recordEvent(store, opened, "payment.failed")).record;
  },
  async "it is a candidate of an open review"(store) {
    const record = await fail(store, 1);
    const candidates = [newRecord().payment.id, record.payment.id];
    await write(store, record, { reviews: [newReview({ kind: "unmatched", candidates })] });
    return record;
  },
  async "it is superseded and paid, its order is paid by none, and not all of its money was sent back"(store) {
    return paySuperseded(store, { refunds: [refundOf(1998)] });
  },
  async "another attempt of its checkout key is open"(store) {
    const [first, second] = [0, 1].map((attempt) =>
      newRecord({}, { checkout: { key: "basket 1", attempt, digests: {} } }),
    );
    await open(store, second!);
    return fail(store, 1, first!);
  },
};

function keeping(check: Check): void {
  check("prunes no payment that is open", async (store) => {
    for (const state of ["created", "pending", "unknown"] as const) {
      const opened = newRecord();
      await open(store, opened);
      await write(store, opened, step(opened, { kind: "unrecognized" }, { state }));
    }
    same(await prune(store), []);
  });

  for (const [why, make] of Object.entries(WHILE)) {
    check(`prunes no payment while ${why}`, async (store) => {
      const record = await make(store);
      const other = await fail(store, 2);
      same(await prune(store, { dryRun: true }), [prunedOf(other)]);
      same(await prune(store), [prunedOf(other)]);
      same(await store.payment(record.payment.id), record);
    });
  }

  for (const status of ["due", "leased", "dead"] as const) {
    check(`prunes no payment while a delivery of it is ${status}`, async (store) => {
      await store.registerHandlers([GRANT, handler("mail")]);
      const { record, mail } = await succeedWhileOneRuns(store);
      if (status === "due")
        await store.finishDelivery(mail, { kind: "retry", at: NOON, dueAt: LATER, error: "Error: no" });
      if (status === "dead") await giveUp(store, record, mail);
      same(await prune(store), []);
      same(await statuses(store, record), ["payment.succeeded grant delivered", `payment.succeeded mail ${status}`]);
    });
  }

  check(
    "prunes no payment while an event of its reviews is undelivered, and with it the event itself",
    async (store) => {
      const alarm = handler("alarm", "review.resolved");
      await store.registerHandlers([alarm]);
      const record = await fail(store, 2);
      const review = newReview({ paymentId: record.payment.id, status: "dismissed" });
      const id = idsAt(NOON).event();
      const event = { id, type: "review.resolved", sequence: 2, occurredAt: NOON, review } as const;
      await write(store, record, { reviews: [review], events: [event] });
      same(await prune(store), []);
      const [leased] = await lease(store, LATER, [alarm]);
      same(await prune(store), []);
      await store.finishDelivery(leased!, { kind: "delivered", at: LATER });
      same(await prune(store), [prunedOf(record)]);
      same(await store.deliveries(review.id), []);
    },
  );

  check("prunes no payment while a refund of it is under way", async (store) => {
    const kept: PaymentRecord[] = [];
    for (const status of ["requested", "succeeded", "pending", "failed", "unknown"] as const) {
      const opened = newRecord();
      await open(store, opened);
      const paid = step(opened, { kind: "succeeded" }, { state: "succeeded" });
      const record = { ...paid.record, refunds: [newRefund({ status: "succeeded" }), newRefund({ status })] };
      await write(store, opened, { ...paid, record });
      if (status !== "succeeded" && status !== "failed") kept.push(record);
    }
    same((await prune(store)).length, 2);
    same(await left(store, kept), ids(kept));
  });

  check("prunes a superseded payment once its money was sent back, or its order is paid", async (store) => {
    const refunded = await paySuperseded(store, { refunds: [refundOf(1000), refundOf(999)] });
    const reversed = await paySuperseded(store, { reversed: true });
    const partly = await paySuperseded(store, { refunds: [refundOf(1000), refundOf(999, "failed")] });
    const other = await paySuperseded(store);
    const payer = newRecord({ orderId: other.payment.orderId });
    await open(store, payer);
    const paid = await pay(store, payer);
    same(await left(store, [refunded, reversed, partly, other, paid]), ids([refunded, reversed, partly, other, paid]));
    same((await prune(store)).length, 4);
    same(await left(store, [refunded, reversed, partly, other, paid]), ids([partly]));
  });

  check("prunes all attempts of a checkout key together, and none while one of them is too recent", async (store) => {
    const attempts = [0, 1].map((attempt) => newRecord({}, { checkout: { key: "basket 1", attempt, digests: {} } }));
    const [first, second] = [await fail(store, 1, attempts[0]!), await fail(store, 5, attempts[1]!)];
    same(await prune(store, { before: second.payment.updatedAt }), []);
    same(await prune(store), [first, second].map(prunedOf));
  });
}

/** Opens a payment that succeeds. One handler got the event, and the other one is running. */
async function succeedWhileOneRuns(store: PaymentStore) {
  const opened = newRecord();
  await open(store, opened);
  const { record, event } = await recordEvent(store, opened, "payment.succeeded");
  const [grant] = await lease(store, NOON + HOUR, [GRANT]);
  await store.finishDelivery(grant!, { kind: "delivered", at: NOON });
  const [mail] = await lease(store, NOON + HOUR, [handler("mail")]);
  return { record, event, mail: mail! };
}

/** Ends a delivery as dead. The review is closed, so only the dead delivery can keep the payment. */
async function giveUp(
  store: PaymentStore,
  record: PaymentRecord,
  delivery: Parameters<PaymentStore["finishDelivery"]>[0],
) {
  const review = newReview({ paymentId: record.payment.id, status: "dismissed" });
  await store.finishDelivery(delivery, { kind: "dead", at: NOON, error: "Error: never", review });
}

function forgetting(check: Check): void {
  check("prunes a payment with everything that is its own, and nothing of another", async (store) => {
    await store.registerHandlers([GRANT]);
    const lives = [await live(store, "T-1", 1), await live(store, "T-2", 2 * 60)];
    const [gone, stays] = lives as [PaymentRecord, PaymentRecord];
    const of = async ({ payment: { id, orderId, providerReference: ownReference } }: PaymentRecord) => ({
      payment: await store.payment(id),
      history: (await store.history(id)).length,
      reviews: (await store.reviewsOfPayment(id)).length,
      deliveries: (await store.deliveries(id)).length,
      ofOrder: (await store.order(orderId)).payments.length,
      ofReference: (await store.paymentByProviderReference(ACCOUNT, ownReference!)) !== undefined,
      duplicate: (await look(store, { merchantAccount: ACCOUNT, paymentId: id, digest: "d1" })).duplicate,
    });
    const whole = { history: 2, reviews: 1, deliveries: 1, ofOrder: 1, ofReference: true, duplicate: true };
    same(await of(gone), { payment: gone, ...whole });
    same(await prune(store, { before: stays.payment.updatedAt }), [prunedOf(gone)]);
    const nothing = { history: 0, reviews: 0, deliveries: 0, ofOrder: 0, ofReference: false, duplicate: false };
    same(await of(gone), { payment: undefined, ...nothing });
    same(await of(stays), { payment: stays, ...whole });
  });

  check("keeps an order paid whose payment is pruned", async (store) => {
    const paid = newRecord({ orderId: "order 1" });
    const other = newRecord({ orderId: "order 1" });
    await open(store, paid, other);
    await pay(store, paid);
    same((await prune(store)).length, 1);
    same(await store.insert(insertRequestOf(newRecord({ orderId: "order 1" }))), {
      kind: "order_paid",
      paymentId: paid.payment.id,
    });
    const { orderPaidBy } = await look(store, { merchantAccount: ACCOUNT, paymentId: other.payment.id });
    assert.equal(orderPaidBy, paid.payment.id);
  });

  check(
    "keeps a notification about a pruned payment as unmatched, and leaves unmatched notifications where they are",
    async (store) => {
      const record = await fail(store, 1, newRecord({ providerReference: providerReference("T-1") }));
      const { id: paymentId } = record.payment;
      const [early, reviewed] = [
        newUnmatched({ subject: "T-2" }),
        newUnmatched({ subject: "T-3", digest: "digest 3" }),
      ];
      await keep(store, early, reviewed);
      await write(store, record, { reviewed: [reviewed] });
      await prune(store);
      const late = newUnmatched({ subject: paymentId, receivedAt: NOON + HOUR });
      await keep(store, late);
      same(await store.staleUnmatched(LATER, 10), [early, late]);
      const found = await look(store, {
        merchantAccount: ACCOUNT,
        paymentId,
        digest: late.digest,
        providerReference: providerReference("T-1"),
      });
      same(
        [found.record, found.duplicate, found.providerReferenceOwner, found.unmatchedCount],
        [undefined, true, undefined, 3],
      );
    },
  );

  check(
    "opens another payment under the checkout key and the provider reference of one that is pruned",
    async (store) => {
      const rest = { checkout: { key: "basket 1", attempt: 0, digests: {} } };
      await fail(store, 1, newRecord({ providerReference: providerReference("T-1") }, rest));
      await prune(store);
      await open(store, newRecord({ providerReference: providerReference("T-1") }, rest));
    },
  );
}

/** Opens a payment with a delivery, a digest and a closed review, this many minutes after noon. */
async function live(store: PaymentStore, ownReference: string, minute: number): Promise<PaymentRecord> {
  const opened = newRecord({ providerReference: providerReference(ownReference) });
  await open(store, opened);
  const { event, ...next } = eventStep(opened, "payment.succeeded", { updatedAt: NOON + minute * MINUTE });
  const reviews = [newReview({ paymentId: opened.payment.id, status: "accepted" })];
  await write(store, opened, { ...next, reviews, events: [event], inbox: ["d1"], claimsOrder: true });
  for (const delivery of await lease(store, NOON + 12 * HOUR, [GRANT])) {
    await store.finishDelivery(delivery, { kind: "delivered", at: NOON });
  }
  return next.record;
}

function testRaces(check: Check): void {
  check("prunes each payment once where several prune at the same moment", async (store) => {
    const records = await Promise.all(Array.from({ length: 40 }, (_, n) => fail(store, n)));
    const rounds = await Promise.all([1, 2, 3, 4].map(() => prune(store)));
    const pruned = [...rounds.flat(), ...(await prune(store))].map(({ paymentId }) => paymentId);
    same(pruned.toSorted(), ids(records).toSorted());
  });

  check("either prunes a payment or keeps the update of it at the same moment, whole", async (store) => {
    const records = await Promise.all(Array.from({ length: 40 }, (_, n) => fail(store, n)));
    const update = ({ payment: { merchantAccount, id: paymentId } }: PaymentRecord) =>
      store.update({ merchantAccount, paymentId, digest: "late" }, ({ record }) => {
        if (record === undefined) return { changes: changes(), result: "gone" };
        const { event, ...next } = eventStep(record, "payment.succeeded", { updatedAt: LATER + SECOND });
        return { changes: changes({ ...next, events: [event], inbox: ["late"] }), result: "kept" };
      });
    const [pruned, ...recorded] = await Promise.all([prune(store), ...records.map(update)]);
    const prunedIds = pruned.map(({ paymentId }) => paymentId);
    for (const [n, { payment }] of records.entries()) {
      const there = (await store.payment(payment.id)) !== undefined;
      const lines = (await store.history(payment.id)).length;
      const isPruned = prunedIds.includes(payment.id);
      same([there, lines, isPruned], recorded[n] === "kept" ? [true, 3, false] : [false, 0, true]);
    }
  });
}
