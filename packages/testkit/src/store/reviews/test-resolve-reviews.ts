import assert from "node:assert/strict";
import type { PaymentRecord, PaymentStore, Review } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  changes,
  HOUR,
  NOON,
  newRecord,
  newReview,
  newUnmatched,
  OTHER_ACCOUNT,
  providerReference,
  step,
} from "../fixtures/records.ts";
import {
  handler,
  keep,
  lease,
  look,
  names,
  open,
  openWithEvents,
  recordEvent,
  statuses,
  write,
  writeAbout,
} from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const GRANT = handler("grant-vip");
const MAIL = handler("send-mail");
const NOW = NOON + HOUR;

/** Tests what a person does with reviews and dead letters. */
export function testResolveReviews(check: Check): void {
  testResolve(check);
  giving(check);
  redriving(check);
}

function after(review: Review, status: Review["status"], at = NOW): Review {
  return {
    ...review,
    status,
    actions: [...review.actions, { at, action: "dismiss", by: "Anna", note: "wg rozmowy ☎" }],
  };
}

/** Resolves a review as core does: only if it is still open. */
function close(
  store: PaymentStore,
  { payment: { merchantAccount, id } }: PaymentRecord,
  review: Review,
): Promise<boolean> {
  return store.update({ merchantAccount, paymentId: id, review: review.id }, ({ review: found }) => {
    if (found?.status !== "open") return { changes: changes(), result: false };
    return { changes: changes({ resolved: [after(found, "dismissed")] }), result: true };
  });
}

async function withReview(store: PaymentStore, part: Partial<Review> = {}) {
  const record = newRecord();
  await open(store, record);
  const review = newReview({ paymentId: record.payment.id, ...part });
  await write(store, record, { reviews: [review] });
  return { record, review };
}

function testResolve(check: Check): void {
  check("finds the review that is to be resolved, and none where there is none", async (store) => {
    const { record, review } = await withReview(store);
    const { merchantAccount, id: paymentId } = record.payment;
    same((await look(store, { merchantAccount, paymentId, review: review.id })).review, review);
    assert.equal((await look(store, { merchantAccount, paymentId })).review, undefined);
    assert.equal((await look(store, { merchantAccount, paymentId, review: newReview().id })).review, undefined);
    same(await store.review(review.id), review);
    assert.equal(await store.review(newReview().id), undefined);
  });

  check(
    "shows the open reviews of a payment to a rule that looks at them, and closes several at once",
    async (store) => {
      const { record, review: first } = await withReview(store);
      const [second, third] = ["2", "3"].map((digest, n) =>
        newReview({ paymentId: record.payment.id, digest, openedAt: NOON + n + 1 }),
      );
      await write(store, record, { reviews: [third!, second!] });
      await withReview(store);
      const { merchantAccount, id: paymentId } = record.payment;
      const seen = async () => (await look(store, { merchantAccount, paymentId, openReviews: true })).openReviews;
      same(await seen(), [first, second, third]);
      same((await look(store, { merchantAccount, paymentId })).openReviews, []);
      const resolved = [after(first, "answered"), after(third!, "accepted")];
      await write(store, record, { resolved });
      same(await seen(), [second]);
      same(await store.reviewsOfPayment(paymentId), [resolved[0], second, resolved[1]]);
    },
  );

  check("closes a review with what was done, and lists it as open no more", async (store) => {
    const { record, review } = await withReview(store);
    assert.equal(await close(store, record, review), true);
    same(await store.openReviews(10), []);
    same(await store.review(review.id), after(review, "dismissed"));
    same(await store.reviewsOfPayment(record.payment.id), [after(review, "dismissed")]);
  });

  check("keeps what was done about a review that stays open, action after action", async (store) => {
    const { record, review } = await withReview(store);
    const once = after(review, "open");
    const twice = after(once, "open", NOW + 1);
    const { merchantAccount, id: paymentId } = record.payment;
    for (const resolved of [once, twice]) {
      const query = { merchantAccount, paymentId, review: review.id };
      await store.update(query, () => ({ changes: changes({ resolved: [resolved] }), result: undefined }));
    }
    same(await store.openReviews(10), [twice]);
  });

  check("opens the same review again once the first was closed", async (store) => {
    const { record, review } = await withReview(store);
    await close(store, record, review);
    const again = newReview({ paymentId: record.payment.id, openedAt: NOW });
    await write(store, record, { reviews: [again] });
    same(await store.openReviews(10), [again]);
    same(await store.reviewsOfPayment(record.payment.id), [after(review, "dismissed"), again]);
  });

  check("lists the reviews of a payment, and no other one's", async (store) => {
    const [{ record, review }, other] = [await withReview(store), await withReview(store)];
    await writeAbout(store, newUnmatched(), { reviews: [newReview({ kind: "unmatched" })] });
    same(await store.reviewsOfPayment(record.payment.id), [review]);
    same(await store.reviewsOfPayment(other.record.payment.id), [other.review]);
  });

  check("lets one of those who resolve a review at once do it", async (store) => {
    const { record, review } = await withReview(store);
    const done = await Promise.all(Array.from({ length: 10 }, () => close(store, record, review)));
    assert.equal(done.filter(Boolean).length, 1);
    assert.equal((await store.review(review.id))?.actions.length, 1);
  });

  check("writes nothing of a resolution that throws", async (store) => {
    const { record, review } = await withReview(store);
    const { merchantAccount, id: paymentId } = record.payment;
    const refusal = new Error("refused");
    const resolving = store.update({ merchantAccount, paymentId, review: review.id }, () => {
      throw refusal;
    });
    await assert.rejects(resolving, (error) => error === refusal);
    same(await store.openReviews(10), [review]);
  });
}

