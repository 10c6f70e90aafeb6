import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createShop, ORDER } from "../../test/shop.ts";
import type { RecordRequest } from "../contract/pay.ts";
import { fakeProvider } from "../testing/fake-provider.ts";
import { idle } from "../testing/manual-clock.ts";

let shop: ReturnType<typeof createShop>;
let told: string[];
let toldReviews: string[];
beforeEach(() => open());
afterEach(() => shop.pay.close());

async function open(traits: { readonly failureIsFinal?: boolean } = {}) {
  shop = createShop({ cards: fakeProvider({ traits }) });
  told = [];
  toldReviews = [];
  for (const type of ["review.opened", "review.resolved"] as const) {
    shop.pay.on(type, "alarm", ({ review }) => void toldReviews.push(`${type} ${review.kind}`));
  }
  for (const type of ["payment.failed", "payment.canceled", "payment.reversed", "payment.paid_again"] as const) {
    shop.pay.on(type, "log", (event) => void told.push(event.type));
  }
  shop.pay.on("payment.succeeded", "log", ({ late, type }) => void told.push(late ? `late ${type}` : type));
  await shop.pay.start();
}

async function opened(over: object = {}) {
  return (await shop.pay.checkout({ ...ORDER, ...over } as never)).id;
}
async function hear(id: string, status: string, over: object = {}) {
  const body = JSON.stringify({ providerReference: `R-${id}`, status, ...over });
  await shop.pay.fetch(new Request("https://shop.example/pay/callbacks/cards", { method: "POST", body }));
  await idle();
}
async function record(id: string, given: RecordRequest) {
  const payment = await shop.pay.payments.record(id, given);
  await idle();
  return payment;
}
const anna = { by: "Anna" };
const kinds = async (id: string) => (await shop.pay.payments.history(id)).map(({ fact }) => fact.kind);
const reviews = async () => (await shop.pay.reviews.list()).reviews.map(({ kind }) => kind);

describe("recording what a person knows", () => {
  it("marks a payment whose callback never came as paid, and tells the shop as a callback would", async () => {
    const id = await opened();
    const payment = await record(id, {
      as: "succeeded",
      amount: ORDER.amount,
      by: "Anna",
      note: "seen in their panel",
    });
    expect(payment).toEqual(await shop.pay.payments.get(id));
    expect(payment.state).toBe("succeeded");
    expect(told).toEqual(["payment.succeeded"]);
    expect(shop.events[0]?.payment).toEqual(payment);
    expect((await shop.pay.payments.history(id)).slice(-2)).toMatchObject([
      {
        fact: { kind: "record", as: "succeeded", by: "Anna", note: "seen in their panel" },
        from: "pending",
        to: "pending",
      },
      { fact: { kind: "succeeded", amount: ORDER.amount, recorded: true }, from: "pending", to: "succeeded" },
    ]);
    expect(await reviews()).toEqual([]);
    await expect(shop.pay.checkout(ORDER as never)).rejects.toMatchObject({ code: "ORDER_ALREADY_PAID" });
  });

  it.each(["failed", "canceled"] as const)("marks an open payment as %s", async (as) => {
    const id = await opened();
    expect((await record(id, { as, ...anna })).state).toBe(as);
    expect(told).toEqual([`payment.${as}`]);
  });

  it("marks an expired payment as paid, late and without a review: a person has looked already", async () => {
    const id = await opened();
    shop.clock.step(100 * 24 * 3_600_000);
    await shop.clock.advance(11_000);
    expect((await shop.pay.payments.get(id))?.state).toBe("expired");
    await record(id, { as: "succeeded", ...anna });
    expect(told).toEqual(["late payment.succeeded"]);
    expect(await reviews()).toEqual([]);
  });

  it("records a reversal that the gateway does not report, with its review", async () => {
    const id = await opened();
    await hear(id, "succeeded");
    await record(id, { as: "reversed", ...anna });
    await record(id, { as: "reversed", ...anna });
    expect(told).toEqual(["payment.succeeded", "payment.reversed"]);
    expect(await reviews()).toEqual(["reversed"]);
  });

  it("calls a second payment of a paid order paid again", async () => {
    const [first, second] = [await opened(), await opened()];
    await record(first, { as: "succeeded", ...anna });
    await record(second, { as: "succeeded", ...anna });
    expect(told).toEqual(["payment.succeeded", "payment.paid_again"]);
    expect(await reviews()).toEqual(["double_payment"]);
  });

  it.each([
    { as: "succeeded" },
    { as: "succeeded", amount: ORDER.amount, note: "again" },
    { as: "failed" },
    { as: "canceled" },
  ] as const)("changes nothing when it is repeated: %j", async (given) => {
    const id = await opened();
    const payment = await record(id, { ...given, ...anna });
    const before = [await shop.pay.payments.history(id), told.length];
    expect(await record(id, { ...given, ...anna })).toEqual(payment);
    expect([await shop.pay.payments.history(id), told.length]).toEqual(before);
  });

  it("opens a review for another amount, once, and a person who accepts it has the payment paid", async () => {
    const id = await opened();
    const given = { as: "succeeded", amount: { value: 1500, currency: "PLN" }, by: "Anna" } as const;
    expect((await record(id, given)).state).toBe("pending");
    const history = await shop.pay.payments.history(id);
    await record(id, given);
    expect(await shop.pay.payments.history(id)).toEqual(history);
    const [review, ...others] = (await shop.pay.reviews.list()).reviews;
    expect(others).toEqual([]);
    expect(review).toMatchObject({ kind: "amount_mismatch", details: { amount: given.amount } });
    await shop.pay.reviews.resolve(review!.id, { action: "accept", by: "Jan" });
    expect((await shop.pay.payments.get(id))?.state).toBe("succeeded");
  });
});

