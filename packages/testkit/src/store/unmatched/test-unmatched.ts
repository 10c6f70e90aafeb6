import assert from "node:assert/strict";
import { type Review, type UnmatchedNotification, unmatchedDigest } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  changes,
  fullRecord,
  MINUTE,
  NOON,
  newRecord,
  newReview,
  newUnmatched,
  nobody,
  OTHER_ACCOUNT,
  providerReference,
  step,
} from "../fixtures/records.ts";
import { keep, look, open, write, writeAbout } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const LATER = NOON + 60 * MINUTE;

export function testUnmatched(check: Check): void {
  testKept(check);
  testOffered(check);
  testEqual(check);
  testRemoved(check);
}

/** Tests what a store keeps of unmatched notifications, and what it finds of them. */
function testKept(check: Check): void {
  check("keeps an unmatched notification with every field there is", async (store) => {
    const fact = {
      kind: "succeeded",
      providerReference: providerReference("T-1"),
      amount: { value: 5, currency: "PLN" },
      providerStatus: "1",
      details: { a: "b" },
    } as const;
    const unmatched = newUnmatched({ fact, buyerDigest: "buyer 1" });
    await keep(store, unmatched);
    same(await store.staleUnmatched(LATER, 10), [unmatched]);
    same(
      (await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference("T-1"), adopt: true }))
        .unmatchedNotifications,
      [unmatched],
    );
  });

  check("finds the duplicate of an unmatched notification by account, subject and digest", async (store) => {
    const paymentId = nobody();
    await keep(store, newUnmatched({ subject: "T-1", digest: "d1" }));
    await keep(store, newUnmatched({ subject: paymentId, digest: "d2" }));
    const duplicate = async (query: {
      merchantAccount?: string;
      paymentId?: typeof paymentId;
      providerReference?: ReturnType<typeof providerReference>;
      digest: string;
    }) => (await look(store, { merchantAccount: ACCOUNT, ...query })).duplicate;
    same(
      [
        await duplicate({ providerReference: providerReference("T-1"), digest: "d1" }),
        await duplicate({ paymentId, digest: "d2" }),
      ],
      [true, true],
    );
    assert.equal(await duplicate({ providerReference: providerReference("T-1"), digest: "d2" }), false);
    assert.equal(await duplicate({ providerReference: providerReference("T-2"), digest: "d1" }), false);
    assert.equal(await duplicate({ paymentId: nobody(), digest: "d2" }), false);
    assert.equal(
      await duplicate({ merchantAccount: OTHER_ACCOUNT, providerReference: providerReference("T-1"), digest: "d1" }),
      false,
    );
  });

  check("does not take an unmatched notification for the duplicate of one whose payment is there", async (store) => {
    const record = fullRecord();
    const { id: paymentId } = record.payment;
    await keep(store, newUnmatched({ subject: paymentId, digest: "d1" }));
    await open(store, record);
    assert.equal((await look(store, { merchantAccount: ACCOUNT, paymentId, digest: "d1" })).duplicate, false);
  });

  check("counts the unmatched notifications of the account, only where there is no payment", async (store) => {
    const record = newRecord();
    await open(store, record);
    for (const subject of ["T-1", "T-2", "T-3"]) await keep(store, newUnmatched({ subject }));
    await keep(store, newUnmatched({ merchantAccount: OTHER_ACCOUNT }));
    const count = async (merchantAccount: string, paymentId = nobody()) =>
      (await look(store, { merchantAccount, paymentId })).unmatchedCount;
    same([await count(ACCOUNT), await count(OTHER_ACCOUNT), await count("acme:SHOP3")], [3, 1, 0]);
    assert.equal(await count(ACCOUNT, record.payment.id), 0);
  });
}

