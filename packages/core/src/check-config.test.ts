import { describe, expect, it } from "@jest/globals";
import { container as root } from "tsyringe";
import { failureOf } from "../../../test/support/failure-of.ts";
import { SECRET } from "../test/harness.ts";
import { BASE, ORDER } from "../test/shop.ts";
import { watchedStore } from "../test/watched-store.ts";
import { PayError } from "./model/errors.ts";
import { createPay, registerPay } from "./pay.ts";
import { systemClock } from "./runtime/system.ts";
import { fakeProvider } from "./testing/fake-provider.ts";

describe("a bad configuration", () => {
  const cards = fakeProvider();
  const good = { ...BASE, providers: { cards }, store: watchedStore() };

  it.each([
    ["no providers", { providers: undefined }, "providers"],
    ["null for providers", { providers: null }, "providers"],
    ["an empty list of providers", { providers: {} }, "providers"],
    ["a provider that is none", { providers: { cards: {} } }, "providers.cards"],
    ["a provider that is missing", { providers: { cards: undefined } }, "providers.cards"],
    ["a factory not called", { providers: { cards: fakeProvider } }, "providers.cards"],
    ["a provider of another contract", { providers: { cards: { ...cards, contract: 2 } } }, "providers.cards"],
    ["a provider named with a slash", { providers: { "a/b": cards } }, "providers"],
    ["a provider named with nothing", { providers: { "": cards } }, "providers"],
    ["a default that is no provider", { default: "paypal" }, "default"],
    ["a default that is a method", { default: "constructor" }, "default"],
    ["a default that is no text", { default: 1 }, "default"],
    ["no store", { store: undefined }, "store"],
    ["null for a store", { store: null }, "store"],
    ["a path for a store", { store: "pay.db" }, "store"],
    ["a store that is none", { store: {} }, "store"],
    ["no base address", { baseUrl: undefined }, "baseUrl"],
    ["http for a base address", { baseUrl: "http://shop.example/pay" }, "baseUrl"],
    ["a path for a base address", { baseUrl: "/pay" }, "baseUrl"],
    ["a base address with a query", { baseUrl: "https://shop.example/pay?x=1" }, "baseUrl"],
    ["a base address with a fragment", { baseUrl: "https://shop.example/pay#x" }, "baseUrl"],
    ["a base address with credentials", { baseUrl: "https://u:p@shop.example/pay" }, "baseUrl"],
    ["a URL object for a base address", { baseUrl: new URL("https://shop.example/pay") }, "baseUrl"],
    ["no secret", { secret: undefined }, "secret"],
    ["a short secret", { secret: "canary" }, "secret"],
    ["no secrets", { secret: [] }, "secret"],
    ["one short secret of two", { secret: [SECRET, "canary"] }, "secret.1"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: nothing replaces it
    ["a placeholder for a secret", { secret: "${THE_SECRET_OF_THIS_SHOP_PRODUCTION}" }, "secret"],
    ["one character for a secret", { secret: "x".repeat(64) }, "secret"],
    ["a store that lacks a function", { store: { ...watchedStore(), leaseDeliveries: undefined } }, "store"],
    ["a clock that is none", { clock: {} }, "clock"],
    ...[Number.NaN, Infinity, -1, BigInt(1.7e12), new Date(1.7e12), "1700000000000", 1.7e15, undefined].map(
      (now): [string, object, string] => [
        `a clock that says ${typeof now} ${now}`,
        { clock: { now: () => now, sleep: async () => {} } },
        "clock",
      ],
    ),
    ["a clock in seconds", { clock: { now: () => 1_796_137_818, sleep: async () => {} } }, "clock"],
    ["a text for a logger", { logger: "console" }, "logger"],
    ["bytes for randomness", { random: new Uint8Array(32) }, "random"],
    ["an unknown field", { allowInsecure: true }, "allowInsecure"],
    ["a misspelt field", { defualt: "cards" }, "defualt"],
    ["a field of nobody's, which may be a secret", { sk_live_canary: 1 }, "(key 5)"],
  ])("%s is refused, by name", (_, over, field) => {
    expect(failureOf(() => createPay({ ...good, ...over } as never))).toEqual({ code: "INVALID_CONFIG", field });
  });

  it.each<[string, object, string]>([
    [
      "an unknown field",
      { allowInsecure: true },
      "allowInsecure must be left out; known keys are providers, default, retired, allowStranded, store, baseUrl, secret, logger, clock, random, onHttpExchange, onHandlerError.",
    ],
    ["a misspelt field", { defualt: "cards" }, "defualt must be left out; did you mean default?"],
    ["a shortened field", { base: "/pay" }, "base must be left out; did you mean baseUrl?"],
    [
      "a misspelt default",
      { default: "card" },
      "default must be the name of one of the providers; did you mean cards?",
    ],
    [
      "a list of providers",
      { providers: [cards] },
      "providers must be an object of providers by name, e.g. { cards: sellly({ … }) }.",
    ],
    ["an address for a store", { store: "sqlite:pay.db" }, 'store must be a store, e.g. sqliteStore("pay.db").'],
  ])("%s is refused with the remedy", (_, over, message) => {
    expect(() => createPay({ ...good, ...over } as never)).toThrow(new PayError("INVALID_CONFIG", message));
  });

  it.each([undefined, null, "pay.json", 1])("%p is refused", (config) => {
    expect(failureOf(() => createPay(config as never))).toEqual({ code: "INVALID_CONFIG", field: "config" });
    expect(failureOf(() => registerPay(root.createChildContainer(), config as never))).toEqual({
      code: "INVALID_CONFIG",
      field: "config",
    });
  });

  it.each([
    ["a number", Math.random],
    ["a list of numbers", (size: number) => new Array(size).fill(7)],
    ["too few", () => new Uint8Array(8)],
    ["too many", () => new Uint8Array(32)],
  ])("%s for random bytes is refused at the first checkout, before anything is stored", async (_, random) => {
    const store = watchedStore();
    const pay = createPay({ ...good, default: "cards", store, random: random as never });
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    store.calls.length = 0;
    await expect(pay.checkout(ORDER as never)).rejects.toMatchObject({ code: "INVALID_CONFIG", field: "random" });
    expect(store.calls).not.toContain("insert");
    await pay.close();
  });

  it("a clock with fractions of a millisecond is rounded, once for all", async () => {
    const store = watchedStore();
    const clock = { now: () => performance.timeOrigin + performance.now(), sleep: systemClock.sleep };
    const pay = createPay({ ...good, default: "cards", store, clock });
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    const { id } = await pay.checkout(ORDER as never);
    expect(Number.isInteger((await pay.payments.get(id))?.createdAt)).toBe(true);
    await pay.close();
  });

  it("shows no value", () => {
    const values = { default: "canary", baseUrl: "canary", secret: "canary", retired: ["canary"] };
    for (const [field, value] of Object.entries(values)) {
      let message = "";
      try {
        createPay({ ...good, [field]: value } as never);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toContain(field);
      expect(message).not.toContain("canary");
    }
  });
});