describe("a callback that comes after a person's word", () => {
  it("is a duplicate where it says the same", async () => {
    const id = await opened();
    await record(id, { as: "succeeded", ...anna });
    await hear(id, "succeeded");
    expect(told).toEqual(["payment.succeeded"]);
    expect(await reviews()).toEqual([]);
    expect((await shop.pay.payments.get(id))?.providerReference).toBe(`R-${id}`);
  });

  it.each([true, false])(
    "opens a review where it fails what was recorded as paid; failureIsFinal: %s",
    async (final) => {
      await shop.pay.close();
      await open({ failureIsFinal: final });
      const id = await opened();
      await record(id, { as: "succeeded", ...anna });
      await hear(id, "failed");
      expect(await reviews()).toEqual(["contradiction"]);
      expect((await shop.pay.payments.get(id))?.state).toBe("succeeded");
    },
  );

  it.each(["failed", "canceled"] as const)("opens a review where it pays what was recorded as %s", async (as) => {
    const id = await opened();
    await record(id, { as, ...anna });
    await hear(id, "succeeded");
    expect(told).toEqual([`payment.${as}`, "late payment.succeeded"]);
    expect(await reviews()).toEqual(["late_success"]);
  });
});

describe("a review that a person's word answers", () => {
  it("is closed in that person's name, and the shop is told", async () => {
    const id = await opened();
    await hear(id, "unrecognized");
    await record(id, { as: "succeeded", ...anna });
    expect(toldReviews).toEqual(["review.opened unrecognized", "review.resolved unrecognized"]);
    expect(await shop.pay.reviews.ofPayment(id)).toMatchObject([
      { kind: "unrecognized", status: "accepted", actions: [{ action: "accept", as: "succeeded", by: "Anna" }] },
    ]);
  });
});

describe("a record that is refused", () => {
  it.each([
    [{ as: "paid" }, "INVALID_REQUEST", "as"],
    [{ as: "pending" }, "INVALID_REQUEST", "as"],
    [{}, "INVALID_REQUEST", "as"],
    [{ as: "succeeded", by: undefined }, "INVALID_REQUEST", "by"],
    [{ as: "succeeded", by: " " }, "INVALID_REQUEST", "by"],
    [{ as: "succeeded", by: "a\u0000" }, "INVALID_REQUEST", "by"],
    [{ as: "succeeded", note: "" }, "INVALID_REQUEST", "note"],
    [{ as: "succeeded", note: "x".repeat(2001) }, "INVALID_REQUEST", "note"],
    [{ as: "succeeded", amount: 19.99 }, "INVALID_AMOUNT", "amount"],
    [{ as: "succeeded", amount: { value: 19.99, currency: "PLN" } }, "INVALID_AMOUNT", "amount"],
    [{ as: "succeeded", amount: { value: 1999, currency: "zł" } }, "INVALID_AMOUNT", "amount.currency"],
    [{ as: "failed", amount: ORDER.amount }, "INVALID_REQUEST", "amount"],
    [{ as: "succeeded", state: "succeeded" }, "INVALID_REQUEST", "state"],
  ])("changes nothing and names the field: %j", async (given, code, field) => {
    const id = await opened();
    const before = await kinds(id);
    const refused = shop.pay.payments.record(id, { ...anna, ...given } as never);
    await expect(refused).rejects.toMatchObject({ name: "PayError", code, field });
    expect(await kinds(id)).toEqual(before);
  });

  it.each(["failed", "canceled"] as const)("says that a paid payment cannot be %s", async (as) => {
    const id = await opened();
    await hear(id, "succeeded");
    const before = await kinds(id);
    await expect(record(id, { as, ...anna })).rejects.toMatchObject({ code: "ALREADY_SUCCEEDED", paymentId: id });
    expect(await kinds(id)).toEqual(before);
  });

  it.each(["pay_06erx0000000000000000000zz", "x", "", undefined])("finds no payment under %j", async (id) => {
    await expect(record(id as string, { as: "succeeded", ...anna })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
