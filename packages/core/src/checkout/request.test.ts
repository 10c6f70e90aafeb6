import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness } from "../../test/harness.ts";
import { PayError } from "../model/errors.ts";
import { fakeProvider } from "../testing/fake-provider.ts";

describe("checkout refuses a bad request before anything is stored or sent", () => {
  const buyer = { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" };
  const amount = (value: unknown, currency: unknown = "PLN") => ({ amount: { value: value, currency } });
  const circular: Record<string, unknown> = {};
  circular.self = circular;

  const BAD: readonly (readonly [name: string, over: object, field: string, code?: string])[] = [
    ["a currency the provider does not take", amount(1999, "USD"), "amount.currency"],
    ["a currency that does not exist", amount(1999, "ZZZ"), "amount.currency", "INVALID_AMOUNT"],
    ["a currency in lower case", amount(1999, "pln"), "amount.currency", "INVALID_AMOUNT"],
    ["a negative amount", amount(-1), "amount", "INVALID_AMOUNT"],
    ["zero", amount(0), "amount", "INVALID_AMOUNT"],
    ["minus zero", amount(-0), "amount", "INVALID_AMOUNT"],
    ["fractions of a grosz", amount(19.99), "amount", "INVALID_AMOUNT"],
    ["more than can be kept exactly", amount(2 ** 53), "amount", "INVALID_AMOUNT"],
    ["infinitely much", amount(Number.POSITIVE_INFINITY), "amount", "INVALID_AMOUNT"],
    ["no number", amount(Number.NaN), "amount", "INVALID_AMOUNT"],
    ["a number as text", amount("1999"), "amount", "INVALID_AMOUNT"],
    ["a bigint", amount(1999n), "amount", "INVALID_AMOUNT"],
    ["a bare number", { amount: 1999 }, "amount", "INVALID_AMOUNT"],
    ["no amount", { amount: undefined }, "amount", "INVALID_AMOUNT"],
    ["null for an amount", { amount: null }, "amount", "INVALID_AMOUNT"],
    ["an IP address with a port", { buyer: { ...buyer, ip: "203.0.113.7:443" } }, "buyer.ip"],
    ["an IP address out of range", { buyer: { ...buyer, ip: "203.0.113.256" } }, "buyer.ip"],
    ["an IP address with a zone", { buyer: { ...buyer, ip: "fe80::1%eth0" } }, "buyer.ip"],
    ["a list of IP addresses", { buyer: { ...buyer, ip: "203.0.113.7, 10.0.0.1" } }, "buyer.ip"],
    ["a number for an IP address", { buyer: { ...buyer, ip: 3405803783 } }, "buyer.ip"],
    ["an e-mail address without @", { buyer: { ...buyer, email: "buyer.example.com" } }, "buyer.email"],
    ["two e-mail addresses", { buyer: { ...buyer, email: "a@example.com,b@example.com" } }, "buyer.email"],
    [
      "an e-mail address with a line break",
      { buyer: { ...buyer, email: "a@example.com\nBcc: b@example.com" } },
      "buyer.email",
    ],
    ["an e-mail address without a domain", { buyer: { ...buyer, email: "buyer@localhost" } }, "buyer.email"],
    ["an endless e-mail address", { buyer: { ...buyer, email: `a@${"b.".repeat(200)}com` } }, "buyer.email"],
    ["a list for an e-mail address", { buyer: { ...buyer, email: ["a@example.com"] } }, "buyer.email"],
    ["a number for a language", { buyer: { ...buyer, language: 1 } }, "buyer.language"],
    ["null for a language", { buyer: { ...buyer, language: null } }, "buyer.language"],
    ["an unknown field of the buyer", { buyer: { ...buyer, phone: "1" } }, "buyer.phone"],
    ["no buyer", { buyer: undefined }, "buyer"],
    ["null for a buyer", { buyer: null }, "buyer"],
    ["a text for a buyer", { buyer: "buyer@example.com" }, "buyer"],
    ["a buyer without what the provider needs", { buyer: { email: "buyer@example.com" } }, "buyer.ip"],
    [
      "a buyer without what a fallback needs",
      { providerName: ["cards", "needy"], buyer: { ip: buyer.ip } },
      "buyer.email",
    ],
    ["http for a return address", { returnUrl: "http://shop.example/" }, "returnUrl"],
    ["a script for a return address", { returnUrl: "javascript:alert(1)" }, "returnUrl"],
    ["a path for a return address", { returnUrl: "/thanks" }, "returnUrl"],
    ["a return address with credentials", { returnUrl: "https://user:pw@shop.example/" }, "returnUrl"],
    ["a return address with a line break", { returnUrl: "https://shop.example/\r\nX: y" }, "returnUrl"],
    ["an endless return address", { returnUrl: `https://shop.example/${"a".repeat(2000)}` }, "returnUrl"],
    ["no return address", { returnUrl: undefined }, "returnUrl"],
    [
      "http after a failure",
      { returnUrl: { success: "https://a.example/", failure: "http://a.example/" } },
      "returnUrl.failure",
    ],
    ["no address after a failure", { returnUrl: { success: "https://a.example/" } }, "returnUrl.failure"],
    [
      "a third return address",
      { returnUrl: { success: "https://a.example/", failure: "https://a.example/", cancel: "x" } },
      "returnUrl.cancel",
    ],
    ["an unknown field", { callbackUrl: "https://evil.example/" }, "callbackUrl"],
    ["an empty order", { orderId: "" }, "orderId"],
    ["an endless order", { orderId: "x".repeat(201) }, "orderId"],
    ["an order with NUL", { orderId: "order\0" }, "orderId"],
    ["an order with a lone surrogate", { orderId: "order\ud800" }, "orderId"],
    ["a number for an order", { orderId: 42 }, "orderId"],
    ["an empty description", { description: "" }, "description"],
    ["a description of two lines", { description: "a\nb" }, "description"],
    ["an empty idempotency key", { idempotencyKey: "" }, "idempotencyKey"],
    ["a number for an idempotency key", { idempotencyKey: 1 }, "idempotencyKey"],
    ["a provider nobody configured", { providerName: "paypal" }, "providerName"],
    ["a provider named like a method", { providerName: "constructor" }, "providerName"],
    ["an unknown fallback", { providerName: ["cards", "paypal"] }, "providerName"],
    ["the same provider twice", { providerName: ["cards", "cards"] }, "providerName"],
    ["an empty list of providers", { providerName: [] }, "providerName"],
    ["a list with a hole", { providerName: new Array(1) }, "providerName"],
    ["a number for a provider", { providerName: 1 }, "providerName"],
    ["options of a provider not chosen", { options: { needy: {} } }, "options.needy"],
    ["a text for options", { options: "blik" }, "options"],
    ["null for options", { options: null }, "options"],
    ["a text for allowRepeat", { allowRepeat: "yes" }, "allowRepeat"],
    ["null for allowRepeat", { allowRepeat: null }, "allowRepeat"],
    ["options that contain themselves", { options: { cards: circular } }, "options"],
    ["options with a bigint", { options: { cards: { n: 1n } }, idempotencyKey: "k" }, "options"],
    ["what the adapter refuses", { options: { cards: { refuse: true } } }, "options.cards.refuse"],
  ];

  const refusing = () => {
    const cards = fakeProvider({ merchantAccount: "a", requiredBuyerFields: ["ip"], validate: refuseOption });
    const needy = fakeProvider({ merchantAccount: "b", requiredBuyerFields: ["ip", "email"] });
    return { harness: createHarness({ providers: { cards, needy } }), cards, needy };
  };

  it.each(BAD)("%s", async (_, over, field, code = "INVALID_REQUEST") => {
    const { harness, cards, needy } = refusing();
    const error = await errorOf(harness.checkout(over));
    expect({ code: error.code, field: error.field }).toEqual({ code, field });
    expect(error.retryable).toBe(false);
    expect(error.paymentId).toBeUndefined();
    expect(harness.store.calls).toEqual([]);
    expect([...cards.creates, ...needy.creates]).toEqual([]);
  });

  it.each([undefined, null, "order-1", 42, true])("%p for a request", async (request) => {
    const { harness, cards } = refusing();
    harness.request = () => request as never;
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "INVALID_REQUEST", field: "request" });
    expect(harness.store.calls).toEqual([]);
    expect(cards.creates).toEqual([]);
  });

  it.each([[[]], [{}], [() => {}]])("%p for a request, which has nothing in it", async (request) => {
    const { harness } = refusing();
    harness.request = () => request as never;
    expect((await errorOf(harness.checkout())).code).toBe("INVALID_REQUEST");
    expect(harness.store.calls).toEqual([]);
  });

  it.each<[object, string]>([
    [{ provider: "cards" }, "provider must be left out; did you mean providerName?"],
    [{ orderID: "order-1" }, "orderID must be left out; did you mean orderId?"],
    [{ buyer: { ipAddress: "203.0.113.7" } }, "buyer.ipAddress must be left out; did you mean ip?"],
    [
      { buyer: undefined },
      'buyer must be an object with the fields that the providers need, e.g. { ip: "203.0.113.7" }, or {} if they need none.',
    ],
  ])("%j, with the remedy", async (over, message) => {
    expect((await errorOf(refusing().harness.checkout(over))).message).toBe(message);
  });

  it("asks for a provider where there is no default", async () => {
    const harness = createHarness();
    Object.assign(harness.context, { defaultProviderName: undefined });
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "INVALID_REQUEST", field: "providerName" });
  });

  it("repeats no value in its errors", async () => {
    const { harness } = refusing();
    const canary = "canary\u0007value";
    for (const key of [
      "orderId",
      "description",
      "returnUrl",
      "buyer",
      "providerName",
      "idempotencyKey",
      "amount",
      "options",
    ]) {
      expect((await errorOf(harness.checkout({ [key]: canary }))).message).not.toContain("canary");
    }
  });

  it.each([
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:cb00:7107", "203.0.113.7"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ])("gives the gateway one spelling of the buyer's address, whichever the server shows: %s is %s", async (ip, one) => {
    const { harness, cards } = refusing();
    await harness.checkout({ buyer: { ip, email: "jan@example.pl" } });
    expect(cards.creates.map(({ buyer }) => buyer.ip)).toEqual([one]);
  });

  it.each(["constructor", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf"])(
    "takes a provider named %s, which objects inherit, with and without options of its own",
    async (name) => {
      const validated: unknown[] = [];
      const cards = fakeProvider({ validate: ({ options }) => void validated.push(options) });
      const harness = createHarness({ providers: { [name]: cards } });
      await harness.checkout({ providerName: name });
      await harness.checkout({ providerName: [name], options: { [name]: { method: "blik" } } });
      expect(validated).toEqual([undefined, { method: "blik" }]);
      expect(cards.creates.map(({ options }) => options)).toEqual([undefined, { method: "blik" }]);
      const stranger = await errorOf(harness.checkout({ options: { [`${name}X`]: {}, prototype: {} } }));
      expect(stranger).toMatchObject({ code: "INVALID_REQUEST", field: `options.${name}X` });
    },
  );

  it.each(["__proto__", "constructor", "prototype"])(
    "refuses options of a provider not chosen that is %s",
    async (name) => {
      const { harness } = refusing();
      const options = JSON.parse(`{"${name}":{"method":"blik"}}`);
      expect(await errorOf(harness.checkout({ options }))).toMatchObject({ code: "INVALID_REQUEST" });
      expect(harness.store.calls).toEqual([]);
    },
  );

  it.each([
    ...["pl-PL", "PL", "pl_PL", "pl-Latn-PL", "pl_PL.UTF-8", "pl@euro", "pl-PL,pl;q=0.9,en;q=0.8", " pl "].map(
      (text) => [text, "pl"],
    ),
    ["sr@latin", "sr"],
    ["xx-invalid-and-endless-0123456789", "xx"],
    ...["", " ", "C", "C.UTF-8", "POSIX", "*", "p-PL", "polski", "i-klingon", "\0"].map((text) => [text, "und"]),
  ])("takes the language %j, as browsers, systems and shops write it, and hands on %s", async (language, code) => {
    const { cards, harness } = refusing();
    await harness.checkout({ buyer: { ...buyer, language } });
    expect(cards.creates.map((create) => create.buyer.language)).toEqual([code]);
  });

  it("takes what is odd but right", async () => {
    const { harness } = refusing();
    const result = await harness.checkout({
      orderId: "Zamówienie nr 1/2026 — ½",
      buyer: { ip: "2001:db8::1", email: "o'brien+shop@sub.example.co.uk" },
      returnUrl: "http://localhost:3000/thanks",
      amount: { value: Number.MAX_SAFE_INTEGER, currency: "EUR" },
    });
    expect(result.amount.value).toBe(Number.MAX_SAFE_INTEGER);
  });
});

function refuseOption({ options }: { options?: unknown }): void {
  if ((options as { refuse?: boolean } | undefined)?.refuse) {
    throw new PayError("INVALID_REQUEST", "options.cards.refuse is refused.", { field: "options.cards.refuse" });
  }
}
