import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { insertRequestOf, newRecord } from "../../../../test/support/records.ts";
import { seededRandom } from "../../../../test/support/seeded-random.ts";
import { createShop, ORDER } from "../../test/shop.ts";
import { watchedStore } from "../../test/watched-store.ts";
import type { PaymentQuery } from "../contract/pay.ts";
import { createIds, type PaymentId, type ProviderReference } from "../model/ids.ts";
import type { Payment } from "../model/payment.ts";
import { listPayments, MOST_WINDOWS, WINDOW } from "./list.ts";

const NOON = Date.UTC(2026, 0, 15, 12);
const ids = createIds(() => NOON, seededRandom(1));

/** A store with payments one second apart, the first at noon. Returns them newest first. */
async function seeded(count: number, of: (n: number) => Partial<Payment> = () => ({})) {
  const store = watchedStore();
  const made: Payment[] = [];
  for (let n = 0; n < count; n++) {
    const createdAt = NOON + n * 1000;
    const record = newRecord({ id: ids.payment(createdAt), createdAt, orderId: `order ${n}`, ...of(n) });
    await store.insert(insertRequestOf(record));
    made.unshift(record.payment);
  }
  store.calls.length = 0;
  const list = (query?: PaymentQuery) => listPayments(store, query);
  return { store, made, list };
}

/** The payments of all pages, and the number on each page. */
async function pages(list: (query: PaymentQuery) => ReturnType<typeof listPayments>, query: PaymentQuery) {
  const payments: Payment[] = [];
  const sizes: number[] = [];
  for (let after: string | undefined; ; ) {
    const page = await list({ ...query, ...(after !== undefined && { after }) });
    payments.push(...page.payments);
    sizes.push(page.payments.length);
    if (page.next === undefined) return { payments, sizes };
    after = page.next;
  }
}

