import { afterEach, describe, expect, it } from "@jest/globals";
import { createShop, ORDER } from "../test/shop.ts";
import type { AnyPay } from "./contract/pay.ts";
import { fakeProvider } from "./testing/fake-provider.ts";

type Call = (pay: AnyPay, id: never) => unknown;

const NOTHING: Readonly<Record<string, readonly [call: Call, answer: unknown]>> = {
  "payments.get": [({ payments }, id) => payments.get(id), undefined],
  "payments.history": [({ payments }, id) => payments.history(id), []],
  "payments.refunds": [({ payments }, id) => payments.refunds(id), []],
  "reviews.get": [({ reviews }, id) => reviews.get(id), undefined],
  "reviews.ofPayment": [({ reviews }, id) => reviews.ofPayment(id), []],
  "deliveries.list": [({ deliveries }, id) => deliveries.list(id), []],
};
const REFUSALS: Readonly<Record<string, readonly [call: Call, error: { code: string; field?: string }]>> = {
  cancel: [(pay, id) => pay.cancel(id), { code: "NOT_FOUND" }],
  refund: [(pay, id) => pay.refund("cards", id, { idempotencyKey: "return-1" }), { code: "NOT_FOUND" }],
  "payments.record": [({ payments }, id) => payments.record(id, { as: "failed", by: "Anna" }), { code: "NOT_FOUND" }],
  "payments.list": [({ payments }, after) => payments.list({ after }), { code: "INVALID_REQUEST", field: "after" }],
  "orders.get": [({ orders }, id) => orders.get(id), { code: "INVALID_REQUEST", field: "orderId" }],
  "reviews.resolve": [({ reviews }, id) => reviews.resolve(id, { action: "dismiss" }), { code: "NOT_FOUND" }],
  "deliveries.redrive": [
    ({ deliveries }, id) => deliveries.redrive(id, { eventId: "evt_1", handler: "vip" }),
    { code: "NOT_FOUND" },
  ],
};
/** Methods that take no id. */
const OTHERS = ["on", "start", "checkout", "fetch", "health", "close", "reviews.list", "deliveries.failing"];

const ID = "pay_01kf0rdqg0fsmsb88mwfrw7dfs";
const VALUES: readonly (readonly [string, unknown])[] = [
  ["a number", 42],
  ["no number", Number.NaN],
  ["a bigint", 42n],
  ["null", null],
  ["a truth", true],
  ["an object", {}],
  ["an object that reads as an id", { toString: () => ID }],
  ["an object without a prototype", Object.create(null)],
  ["a list of an id", [ID]],
  ["a list of a review's id", [ID.replace("pay_", "rev_")]],
  ["bytes", new TextEncoder().encode(ID)],
  ["a text object", new String(ID)],
  ["a symbol", Symbol("id")],
  ["a function", () => ID],
  ["an empty text", ""],
  ["half a character", "\ud800"],
  ["an id with half a character", `${ID.slice(0, -1)}\ud800`],
  ["a NUL", "\u0000"],
  ["an id with a NUL", `${ID}\u0000`],
  ["an id on two lines", `${ID}\n`],
  ["a text of a megabyte", "p".repeat(2 ** 20)],
];

let pay: AnyPay;
afterEach(() => pay.close());

/** A started Pay with one payment. Forgets the calls of the store so far. */
async function started() {
  const cards = fakeProvider({ can: { refund: async () => ({ kind: "succeeded" }) } });
  const shop = createShop({ cards });
  pay = shop.pay as AnyPay;
  await pay.start();
  await pay.checkout({ ...ORDER, providerName: "cards" });
  await shop.clock.advance(0);
  const before = shop.store.calls.length;
  return { callsSince: () => shop.store.calls.slice(before) };
}

describe("what is no id names nothing, and the store is not asked for it:", () => {
  it.each(Object.entries(NOTHING))("%s finds nothing", async (_, [call, answer]) => {
    const { callsSince } = await started();
    for (const [name, value] of [...VALUES, ["nothing", undefined]]) {
      expect([name, await call(pay, value as never)]).toEqual([name, answer]);
    }
    expect(callsSince()).toEqual([]);
  });

  it.each(Object.entries(REFUSALS))("%s is refused", async (_, [call, error]) => {
    const { callsSince } = await started();
    for (const [name, value] of VALUES) {
      const thrown = await (async () => call(pay, value as never))().catch((caught: unknown) => caught);
      expect([name, thrown]).toEqual([name, expect.objectContaining({ name: "PayError", retryable: false, ...error })]);
    }
    expect(callsSince()).toEqual([]);
  });

  it("no method with an id is left out", async () => {
    await started();
    const methods = Object.entries(pay).flatMap(([name, member]) =>
      typeof member === "function" ? [name] : Object.keys(member).map((inner) => `${name}.${inner}`),
    );
    expect(methods.sort()).toEqual([...OTHERS, ...Object.keys(NOTHING), ...Object.keys(REFUSALS)].sort());
  });

  it("a read before the start is refused all the same", async () => {
    pay = createShop().pay as AnyPay;
    for (const [call] of Object.values(NOTHING)) {
      await expect(call(pay, 42 as never)).rejects.toMatchObject({ code: "NOT_STARTED" });
    }
  });
});