/** Tests an unmatched notification that a person assigns to a payment. */
function giving(check: Check): void {
  check(
    "offers the unmatched notifications under a further name to a caller that adopts, of the account alone",
    async (store) => {
      const record = newRecord();
      await open(store, record);
      const mine = newUnmatched({ subject: "theirs-1" });
      await keep(
        store,
        mine,
        newUnmatched({ subject: "theirs-2" }),
        newUnmatched({ subject: "theirs-1", merchantAccount: OTHER_ACCOUNT }),
      );
      const { merchantAccount, id: paymentId } = record.payment;
      same(
        (await look(store, { merchantAccount, paymentId, subject: "theirs-1", adopt: true })).unmatchedNotifications,
        [mine],
      );
      same((await look(store, { merchantAccount, subject: "theirs-1", adopt: true })).unmatchedNotifications, [mine]);
      same((await look(store, { merchantAccount, paymentId, subject: "theirs-1" })).unmatchedNotifications, []);
    },
  );

  check("closes the review, changes the payment and removes the unmatched notification together", async (store) => {
    const record = newRecord();
    await open(store, record);
    const unmatched = newUnmatched();
    const review = newReview({ kind: "unmatched" });
    await keep(store, unmatched);
    await writeAbout(store, unmatched, { reviews: [review], reviewed: [unmatched] });
    const { merchantAccount, id: paymentId } = record.payment;
    const query = {
      merchantAccount,
      paymentId,
      providerReference: providerReference(unmatched.subject),
      adopt: true,
      review: review.id,
    };
    const next = step(
      record,
      { kind: "succeeded" },
      { state: "succeeded", providerReference: query.providerReference },
    );
    const resolved = after(review, "accepted");
    await store.update(query, ({ unmatchedNotifications: adopted }) => ({
      changes: changes({ ...next, adopted, inbox: [unmatched.digest], claimsOrder: true, resolved: [resolved] }),
      result: undefined,
    }));
    const found = await look(store, { ...query, digest: unmatched.digest });
    same(
      { ...found, unmatchedNotifications: [...found.unmatchedNotifications] },
      { ...found, record: next.record, duplicate: true, unmatchedNotifications: [], review: resolved },
    );
  });

  check("removes a dismissed unmatched notification without a payment", async (store) => {
    const unmatched = newUnmatched();
    const review = newReview({ kind: "unmatched" });
    await keep(store, unmatched);
    await writeAbout(store, unmatched, { reviews: [review] });
    const query = {
      merchantAccount: unmatched.merchantAccount,
      subject: unmatched.subject,
      adopt: true,
      review: review.id,
    };
    await store.update(query, ({ unmatchedNotifications: adopted }) => ({
      changes: changes({ adopted, resolved: [after(review, "dismissed")] }),
      result: undefined,
    }));
    assert.equal(
      (
        await look(store, {
          merchantAccount: unmatched.merchantAccount,
          providerReference: providerReference(unmatched.subject),
        })
      ).unmatchedCount,
      0,
    );
    same(await store.openReviews(10), []);
  });
}

function redriving(check: Check): void {
  check("takes a redriven dead letter from the first attempt, and no other delivery", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
    await die(store, record, [GRANT, MAIL]);
    const redriven = [{ eventId: events[0]!.id, handler: GRANT.name }];
    same(await lease(store, NOW, [GRANT, MAIL]), []);
    await write(store, record, { ...step(record, { kind: "pending" }), redriven });
    same(names(await lease(store, NOW, [GRANT, MAIL])), ["payment.succeeded grant-vip 1"]);
  });

  check("leaves alone what is not dead where it is to be redriven", async (store) => {
    await store.registerHandlers([GRANT, MAIL]);
    const { record, events } = await openWithEvents(store, ["payment.succeeded"]);
    const [leased] = await lease(store, NOW, [GRANT]);
    await store.finishDelivery(leased!, { kind: "delivered", at: NOW });
    const redriven = [GRANT, MAIL].map(({ name }) => ({ eventId: events[0]!.id, handler: name }));
    await write(store, record, { ...step(record, { kind: "pending" }), redriven });
    same(await statuses(store, record), ["payment.succeeded grant-vip delivered", "payment.succeeded send-mail due"]);
  });

  check("supersedes a redriven failure after a success", async (store) => {
    const sorry = handler("say-sorry", "payment.failed");
    await store.registerHandlers([sorry]);
    const { record, events } = await openWithEvents(store, ["payment.failed"]);
    await die(store, record, [sorry]);
    const { record: paid } = await recordEvent(store, record, "payment.succeeded");
    await lease(store, NOW, [sorry]);
    const redriven = [{ eventId: events[0]!.id, handler: sorry.name }];
    await write(store, paid, { ...step(paid, { kind: "pending" }), redriven });
    same(await lease(store, NOW, [sorry]), []);
    same(await statuses(store, record), ["payment.failed say-sorry superseded"]);
  });
}

async function die(
  store: PaymentStore,
  { payment }: PaymentRecord,
  handlers: readonly (typeof GRANT)[],
): Promise<void> {
  for (const delivery of await lease(store, NOW, handlers)) {
    const review = newReview({ kind: "dead_letter", paymentId: payment.id, digest: delivery.handler });
    await store.finishDelivery(delivery, { kind: "dead", at: NOW, error: "Error: never", review });
  }
}