describe("a list of payments", () => {
  it("finds them by the gateway's number, by part of the order's id and by amount, as filters like the others", async () => {
    const amount = { value: 2999, currency: "PLN" };
    const { list, made } = await seeded(30, (n) => ({
      ...(n % 2 && { providerReference: `T-${n}` as ProviderReference }),
      ...(n % 3 === 0 && { amount }),
    }));
    const found = async (query: PaymentQuery) => (await list(query)).payments.map(({ orderId }) => orderId);
    expect(await found({ providerReference: "T-17" })).toEqual(["order 17"]);
    expect(await found({ providerReference: "T-17", state: "failed" })).toEqual([]);
    expect(await found({ orderIdContains: "r 2" })).toEqual(
      made.map(({ orderId }) => orderId).filter((id) => id.startsWith("order 2")),
    );
    expect(await found({ orderIdContains: "2", amount })).toEqual(["order 27", "order 24", "order 21", "order 12"]);
    expect((await list({ amount, limit: 3 })).next).toBeDefined();
  });

  it("is of the newest fifty, and goes on from there", async () => {
    const { list, made, store } = await seeded(120);
    expect((await list()).payments).toEqual(made.slice(0, 50));
    expect(await pages(list, {})).toEqual({ payments: made, sizes: [50, 50, 20] });
    expect(store.calls).toEqual(Array(4).fill("payments"));
  });

  it("says nothing of a next page where there is none", async () => {
    const { list, made } = await seeded(50);
    expect(await list()).toEqual({ payments: made });
    expect(await list({ limit: 200 })).toEqual({ payments: made });
    expect((await list({ limit: 49 })).next).toBe(made[48]?.id);
    expect(await list({ after: made[48]!.id })).toEqual({ payments: [made[49]] });
    expect(await list({ after: made[49]!.id })).toEqual({ payments: [] });
  });

  it("shows what shops see of a payment, and nothing besides", async () => {
    const { pay } = createShop();
    await pay.start();
    const { id } = await pay.checkout(ORDER);
    expect(await pay.payments.list()).toEqual({ payments: [await pay.payments.get(id)] });
    await pay.close();
  });

  it("is of one order, provider or state, or of all of these", async () => {
    const { list, made } = await seeded(12, (n) => ({
      state: n % 2 ? "failed" : "pending",
      providerName: n % 3 ? "cards" : "psc",
    }));
    const those = (fits: (payment: Payment) => boolean) => made.filter(fits);
    expect((await list({ orderId: "order 7" })).payments).toEqual([made[4]]);
    expect((await list({ state: "failed" })).payments).toEqual(those(({ state }) => state === "failed"));
    expect((await list({ providerName: "psc" })).payments).toEqual(
      those(({ providerName: provider }) => provider === "psc"),
    );
    const both = those(({ providerName: provider, state }) => provider === "psc" && state === "failed");
    expect((await list({ providerName: "psc", state: "failed" })).payments).toEqual(both);
    expect((await list({ providerName: "psc", orderId: "order 7" })).payments).toEqual([]);
  });

  it("is of the payments created from a moment on and before another one", async () => {
    const { list, made } = await seeded(10);
    const [from, to] = [NOON + 3000, NOON + 6000];
    expect((await list({ from, to })).payments).toEqual(made.slice(4, 7));
    expect((await list({ from: new Date(from), to: new Date(to) })).payments).toEqual(made.slice(4, 7));
    expect((await list({ from: to })).payments).toEqual(made.slice(0, 4));
    expect((await list({ to: from })).payments).toEqual(made.slice(7));
    expect(await pages(list, { from, to, limit: 2 })).toEqual({ payments: made.slice(4, 7), sizes: [2, 1] });
    expect((await list({ from: 0, to: Number.MAX_SAFE_INTEGER })).payments).toEqual(made);
    expect((await list({ from: new Date(8.64e15) })).payments).toEqual([]);
    expect((await list({ to: new Date(-1) })).payments).toEqual([]);
  });

  it("has payments of a moment whose ids are a little older or newer, as earlier versions made them", async () => {
    const apart = [-59_000, -1, 0, 1, 59_000];
    const { list } = await seeded(5, (n) => ({ id: ids.payment(NOON + apart[n]!), createdAt: NOON }));
    expect((await list({ from: NOON, to: NOON + 1 })).payments).toHaveLength(5);
    expect((await list({ from: NOON + 1 })).payments).toEqual([]);
    expect((await list({ to: NOON })).payments).toEqual([]);
  });

  it("asks the store for ids near the moments alone", async () => {
    const { store } = await seeded(1);
    const asked: unknown[] = [];
    const payments = async (search: unknown) => {
      asked.push(search);
      return { payments: [] };
    };
    const after = ids.payment(NOON - 1);
    const [from, to] = [NOON - 3_600_000, NOON];
    await listPayments({ ...store, payments }, { from, to });
    await listPayments({ ...store, payments }, { from, to, after });
    const idOf = (at: number) => ids.payment(at).slice(0, 14);
    expect(asked).toMatchObject([
      {
        idFrom: expect.stringMatching(`^${idOf(from - 60_000)}0{16}$`),
        idBefore: expect.stringMatching(`^${idOf(to + 60_000)}0{16}$`),
      },
      { createdFrom: from, createdBefore: to, idBefore: after },
    ]);
  });
});

describe("a payment as checkout makes it", () => {
  it("has the moment of its creation in its id, whatever the clock does", async () => {
    const { pay, clock } = createShop();
    await pay.start();
    const now = clock.now;
    let reads = 0;
    // The clock advances between any two readings.
    Object.assign(clock, { now: () => now() + 3_600_000 * reads++ });
    const { createdAt, id } = await pay.checkout(ORDER);
    Object.assign(clock, { now });
    expect(id.slice(0, 14)).toBe(ids.payment(createdAt).slice(0, 14));
    expect((await pay.payments.list({ from: createdAt, to: createdAt + 1 })).payments).toHaveLength(1);
    await pay.close();
  });
});