/** Tests which notifications a caller that adopts gets. */
function testOffered(check: Check): void {
  check(
    "offers unmatched notifications to a caller that adopts: those under the payment's id or the provider reference, of the account, oldest first",
    async (store) => {
      const record = newRecord();
      const { id: paymentId } = record.payment;
      const unmatched = (subject: string, minute: number, merchantAccount = ACCOUNT) =>
        newUnmatched({ subject, merchantAccount, digest: `digest ${minute}`, receivedAt: NOON + minute * MINUTE });
      const [a, b, c, d] = [unmatched("T-1", 1), unmatched(paymentId, 2), unmatched("T-1", 3), unmatched(paymentId, 4)];
      const others = [unmatched("T-2", 5), unmatched("T-1", 6, OTHER_ACCOUNT), unmatched(paymentId, 7, OTHER_ACCOUNT)];
      await keep(store, c, a, ...others, d, b);
      await open(store, record);
      const offered = async (query: object) =>
        (await look(store, { merchantAccount: ACCOUNT, paymentId, ...query })).unmatchedNotifications;
      same(await offered({ adopt: true, providerReference: providerReference("T-1") }), [a, b, c, d]);
      same(await offered({ adopt: true }), [b, d]);
      same(await offered({ adopt: true, providerReference: providerReference("T-3") }), [b, d]);
      same(await offered({ providerReference: providerReference("T-1") }), []);
      same(await offered({ adopt: false, providerReference: providerReference("T-1") }), []);
    },
  );

  check("shows a caller that adopts the open reviews of what it is offered, and no other", async (store) => {
    const [a, b, c] = ["a", "b", "c"].map((digest, minute) =>
      newUnmatched({ digest, receivedAt: NOON + minute * MINUTE }),
    ) as [UnmatchedNotification, UnmatchedNotification, UnmatchedNotification];
    const other = newUnmatched({ subject: "T-2", digest: "a" });
    const reviewOf = (unmatched: UnmatchedNotification, over: Partial<Review<"unmatched">> = {}) =>
      newReview({ kind: "unmatched", digest: unmatchedDigest(unmatched), ...over });
    const record = newRecord();
    await open(store, record);
    await keep(store, a, b, c, other);
    const [ofA, ofB, ofC] = [reviewOf(a), reviewOf(b), reviewOf(c)];
    for (const [unmatched, review] of [
      [c, ofC],
      [a, ofA],
      [b, ofB],
      [other, reviewOf(other)],
    ] as const)
      await writeAbout(store, unmatched, { reviewed: [unmatched], reviews: [review] });
    // Reviews of the same digest, of another kind or of a payment.
    await write(store, record, {
      reviews: [newReview({ digest: unmatchedDigest(a) }), reviewOf(a, { paymentId: record.payment.id })],
    });
    const query = {
      merchantAccount: ACCOUNT,
      paymentId: record.payment.id,
      providerReference: providerReference("T-1"),
    };
    const seen = async (adopt: boolean) => (await look(store, { ...query, adopt })).unmatchedReviews;
    same(await seen(true), [ofA, ofB, ofC]);
    same(await seen(false), []);
    const answered = { ...ofB, status: "answered", actions: [{ at: NOON, action: "answer", by: "gateway" }] } as const;
    const { record: next, history } = step(record, { kind: "succeeded" });
    await store.update({ ...query, adopt: true }, () => ({
      changes: changes({ record: next, history, adopted: [b], resolved: [answered] }),
      result: undefined,
    }));
    same(await seen(true), [ofA, ofC]);
    same(await store.review(ofB.id), answered);
    await writeAbout(store, a, {
      resolved: [{ ...ofA, status: "dismissed", actions: [{ at: NOON, action: "dismiss" }] }],
    });
    same(await seen(true), [ofC]);
  });

  check(
    "offers the unmatched notifications under a payment's id to a caller that finds it by its provider reference",
    async (store) => {
      const record = newRecord({ providerReference: providerReference("T-1") });
      await open(store, record);
      const unmatched = newUnmatched({ subject: record.payment.id });
      await keep(store, unmatched);
      same(
        (await look(store, { merchantAccount: ACCOUNT, providerReference: providerReference("T-1"), adopt: true }))
          .unmatchedNotifications,
        [unmatched],
      );
    },
  );

  check("offers unmatched notifications also where their payment is still missing", async (store) => {
    const paymentId = nobody();
    const [byId, byProviderReference] = [
      newUnmatched({ subject: paymentId }),
      newUnmatched({ subject: "T-1", receivedAt: NOON + 1 }),
    ];
    await keep(store, byId, byProviderReference, newUnmatched({ subject: "T-2" }));
    const { unmatchedNotifications: offered } = await look(store, {
      merchantAccount: ACCOUNT,
      paymentId,
      providerReference: providerReference("T-1"),
      adopt: true,
    });
    same(offered, [byId, byProviderReference]);
  });
}

