import { describe, expect, it } from "@jest/globals";
import { type InjectionToken, container as root } from "tsyringe";
import { errorOf } from "../../../test/support/error-of.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { post } from "../test/requests.ts";
import { BASE, createShop, ORDER } from "../test/shop.ts";
import { watchedStore } from "../test/watched-store.ts";
import { CLOCK, LOGGER, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di.ts";
import { createPay, registerPay } from "./pay.ts";
import { memoryStore } from "./store/memory.ts";
import { fakeProvider } from "./testing/fake-provider.ts";
import { manualClock } from "./testing/manual-clock.ts";

const ONCE_PER_PROVIDER = "PAYMENT_PROVIDERS must be registered once per provider, each as { providerName, provider }.";

describe("in the app's own container", () => {
  it("uses what the app registered there: providers, store, clock and logger", async () => {
    const container = root.createChildContainer();
    const [first, second] = [fakeProvider({ merchantAccount: "a" }), fakeProvider({ merchantAccount: "b" })];
    const [store, clock, logger] = [watchedStore(), manualClock(), quietLogger()];
    container.register(PAYMENT_PROVIDERS, { useValue: { providerName: "first", provider: first } });
    container.register(PAYMENT_PROVIDERS, { useFactory: () => ({ providerName: "second", provider: second }) });
    container.register(PAYMENT_STORE, { useValue: store });
    container.register(CLOCK, { useValue: clock });
    container.register(LOGGER, { useValue: logger });
    registerPay(container, { ...BASE, default: "second" });
    const pay = container.resolve(PAY);
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    const payment = await pay.checkout(ORDER);
    expect([first.creates.length, second.creates.length]).toEqual([0, 1]);
    expect(payment.createdAt).toBe(clock.now());
    expect(store.calls).toContain("insert");
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/first`, "no JSON"));
    expect(logger.lines).toEqual([expect.objectContaining({ level: "warn" })]);
    await pay.close();
  });

  it("uses the clock and the logger that are registered above it", async () => {
    const [parent, clock, logger] = [root.createChildContainer(), manualClock(), quietLogger()];
    parent.register(CLOCK, { useValue: clock });
    parent.register(LOGGER, { useValue: logger });
    const container = parent.createChildContainer();
    registerPay(container, { ...BASE, providers: { cards: fakeProvider() }, store: watchedStore(), default: "cards" });
    const pay = container.resolve(PAY);
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    const { createdAt } = await pay.checkout(ORDER);
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, "no JSON"));
    await pay.close();
    expect([createdAt, logger.lines.length]).toEqual([clock.now(), 1]);
  });

  it("adds the configured providers to the registered ones", async () => {
    const container = root.createChildContainer();
    container.register(PAYMENT_PROVIDERS, {
      useValue: { providerName: "first", provider: fakeProvider({ merchantAccount: "a" }) },
    });
    registerPay(container, {
      ...BASE,
      providers: { second: fakeProvider({ merchantAccount: "b" }) },
      store: watchedStore(),
      clock: manualClock(),
    });
    const pay = container.resolve(PAY);
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    for (const provider of ["first", "second"]) {
      expect(await pay.checkout({ ...ORDER, providerName: provider })).toMatchObject({ providerName: provider });
    }
    await pay.close();
  });

  it("resolves one and the same Pay", () => {
    const container = root.createChildContainer();
    registerPay(container, { ...BASE, providers: { cards: fakeProvider() }, store: watchedStore() });
    expect(container.resolve(PAY)).toBe(container.resolve(PAY));
  });

  it("has room for one Pay, and a child container for another", () => {
    const container = root.createChildContainer();
    const config = () => ({ ...BASE, providers: { cards: fakeProvider() }, store: watchedStore() });
    registerPay(container, config());
    expect(failureOf(() => registerPay(container, config()))).toEqual({ code: "INVALID_CONFIG", field: "container" });
    const child = container.createChildContainer();
    registerPay(child, config());
    expect(child.resolve(PAY)).not.toBe(container.resolve(PAY));
  });

  it("shares no store and no providers with a Pay above it, whichever is registered first", () => {
    const [parent, provider] = [root.createChildContainer(), fakeProvider()];
    const child = parent.createChildContainer();
    const sibling = parent.createChildContainer();
    registerPay(child, { ...BASE, providers: { cards: provider } });
    parent.register(PAYMENT_STORE, { useValue: memoryStore() });
    parent.register(PAYMENT_PROVIDERS, { useValue: { providerName: "cards", provider } });
    registerPay(parent, BASE);
    registerPay(sibling, { ...BASE, store: memoryStore() });
    for (const [container, field] of [
      [child, "store"],
      [sibling, "providers"],
    ] as const) {
      expect(failureOf(() => container.resolve(PAY))).toEqual({ code: "INVALID_CONFIG", field });
      expect(() => container.resolve(PAY)).toThrow(
        /a container above this one has is not used.*register it in this container/,
      );
    }
    expect(parent.resolve(PAY)).toBeDefined();
  });

  it("is made of what its own container has, whichever container asks for it", async () => {
    const container = root.createChildContainer();
    const [store, other] = [watchedStore(), watchedStore()];
    registerPay(container, { ...BASE, providers: { cards: fakeProvider() }, store, default: "cards" });
    const below = container.createChildContainer();
    below.register(PAYMENT_STORE, { useValue: other });
    const pay = below.resolve(PAY);
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    await pay.close();
    expect([store.calls.length > 0, other.calls.length]).toEqual([true, 0]);
  });

  it("names what is missing or there twice when it is resolved", () => {
    const resolving = (prepare: (container: typeof root) => void) => {
      const container = root.createChildContainer();
      prepare(container);
      return failureOf(() => container.resolve(PAY));
    };
    const provider = fakeProvider();
    expect(resolving((container) => registerPay(container, BASE))).toEqual({
      code: "INVALID_CONFIG",
      field: "providers",
    });
    expect(resolving((container) => registerPay(container, { ...BASE, providers: { cards: provider } }))).toEqual({
      code: "INVALID_CONFIG",
      field: "store",
    });
    expect(
      resolving((container) => {
        container.register(PAYMENT_PROVIDERS, { useValue: { providerName: "cards", provider } });
        registerPay(container, { ...BASE, providers: { cards: provider }, store: watchedStore() });
      }),
    ).toEqual({ code: "INVALID_CONFIG", field: "providers.cards" });
  });

  const store = memoryStore();
  const cards = fakeProvider();
  it.each<[string, InjectionToken<unknown>, unknown, string]>([
    ["a clock without time", CLOCK, {}, "CLOCK must be a clock: add the functions now, sleep."],
    ["a text for a logger", LOGGER, "x", "LOGGER must be a logger: add the functions info, warn, error."],
    [
      "a list for a store",
      PAYMENT_STORE,
      [store],
      expect.stringMatching(/^PAYMENT_STORE must be .*update/) as unknown as string,
    ],
    [
      "a store that lacks something",
      PAYMENT_STORE,
      { ...store, overdue: undefined, leaseDeliveries: 1 },
      'PAYMENT_STORE must be a store, e.g. sqliteStore("pay.db"): add the functions leaseDeliveries, overdue.',
    ],
    ["a bare provider", PAYMENT_PROVIDERS, cards, ONCE_PER_PROVIDER],
    ["providers in one list", PAYMENT_PROVIDERS, [{ providerName: "a", provider: cards }], ONCE_PER_PROVIDER],
    ["a text for a provider", PAYMENT_PROVIDERS, "sellly", ONCE_PER_PROVIDER],
    [
      "a named provider that is none",
      PAYMENT_PROVIDERS,
      { providerName: "a", provider: {} },
      "providers.a must be made by an adapter, e.g. sellly({ … }).",
    ],
  ])("refuses %s by its token", async (_, token, useValue, message) => {
    const container = root.createChildContainer();
    container.register(token, { useValue });
    registerPay(container, { ...BASE, providers: { cards }, ...(token === PAYMENT_STORE ? {} : { store }) });
    const error = await errorOf((async () => container.resolve(PAY))());
    expect(error).toMatchObject({ code: "INVALID_CONFIG", message });
    expect(error.field).toBe(error.message.split(" ")[0]);
  });

  it("is left as it was by a configuration that is refused", () => {
    const container = root.createChildContainer();
    const config = { ...BASE, providers: { cards } };
    for (const wrong of [{ store: {} }, { store, clock: {} }, { store, logger: "x" }, { store, random: 1 }]) {
      const field = Object.keys(wrong).at(-1);
      const failure = failureOf(() => registerPay(container, { ...config, ...wrong } as never));
      expect(failure).toEqual({ code: "INVALID_CONFIG", field });
    }
    registerPay(container, { ...config, store });
    expect(container.resolve(PAY)).toBeDefined();
  });

  it("is not seen by another Pay of the process: payments, events and logs stay apart", async () => {
    const [one, other] = [createShop(), createShop()];
    for (const { pay } of [one, other]) await pay.start();
    const payment = await one.pay.checkout(ORDER);
    const callback = post(`${BASE.baseUrl}/callbacks/cards`, "no JSON");
    await other.pay.fetch(callback);
    expect(await one.pay.payments.get(payment.id)).toBeDefined();
    expect(await other.pay.payments.get(payment.id)).toBeUndefined();
    expect([one.cards.creates.length, other.cards.creates.length]).toEqual([1, 0]);
    expect([one.logger.lines.length, other.logger.lines.length]).toEqual([0, 1]);
    for (const { pay } of [one, other]) await pay.close();
  });

  it("is not looked into by createPay", () => {
    const tokens = [PAYMENT_PROVIDERS, PAYMENT_STORE] as const;
    root.register(tokens[0], { useValue: { providerName: "foreign", provider: fakeProvider() } });
    root.register(tokens[1], { useValue: watchedStore() });
    for (const token of [CLOCK, LOGGER]) root.register<unknown>(token, { useValue: "not looked at" });
    try {
      expect(failureOf(() => createPay({ ...BASE, providers: {}, store: watchedStore() }))).toEqual({
        code: "INVALID_CONFIG",
        field: "providers",
      });
      expect(failureOf(() => createPay({ ...BASE, providers: { cards: fakeProvider() } } as never))).toEqual({
        code: "INVALID_CONFIG",
        field: "store",
      });
      const pay = createPay({ ...BASE, providers: { cards: fakeProvider() }, store: watchedStore() });
      expect(pay).toBeDefined();
    } finally {
      root.reset();
    }
  });

  it("knows its tokens in every copy of this package", () => {
    expect(
      [PAY, PAYMENT_PROVIDERS, PAYMENT_STORE, CLOCK, LOGGER].map((token) => Symbol.keyFor(token as symbol)),
    ).toEqual([
      "@pay/core/PAY",
      "@pay/core/PAYMENT_PROVIDERS",
      "@pay/core/PAYMENT_STORE",
      "@pay/core/CLOCK",
      "@pay/core/LOGGER",
    ]);
  });
});
