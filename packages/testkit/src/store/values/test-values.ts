import assert from "node:assert/strict";
import type { PaymentRecord, PaymentStore, UnmatchedNotification } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  eventStep,
  HOUR,
  idsAt,
  insertRequestOf,
  NOON,
  newRecord,
  newRefund,
  newReview,
  newUnmatched,
  nobody,
  providerReference,
  step,
} from "../fixtures/records.ts";
import { handler, keep, lease, look, open, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

/** Texts that have broken stores before. */
const TEXTS: readonly string[] = [
  "zażółć gęślą jaźń",
  "💳👩‍👩‍👧‍👦 🇵🇱",
  `'; DROP TABLE payments; -- "quoted" \`ticks\` \\ \\u0041 %s $1 ?1 :name {"a":[1]}`,
  "łąka".repeat(50),
  "💳".repeat(100),
  " leading and trailing ",
  "line\nbreak\r\nand\ttab",
  "null",
  "undefined",
  "0",
  "1e3",
  "007",
  "true",
  "2026-01-15T12:00:00Z",
  "\u202eright to left, \u200b zero width, \ufeff mark",
];

/** Different texts that some comparisons take for equal. */
const APART: readonly string[] = [
  "T-a",
  "T-A",
  "T-á",
  "T-a\u0301",
  "T-a ",
  " T-a",
  "T_a",
  "T%a",
  "t-a",
  "T-a\u200b",
  "T-ａ",
];

export function testValues(check: Check): void {
  testTexts(check);
  testNumbers(check);
  testFacts(check);
  testFields(check);
}

function testTexts(check: Check): void {
  check("gives back every text as it came", async (store) => {
    for (const text of TEXTS) await givesBack(store, text);
  });

  check("keeps texts apart that differ in case, accents or spaces alone", async (store) => {
    const records = APART.map((text, n) => {
      const checkout = { key: text, attempt: 0, digests: {} };
      return newRecord(
        { orderId: text, merchantAccount: text, providerReference: providerReference(text), createdAt: NOON + n },
        { checkout },
      );
    });
    await open(store, ...records);
    for (const record of records) {
      const { merchantAccount, orderId, id: paymentId } = record.payment;
      const query = { merchantAccount, providerReference: providerReference(orderId), digest: orderId };
      same((await look(store, query)).record, record);
      await write(store, record, { ...step(record, { kind: "succeeded" }), inbox: [orderId], claimsOrder: true });
      for (const digest of APART) {
        assert.equal((await look(store, { ...query, digest })).duplicate, digest === orderId);
      }
      assert.equal((await look(store, query)).orderPaidBy, paymentId);
      assert.equal((await store.order(orderId)).payments.length, 1);
    }
    for (const subject of APART) await keep(store, newUnmatched({ subject, digest: "d" }));
    assert.equal((await look(store, { merchantAccount: ACCOUNT })).unmatchedCount, APART.length);
    for (const subject of APART) {
      same(
        (await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference(subject), adopt: true }))
          .unmatchedNotifications.length,
        1,
      );
    }
  });
}

function testNumbers(check: Check): void {
  check("keeps amounts and times up to the largest safe integer", async (store) => {
    const most = Number.MAX_SAFE_INTEGER;
    const amounts = [0, 1, 2 ** 31, 2 ** 32 + 1, most - 1, most];
    for (const amount of amounts) {
      const before = newRecord({ amount: { value: amount, currency: "JPY" }, expiresAt: most });
      await open(store, before);
      const fact = { kind: "succeeded", amount: { value: amount, currency: "JPY" } } as const;
      const { record, history } = step(before, fact, { updatedAt: NOON });
      await write(store, before, { record, history });
      same(await store.payment(before.payment.id), record);
      same((await store.history(before.payment.id))[1], history[0]);
    }
  });
}

function testFacts(check: Check): void {
  check("keeps each kind of fact with its fields", async (store) => {
    const opened = newRecord();
    await open(store, opened);
    const amount = { value: 1999, currency: "PLN" };
    const refund = idsAt(NOON).refund();
    const facts = [
      { kind: "create_accepted", next: { kind: "wait" } },
      {
        kind: "create_accepted",
        next: { kind: "redirect", url: "https://acme.example/1" },
        providerReference: providerReference("T-1"),
        expiresAt: NOON,
      },
      { kind: "create_rejected", code: "declined", retryable: false },
      { kind: "create_rejected", code: "invalid_request", retryable: true, providerCode: "E7", field: "buyer.email" },
      { kind: "create_not_sent" },
      { kind: "create_unknown", reason: "timeout" },
      { kind: "succeeded" },
      { kind: "failed", providerReference: providerReference("T-1"), amount, providerStatus: "", details: {} },
      { kind: "unrecognized", details: { channel: "blik", empty: "" } },
      { kind: "deadline" },
      { kind: "cancel" },
      { kind: "create_accepted", next: { kind: "form", sealed: "k1.AAAA" } },
      { kind: "form_opened" },
      { kind: "refund_overdue", refund },
      { kind: "order_repriced", amount, by: opened.payment.id },
      { kind: "check_status" },
      { kind: "check_status", providerReference: providerReference("T-1"), details: { channel: "blik" } },
      { kind: "refund_requested", refund, amount },
      { kind: "refund_requested", refund, amount, key: "basket 1" },
      {
        kind: "refund_succeeded",
        refund,
        refundProviderReference: "F-1",
        amount,
        providerReference: providerReference("T-1"),
        providerStatus: "OK",
        details: { by: "panel" },
      },
      { kind: "refund_pending", refundProviderReference: "F-1" },
      { kind: "refund_failed", refund, providerStatus: "declined", providerCode: "E17" },
      { kind: "refund_unknown", refund, providerStatus: "time is up" },
      { kind: "refund_succeeded", refund, amount, key: "panel 7", recorded: true },
    ] as const;
    let record = opened;
    const entries = [insertRequestOf(opened).entry];
    for (const [n, fact] of facts.entries()) {
      const next = step(record, fact);
      const history = [{ ...next.history[0], reviews: n % 2 ? ["unrecognized", "reference_mismatch"] : [] }];
      await write(store, record, { record: next.record, history });
      record = next.record;
      entries.push(...history);
    }
    same(await store.history(opened.payment.id), entries);
  });
}

