import { afterEach, describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { quietLogger } from "../../../../test/support/quiet-logger.ts";
import { SECRET } from "../../test/harness.ts";
import { post } from "../../test/requests.ts";
import { OLD_SECRET } from "../../test/server.ts";
import { BASE, ORDER } from "../../test/shop.ts";
import { watchedStore } from "../../test/watched-store.ts";
import type { AnyPay, PayConfig } from "../contract/pay.ts";
import { createPay } from "../pay.ts";
import { memoryStore } from "../store/memory.ts";
import { type FakeProvider, fakeProvider } from "../testing/fake-provider.ts";
import { manualClock } from "../testing/manual-clock.ts";

type Settings = Partial<Omit<PayConfig<Record<string, FakeProvider>, string>, "providers">>;

const own = (merchantAccount = "own:1") =>
  fakeProvider({ name: "own", merchantAccount, callback: { correlation: "callback-url" } });
const cards = (merchantAccount = "cards:1") => fakeProvider({ name: "cards", merchantAccount });

const open: AnyPay[] = [];
afterEach(async () => {
  for (const pay of open.splice(0)) await pay.close();
});

/** Starts one Pay after the other on the same store, as a shop does that changes its configuration. */
function createShop() {
  const kept = memoryStore();
  const logger = quietLogger();
  const clock = manualClock();
  async function start(providers: Record<string, FakeProvider>, settings: Settings = {}) {
    const store = watchedStore(kept);
    const pay: AnyPay = createPay({ ...BASE, providers, store, logger, clock, ...settings });
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    open.push(pay);
    return pay;
  }
  let orders = 0;
  return {
    logger,
    clock,
    start,
    /** Starts a shop with this configuration, opens `count` payments per provider, and closes it. */
    async opened(providers: Record<string, FakeProvider>, count = 1, settings: Settings = {}) {
      const pay = await start(providers, settings);
      const names = Object.keys(providers).flatMap((name) => Array<string>(count).fill(name));
      for (const provider of names)
        await pay.checkout({ ...ORDER, orderId: `order-${++orders}`, providerName: provider });
      await pay.close();
    },
    refusal: (providers: Record<string, FakeProvider>, settings: Settings = {}) => errorOf(start(providers, settings)),
  };
}

describe("start", () => {
  it("refuses while open payments have no provider any more, counts them and names the remedy", async () => {
    const shop = createShop();
    await shop.opened({ psc: own(), cards: cards() }, 3);
    const error = await shop.refusal({ psc: own() });
    expect(error).toMatchObject({ code: "INVALID_CONFIG", field: "providers" });
    expect(error.message).toContain(
      "3 open payments of cards:1 without a provider: configure cards for it, and list it in retired if",
    );
    expect(error.message).not.toContain("own:1");
    await shop.start({ psc: own(), cards: cards() });
  });

  it("takes any provider of the account where callbacks come to a fixed address", async () => {
    const shop = createShop();
    await shop.opened({ cards: cards() });
    await shop.start({ renamed: cards() });
    expect(shop.logger.lines).toEqual([]);
  });

  it("refuses while the callback addresses of open payments bear a name that is gone", async () => {
    const shop = createShop();
    await shop.opened({ psc: own() }, 2);
    for (const providers of [{ renamed: own() }, { renamed: own(), psc: own("own:2") }]) {
      const error = await shop.refusal(providers);
      expect(error.message).toContain("2 open payments of own:1 with callback addresses of psc");
    }
    await shop.start({ renamed: own(), psc: own() });
  });

  it("refuses while the callback addresses of open payments are of a secret that is gone, and only these", async () => {
    const shop = createShop();
    await shop.opened({ psc: own(), cards: cards() }, 2, { secret: OLD_SECRET });
    await shop.opened({ psc: own(), cards: cards() }, 1, { secret: [SECRET, OLD_SECRET] });
    const error = await shop.refusal({ psc: own(), cards: cards() }, { secret: SECRET });
    expect(error.field).toBe("secret");
    expect(error.message).toBe(
      "secret must include the old secret too: give both, the new one first, as secret: [NEW, OLD]. The store has " +
        "2 open payments of own:1 with callback addresses signed with a missing secret.",
    );
    expect(error.message).not.toContain("cards:1");
    expect(error.message).not.toContain(OLD_SECRET);
    await shop.start({ psc: own(), cards: cards() }, { secret: [SECRET, OLD_SECRET] });
  });

  it("warns while open payments with a fixed callback address are of a secret that is gone, and only these", async () => {
    const shop = createShop();
    const gateway = cards();
    await shop.opened({ cards: gateway }, 2, { secret: OLD_SECRET });
    await shop.opened({ cards: gateway }, 1, { secret: [SECRET, OLD_SECRET] });
    await shop.start({ cards: gateway }, { secret: SECRET });
    const lost =
      "2 open payments of cards:1 from before the secret was replaced: list the old secret after the new one. Until then, buyers " +
      "cannot open their forms, and checkout refuses the idempotency keys of these payments";
    expect(shop.logger.lines).toEqual([
      { level: "warn", message: "Payments need a secret that is not configured.", fields: { lost } },
    ]);
    await shop.start({ cards: gateway }, { secret: [SECRET, OLD_SECRET] });
    expect(shop.logger.lines).toHaveLength(1);
  });

  it("refuses as well while refunds of its paid payments are under way", async () => {
    const shop = createShop();
    const store = watchedStore(memoryStore());
    const row = { adapter: "a", merchantAccount: "a:1", providerName: "a", keyId: "gone" };
    const start = (payments: number, refunds: number, providers: Record<string, FakeProvider>) => {
      store.openPaymentsByAccount = async () => [{ ...row, payments, refunds }];
      const pay: AnyPay = createPay({ ...BASE, providers, store, logger: shop.logger });
      pay.on("payment.succeeded", "vip", () => {});
      return pay.start().then(() => pay.close());
    };
    expect((await errorOf(start(0, 1, { cards: cards() }))).message).toContain(
      "1 payment with a refund under way of a:1 without a provider: configure a for it",
    );
    expect((await errorOf(start(2, 3, { cards: cards() }))).message).toContain(
      "2 open payments and 3 payments with refunds under way of a:1 without a provider",
    );
    // The refund's own callback address may have a newer key.
    await start(0, 1, { a: own("a:1") });
    expect((await errorOf(start(1, 1, { a: own("a:1") }))).message).toContain("a missing secret");
  });

  it("names the providers, and every remedy, where a provider and a secret are missing", async () => {
    const shop = createShop();
    await shop.opened({ psc: own(), cards: cards() }, 1, { secret: OLD_SECRET });
    const error = await shop.refusal({ psc: own() }, { secret: SECRET });
    expect(error.field).toBe("providers");
    expect(error.message).toContain("configure cards for it");
    expect(error.message).toContain("signed with a missing secret: add it after the new one, in a list");
  });

  it("leaves nothing open when it refuses, and can be tried again", async () => {
    const shop = createShop();
    await shop.opened({ cards: cards() });
    const store = watchedStore(memoryStore());
    store.openPaymentsByAccount = async () => [
      { adapter: "a", merchantAccount: "a:1", providerName: "a", keyId: "k", payments: 1, refunds: 0 },
    ];
    const pay: AnyPay = createPay({ ...BASE, providers: { cards: cards() }, store });
    pay.on("payment.succeeded", "vip", () => {});
    expect(await errorOf(pay.start())).toMatchObject({ code: "INVALID_CONFIG" });
    expect(store.calls).toEqual(["start", "close"]);
    store.openPaymentsByAccount = async () => [];
    await pay.start();
    await pay.close();
  });

  it("does not mind closed payments", async () => {
    const shop = createShop();
    const gateway = cards();
    const pay = await shop.start({ cards: gateway });
    const { providerReference } = await pay.checkout({ ...ORDER, providerName: "cards" });
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference }));
    await pay.close();
    await shop.start({ psc: own() });
  });

  it("warns and goes on where it is told to", async () => {
    const shop = createShop();
    await shop.opened({ cards: cards() });
    await shop.start({ psc: own() }, { allowStranded: true });
    const missing = expect.stringContaining("1 open payment of cards:1 without a provider");
    expect(shop.logger.lines).toEqual([{ level: "warn", message: "Payments are stranded.", fields: { missing } }]);
  });

  it("where it is told to, ends the payments that it found stranded, and none that another process opens later", async () => {
    const shop = createShop();
    await shop.opened({ cards: cards() });
    const pay = await shop.start({ psc: own() }, { allowStranded: true });
    const other = await shop.start({ psc: own(), cards: cards(), added: cards("cards:2") });
    const { id } = await other.checkout({ ...ORDER, orderId: "order-2", providerName: "added" });
    await other.close();
    await shop.clock.advance(2 * 86_400_000);
    const [stranded] = (await pay.orders.get("order-1")).payments;
    expect([stranded?.state, (await pay.payments.get(id))?.state]).toEqual(["expired", "pending"]);
  });
});

