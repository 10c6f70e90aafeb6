import assert from "node:assert/strict";
import { same } from "../../same.ts";
import { MINUTE, NOON, newRecord, newReview, newUnmatched, nobody } from "../fixtures/records.ts";
import { look, open, write, writeAbout } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

export function testOpenReviews(check: Check): void {
  check("keeps reviews with every field there is", async (store) => {
    const record = newRecord();
    await open(store, record);
    const ofPayment = newReview({ paymentId: record.payment.id, kind: "reference_mismatch" });
    const ofUnmatched = newReview({
      kind: "unmatched",
      openedAt: NOON + 1,
      details: {},
      candidates: [nobody(), record.payment.id],
    });
    await write(store, record, { reviews: [ofPayment] });
    await writeAbout(store, newUnmatched(), { reviews: [ofUnmatched] });
    same(await store.openReviews(10), [ofPayment, ofUnmatched]);
  });

  check("lists open reviews oldest first, in any order of opening, and no more than the limit", async (store) => {
    const record = newRecord();
    await open(store, record);
    const [a, b, c, d] = [1, 2, 3, 4].map((n) =>
      newReview({ paymentId: record.payment.id, digest: `${n}`, openedAt: NOON + n * MINUTE }),
    );
    await write(store, record, { reviews: [c!, a!] });
    await write(store, record, { reviews: [d!, b!] });
    same(await store.openReviews(10), [a, b, c, d]);
    same(await store.openReviews(2), [a, b]);
  });

  check("lists the open reviews after an id, whether or not its review is open or exists", async (store) => {
    const record = newRecord();
    await open(store, record);
    const [a, b, c, d] = [1, 2, 3, 4].map((n) =>
      newReview({ paymentId: record.payment.id, digest: `${n}`, openedAt: NOON + n * MINUTE }),
    );
    await write(store, record, { reviews: [d!, a!, c!] });
    same(await store.openReviews(10, a!.id), [c, d]);
    same(await store.openReviews(1, a!.id), [c]);
    same(await store.openReviews(10, b!.id), [c, d]);
    same(await store.openReviews(10, d!.id), []);
    await write(store, record, {
      resolved: [{ ...c!, status: "accepted", actions: [{ at: NOON, action: "accept" }] }],
    });
    same(await store.openReviews(10, c!.id), [d]);
    same(await store.openReviews(10, a!.id), [d]);
  });

  check("finds the open review of a kind and digest about a payment or none, and no other", async (store) => {
    const record = newRecord();
    const { id: paymentId } = record.payment;
    await open(store, record);
    const ofPayment = newReview({ paymentId });
    const ofNone = newReview({ openedAt: NOON + 1 });
    await write(store, record, { reviews: [ofPayment] });
    await writeAbout(store, newUnmatched(), { reviews: [ofNone] });
    const { digest, kind } = ofPayment;
    same(await store.openReview({ kind, digest, paymentId }), ofPayment);
    same(await store.openReview({ kind, digest }), ofNone);
    same(await store.openReview({ kind: "reversed", digest, paymentId }), undefined);
    same(await store.openReview({ kind, digest: "another", paymentId }), undefined);
    same(await store.openReview({ kind, digest, paymentId: nobody() }), undefined);
    await write(store, record, {
      resolved: [{ ...ofPayment, status: "dismissed", actions: [{ at: NOON, action: "dismiss" }] }],
    });
    same(await store.openReview({ kind, digest, paymentId }), undefined);
    same(await store.openReview({ kind, digest }), ofNone);
  });

  check("opens one review per payment, kind and digest: the first", async (store) => {
    const [record, other] = [newRecord(), newRecord()];
    await open(store, record, other);
    const { id: paymentId } = record.payment;
    const first = newReview({ paymentId });
    const again = () => newReview({ paymentId, openedAt: NOON + MINUTE });
    await write(store, record, { reviews: [first, again()] });
    await write(store, record, { reviews: [again()] });
    same(await store.openReviews(10), [first]);
    const apart = [
      newReview({ paymentId, digest: "something else", openedAt: NOON + 1 }),
      newReview({ paymentId, kind: "reversed", openedAt: NOON + 2 }),
      newReview({ paymentId: other.payment.id, openedAt: NOON + 3 }),
    ];
    await write(store, record, { reviews: [...apart, again()] });
    same(await store.openReviews(10), [first, ...apart]);
  });

  check("opens one review per digest of unmatched notifications, which have no payment", async (store) => {
    const [first, second] = [
      newReview({ kind: "unmatched" }),
      newReview({ kind: "unmatched", digest: "2", openedAt: NOON + 1 }),
    ];
    const again = newReview({ kind: "unmatched", openedAt: NOON + MINUTE });
    await writeAbout(store, newUnmatched(), { reviews: [first] });
    await writeAbout(store, newUnmatched(), { reviews: [again, second] });
    same(await store.openReviews(10), [first, second]);
  });

  check("writes the other changes where the review is open already", async (store) => {
    const record = newRecord();
    await open(store, record);
    const review = () => newReview({ paymentId: record.payment.id });
    await write(store, record, { reviews: [review()], record, inbox: ["d1"] });
    await write(store, record, { reviews: [review()], record, inbox: ["d2"] });
    const { merchantAccount, id: paymentId } = record.payment;
    assert.equal((await look(store, { merchantAccount, paymentId, digest: "d2" })).duplicate, true);
  });
}