function testFields(check: Check): void {
  check("changes every field of a payment that updates change, also those it lacked", async (store) => {
    const before = newRecord({ orderId: "order 1" });
    await open(store, before);
    const fact = { kind: "reversed" } as const;
    const changed = {
      state: "pending",
      providerReference: providerReference("T-1"),
      expiresAt: NOON + 1,
      updatedAt: NOON + 2,
      superseded: { amount: { value: 4999, currency: "PLN" }, by: nobody() },
    } as const;
    const { record, history } = step(before, fact, changed);
    const after = { ...record, reversed: true, next: { kind: "wait" }, refunds: [newRefund()] } as const;
    await write(store, before, { record: after, history });
    same(await store.payment(before.payment.id), after);
    same((await store.order("order 1")).payments, [after]);
    // And each by itself, of a payment without the others.
    const alone = [{ reversed: true }, { next: { kind: "wait" } }, { refunds: [newRefund()] }] as const;
    for (const over of [
      ...alone,
      { payment: { providerReference: providerReference("T-2") } },
      { payment: { expiresAt: NOON + 7 } },
      { payment: { superseded: { amount: { value: 4999, currency: "EUR" }, by: nobody() } } },
    ]) {
      const bare = newRecord();
      await open(store, bare);
      const next = step(bare, { kind: "unrecognized" });
      const { payment } = next.record;
      const one = { ...next.record, ...over, payment: { ...payment, ...("payment" in over && over.payment) } };
      await write(store, bare, { record: one, history: next.history });
      same(await store.payment(payment.id), one);
    }
  });
}

/** Writes a text into every field that takes one, and reads it back. */
async function givesBack(store: PaymentStore, text: string): Promise<void> {
  const checkout = { key: text, attempt: 0, digests: { [text]: text } };
  const before = recordOf(text, checkout);
  const { merchantAccount, id: paymentId } = before.payment;
  await store.registerHandlers([handler(text, "payment.reversed")]);
  const unmatched = unmatchedOf(text);
  await keep(store, unmatched);
  same(
    (await look(store, { merchantAccount, providerReference: providerReference(text), digest: text, adopt: true }))
      .unmatchedNotifications,
    [unmatched],
  );

  await open(store, before);
  same(await store.payment(paymentId), before);
  const {
    record,
    event,
    history: [entry],
  } = eventStep(before, "payment.reversed");
  const fact = {
    kind: "reversed",
    providerReference: providerReference(text),
    providerStatus: text,
    details: { [text]: text },
  } as const;
  const history = [{ ...entry, fact, reviews: [text] }];
  const review = newReview({ paymentId, digest: text, details: { [text]: text } });
  await write(store, before, { record, history, reviews: [review], events: [event], inbox: [text] });

  same((await store.order(text)).payments, [record]);
  same((await store.history(paymentId))[1], history[0]);
  same(
    (await store.openReviews(100)).find(({ id }) => id === review.id),
    review,
  );
  const found = await look(store, {
    merchantAccount,
    providerReference: providerReference(text),
    digest: text,
    adopt: true,
  });
  same(found, {
    record,
    duplicate: true,
    orderPaidBy: undefined,
    providerReferenceOwner: paymentId,
    unmatchedNotifications: [unmatched],
    unmatchedReviews: [],
    unmatchedCount: 0,
    review: undefined,
    openReviews: [],
  });
  same(await store.insert(insertRequestOf(newRecord({}, { checkout }))), { kind: "exists", record });

  const [delivery] = await lease(store, NOON + HOUR, [handler(text, "payment.reversed")]);
  same(delivery, { event, handler: text, attempt: 1, lease: 1 });
  await store.finishDelivery(delivery!, { kind: "retry", at: NOON, dueAt: NOON + 2 * HOUR, error: text });
  same((await store.deliveries(paymentId)).find((row) => row.handler === text)?.error, text);
}

/** A payment with the text in every field that takes one. */
function recordOf(text: string, checkout: NonNullable<PaymentRecord["checkout"]>): PaymentRecord {
  const texts = {
    orderId: text,
    description: text,
    providerName: text,
    adapter: text,
    merchantAccount: text,
    providerReference: providerReference(text),
  };
  const returnUrl = { success: text, failure: text };
  const next = { kind: "redirect", url: text } as const;
  const refund = newRefund({ providerReference: text, key: text });
  return newRecord(texts, { returnUrl, next, keyId: text, buyerDigest: text, checkout, refunds: [refund] });
}

function unmatchedOf(text: string): UnmatchedNotification {
  const fact = { kind: "pending", providerStatus: text } as const;
  return newUnmatched({ merchantAccount: text, subject: text, digest: text, buyerDigest: text, fact });
}