describe("a search for what is rare", () => {
  const rare = (count: number) => seeded(count, (n) => ({ state: n === 0 ? "failed" : "pending" }));

  it("goes on window by window until it has found it, and lets others have their turn between", async () => {
    const { list, made, store } = await rare(2 * WINDOW + 1);
    let turns = 0;
    const count = () => {
      turns++;
      if (turns < 100) setImmediate(count);
    };
    setImmediate(count);
    expect(await list({ state: "failed" })).toEqual({ payments: [made.at(-1)] });
    expect(store.calls).toEqual(Array(3).fill("payments"));
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  it("ends after so many windows with what it has, and goes on where it was", async () => {
    const asked: (PaymentId | undefined)[] = [];
    const nexts = Array.from({ length: 2 * MOST_WINDOWS }, (_, n) => ids.payment(NOON - n));
    const store = {
      async payments({ idBefore, limit }: { readonly idBefore?: PaymentId; readonly limit: number }) {
        asked.push(idBefore);
        const found = newRecord({ id: ids.payment(), state: "failed" });
        const fits = asked.length === 2 ? [found] : [];
        expect(limit).toBe(asked.length > 2 && asked.length <= MOST_WINDOWS ? 49 : 50);
        return { payments: fits, next: nexts[asked.length - 1]! };
      },
    };
    const page = await listPayments(store, { state: "failed" });
    expect(page.payments).toHaveLength(1);
    expect(page.next).toBe(nexts[MOST_WINDOWS - 1]);
    expect(asked).toEqual([undefined, ...nexts.slice(0, MOST_WINDOWS - 1)]);
    expect(await listPayments(store, { state: "failed", after: page.next! })).toEqual({
      payments: [],
      next: nexts.at(-1),
    });
    expect(asked.slice(MOST_WINDOWS)).toEqual(nexts.slice(MOST_WINDOWS - 1, -1));
  });
});

describe("a query is refused, and the store not asked, for", () => {
  it.each<[string, unknown, string]>([
    ["no object", "failed", "query"],
    ["null", null, "query"],
    ["a field that is not known", { status: "failed" }, "status"],
    ["a state that does not exist", { state: "paid" }, "state"],
    ["several states", { state: ["failed"] }, "state"],
    ["a provider that is no name", { providerName: "pay pal" }, "providerName"],
    ["a provider of no character", { providerName: "" }, "providerName"],
    ["a provider with a NUL", { providerName: "cards\0" }, "providerName"],
    ["a provider that is a list", { providerName: ["cards"] }, "providerName"],
    ["an order without a name", { orderId: "" }, "orderId"],
    ["an order that is a number", { orderId: 42 }, "orderId"],
    ["an order of 201 characters", { orderId: "x".repeat(201) }, "orderId"],
    ["an order with a NUL", { orderId: "a\0" }, "orderId"],
    ["a part of an order without a character", { orderIdContains: "" }, "orderIdContains"],
    ["a part of an order that is a pattern", { orderIdContains: /1/ }, "orderIdContains"],
    ["a reference that is a number", { providerReference: 1001 }, "providerReference"],
    ["a reference with a line feed", { providerReference: "T\n1" }, "providerReference"],
    ["an amount as a number", { amount: 19.99 }, "amount"],
    ["an amount without a currency", { amount: { value: 1999 } }, "amount.currency"],
    ["a date that is none", { from: new Date("yesterday") }, "from"],
    ["a date as text", { from: "2026-01-15" }, "from"],
    ["half a millisecond", { to: NOON + 0.5 }, "to"],
    ["no number", { to: Number.NaN }, "to"],
    ["an endless time", { to: Number.POSITIVE_INFINITY }, "to"],
    ["an end before its beginning", { from: NOON, to: NOON - 1 }, "to"],
    ["an end at its beginning", { from: NOON, to: new Date(NOON) }, "to"],
    ["a next that is none", { after: "2" }, "after"],
    ["a next with an end of its own", { after: `${ids.payment()}'` }, "after"],
    ["a page number", { after: 2 }, "after"],
    ["a page of nothing", { limit: 0 }, "limit"],
    ["a page of less", { limit: -1 }, "limit"],
    ["a page of 201", { limit: 201 }, "limit"],
    ["a page of one and a half", { limit: 1.5 }, "limit"],
    ["a page as text", { limit: "50" }, "limit"],
  ])("%s", async (_, query, field) => {
    const { list, store } = await seeded(1);
    const error = await errorOf(list(query as PaymentQuery));
    const code = field.startsWith("amount") ? "INVALID_AMOUNT" : "INVALID_REQUEST";
    expect(error).toMatchObject({ code, field });
    expect(store.calls).toEqual([]);
  });
});

describe("a query", () => {
  it("may leave its fields undefined", async () => {
    const { list, made } = await seeded(1);
    const query = { state: undefined, from: undefined, after: undefined, limit: undefined };
    expect(await list(query as unknown as PaymentQuery)).toEqual({ payments: made });
  });
});
