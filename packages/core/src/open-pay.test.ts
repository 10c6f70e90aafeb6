import { afterEach, describe, expect, it } from "@jest/globals";
import { post } from "../test/requests.ts";
import { BASE, createShop, ORDER } from "../test/shop.ts";
import { watchedStore } from "../test/watched-store.ts";
import { openPay } from "./pay.ts";
import { fakeProvider } from "./testing/fake-provider.ts";

describe("a Pay that was opened to be read", () => {
  let shop: ReturnType<typeof createShop>;
  afterEach(async () => {
    const closing = shop.pay.close();
    await shop.clock.advance(60_000);
    await closing;
  });

  async function paid() {
    shop = createShop();
    shop.pay.on("payment.succeeded", "books", () => {
      throw new Error("closed");
    });
    await shop.pay.start();
    const { id } = await shop.pay.checkout({ ...ORDER, providerName: "cards" });
    await shop.pay.fetch(
      post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: `R-${id}` }),
    );
    await shop.clock.advance(1000);
    return id;
  }

  it("reads what the shop beside it keeps, and asks the store for nothing else", async () => {
    const id = await paid();
    const store = watchedStore(shop.store);
    const reader = await openPay({ ...BASE, providers: { cards: fakeProvider() }, default: "cards", store });
    expect(await reader.payments.get(id)).toMatchObject({ id, state: "succeeded" });
    expect(await reader.orders.get("order-1")).toMatchObject({ state: "paid", payments: [{ id }] });
    expect((await reader.payments.list({ providerName: "cards" })).payments).toHaveLength(1);
    expect((await reader.payments.history(id)).length).toBeGreaterThan(1);
    expect(await reader.payments.refunds(id)).toEqual([]);
    expect((await reader.reviews.list()).reviews).toEqual([]);
    expect(await reader.reviews.ofPayment(id)).toEqual([]);
    expect(await reader.reviews.get(id.replace("pay_", "rev_"))).toBeUndefined();
    expect((await reader.deliveries.list(id)).map(({ status }) => status)).toEqual(["delivered", "due"]);
    expect(await reader.deliveries.failing()).toHaveLength(1);
    await reader.close();
    await reader.close();
    const reads = ["payment", "order", "history", "payments", "history", "payment", "openReviews", "reviewsOfPayment"];
    expect(store.calls).toEqual(["openReadOnly", ...reads, "review", "deliveries", "failingDeliveries", "close"]);
    await expect(reader.payments.get(id)).rejects.toMatchObject({ code: "NOT_STARTED" });
  });

  it("has no method that changes or delivers anything", async () => {
    await paid();
    const { close, ...rest } = await openPay({ store: watchedStore(shop.store) });
    const names = Object.entries(rest).flatMap(([part, methods]) =>
      Object.keys(methods).map((name) => `${part}.${name}`),
    );
    expect(names.toSorted()).toEqual([
      ...["deliveries.failing", "deliveries.list"],
      ...["orders.get", "payments.get", "payments.history", "payments.list", "payments.refunds"],
      ...["reviews.get", "reviews.list", "reviews.ofPayment"],
    ]);
    await close();
  });

  it("finds the payments of a provider that was taken out of the configuration", async () => {
    const id = await paid();
    for (const providers of [undefined, { other: fakeProvider() }]) {
      const reader = await openPay({ ...(providers && { providers }), store: watchedStore(shop.store) });
      expect((await reader.payments.list({ providerName: "cards" })).payments).toMatchObject([{ id }]);
      expect((await reader.payments.list({ providerName: "never-configured" })).payments).toEqual([]);
    }
  });

  it("is refused without a store, and with what no Pay takes", async () => {
    await paid();
    await expect(openPay({} as never)).rejects.toMatchObject({ code: "INVALID_CONFIG", field: "store" });
    const misspelt = openPay({ store: watchedStore(), provider: {} } as never);
    await expect(misspelt).rejects.toMatchObject({ code: "INVALID_CONFIG", field: "provider" });
  });
});