/** Tests which notifications count as equal. */
function testEqual(check: Check): void {
  check("keeps the first of two equal unmatched notifications", async (store) => {
    const first = newUnmatched();
    await keep(store, first);
    await keep(store, newUnmatched({ receivedAt: NOON + MINUTE }));
    same(await store.staleUnmatched(LATER, 10), [first]);
    assert.equal((await look(store, { merchantAccount: ACCOUNT })).unmatchedCount, 1);
  });

  check("keeps unmatched notifications apart that differ in account, subject or digest alone", async (store) => {
    const kept = [
      newUnmatched(),
      newUnmatched({ digest: "digest 2", receivedAt: NOON + 1 }),
      newUnmatched({ subject: "T-2", receivedAt: NOON + 2 }),
      newUnmatched({ merchantAccount: OTHER_ACCOUNT, receivedAt: NOON + 3 }),
    ];
    await keep(store, ...kept);
    same(await store.staleUnmatched(LATER, 10), kept);
  });
}

/** Tests notifications that were adopted or reviewed. */
function testRemoved(check: Check): void {
  check("removes adopted unmatched notifications, and only those", async (store) => {
    const record = newRecord();
    const adopted = [newUnmatched(), newUnmatched({ subject: record.payment.id, digest: "digest 2" })];
    const left = newUnmatched({ digest: "digest 3" });
    await keep(store, ...adopted, left);
    await open(store, record);
    await write(store, record, { adopted });
    const found = await look(store, {
      merchantAccount: ACCOUNT,
      paymentId: record.payment.id,
      providerReference: providerReference("T-1"),
      adopt: true,
    });
    same(found.unmatchedNotifications, [left]);
    same(await store.staleUnmatched(LATER, 10), [left]);
    assert.equal((await look(store, { merchantAccount: ACCOUNT })).unmatchedCount, 1);
  });

  check(
    "holds a reviewed unmatched notification for stale no more, but still for its duplicate and for a caller that adopts",
    async (store) => {
      const [reviewed, waiting] = [newUnmatched(), newUnmatched({ subject: "T-2" })];
      await keep(store, reviewed, waiting);
      await writeAbout(store, reviewed, { reviewed: [reviewed] });
      same(await store.staleUnmatched(LATER, 10), [waiting]);
      const found = await look(store, {
        merchantAccount: ACCOUNT,
        providerReference: providerReference("T-1"),
        digest: reviewed.digest,
        adopt: true,
      });
      same([found.duplicate, found.unmatchedNotifications, found.unmatchedCount], [true, [reviewed], 2]);
      // It does not become stale again when the notification comes again.
      await keep(store, reviewed);
      same(await store.staleUnmatched(LATER, 10), [waiting]);
    },
  );

  check("does not bring back an unmatched notification that was adopted before it was reviewed", async (store) => {
    const record = newRecord();
    const unmatched = newUnmatched();
    await open(store, record);
    await keep(store, unmatched);
    await write(store, record, { adopted: [unmatched] });
    await writeAbout(store, unmatched, { reviewed: [unmatched] });
    assert.equal((await look(store, { merchantAccount: ACCOUNT })).unmatchedCount, 0);
  });
}