describe("a retired provider", () => {
  it("goes on with its payments, and is not offered any more", async () => {
    const shop = createShop();
    const gateway = cards();
    await shop.opened({ cards: gateway });
    const pay = await shop.start({ psc: own(), cards: gateway }, { retired: ["cards"] });
    const [payment] = (await pay.orders.get("order-1")).payments;
    const reply = await pay.fetch(
      post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: payment?.providerReference }),
    );
    expect(reply.status).toBe(200);
    expect((await pay.payments.get(payment!.id))?.state).toBe("succeeded");
    for (const provider of ["cards", ["psc", "cards"]]) {
      const error = await errorOf(pay.checkout({ ...ORDER, orderId: "order-9", providerName: provider }));
      expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "providerName" });
    }
    expect(gateway.creates).toHaveLength(1);
    await pay.checkout({ ...ORDER, orderId: "order-9", providerName: "psc" });
  });

  it.each<[string, Settings, string]>([
    ["is not there", { retired: ["paypal"] }, "retired"],
    ["is the only one", { retired: ["cards"] }, "retired"],
    ["is no list", { retired: {} as never }, "retired"],
  ])("is refused where it %s", (_, settings, field) => {
    const providers: Record<string, FakeProvider> = { cards: cards() };
    const config = { ...BASE, providers, store: memoryStore(), ...settings };
    expect(failureOf(() => createPay(config))).toEqual({ code: "INVALID_CONFIG", field });
  });

  it("cannot be the default", () => {
    const providers = { psc: own(), cards: cards() };
    const config = { ...BASE, providers, store: memoryStore(), retired: ["cards"], default: "cards" } as const;
    expect(failureOf(() => createPay(config))).toEqual({ code: "INVALID_CONFIG", field: "default" });
  });
});
