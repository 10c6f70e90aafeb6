import { type Channel, channel } from "node:diagnostics_channel";
import { request as requestHttp } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type AnyPay, isPayError, type PayError } from "@pay/core";
import { BUYER, type Gateway, RETURN_URL, type Shop, startShop } from "./support/shop.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});

afterAll(() => shop.close());

/** The diagnostics channel in which Node's fetch reports every request it starts. */
const requests: Channel = channel("undici:request:create");

/** Runs a call that must fail, and returns its error. It checks that nothing was written and no gateway was called. */
async function refused(work: () => Promise<unknown>): Promise<PayError> {
  const before = shop.database.dump();
  let asked = 0;
  const count = () => asked++;
  requests.subscribe(count);
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  requests.unsubscribe(count);
  expect(shop.database.dump()).toEqual(before);
  expect(asked).toBe(0);
  if (!isPayError(error)) throw new Error("It was not refused with a PayError.");
  return error;
}

describe("a checkout is refused, nothing is stored and no gateway is asked, for", () => {
  const pln = (amount: unknown) => ({ amount: { value: amount, currency: "PLN" } });
  const inCurrency = (currency: unknown) => ({ amount: { value: 1999, currency } });
  const by = (changes: object) => ({ buyer: { ...BUYER, ...changes } });

  it.each<[string, Gateway, object, string, string]>([
    ["a currency GOSetti.pl does not take", "psc", inCurrency("EUR"), "INVALID_REQUEST", "amount.currency"],
    ["a currency Sellly does not take", "cards", inCurrency("GBP"), "INVALID_REQUEST", "amount.currency"],
    ["a currency that does not exist", "cards", inCurrency("ABC"), "INVALID_AMOUNT", "amount.currency"],
    ["a currency in lower case", "psc", inCurrency("pln"), "INVALID_AMOUNT", "amount.currency"],
    ["a currency that is no text", "psc", inCurrency(["PLN"]), "INVALID_AMOUNT", "amount.currency"],
    ["a negative amount", "psc", pln(-1), "INVALID_AMOUNT", "amount"],
    ["no amount at all", "cards", { amount: undefined }, "INVALID_AMOUNT", "amount"],
    ["zero", "psc", pln(0), "INVALID_AMOUNT", "amount"],
    ["minus zero", "cards", pln(-0), "INVALID_AMOUNT", "amount"],
    ["a fraction of a grosz", "psc", pln(1999.5), "INVALID_AMOUNT", "amount"],
    ["an amount in złoty with decimals", "cards", pln(19.99), "INVALID_AMOUNT", "amount"],
    ["an amount past what is exact", "psc", pln(2 ** 53), "INVALID_AMOUNT", "amount"],
    ["an infinite amount", "cards", pln(Number.POSITIVE_INFINITY), "INVALID_AMOUNT", "amount"],
    ["an amount that is no number", "psc", pln(Number.NaN), "INVALID_AMOUNT", "amount"],
    ["an amount as text", "psc", pln("1999"), "INVALID_AMOUNT", "amount"],
    ["an IP with a port", "psc", by({ ip: "192.0.2.7:443" }), "INVALID_REQUEST", "buyer.ip"],
    ["an IP with a zone", "psc", by({ ip: "fe80::1%eth0" }), "INVALID_REQUEST", "buyer.ip"],
    ["an IP that is a name", "cards", by({ ip: "localhost" }), "INVALID_REQUEST", "buyer.ip"],
    ["an IP with octal parts", "cards", by({ ip: "0300.0.2.7" }), "INVALID_REQUEST", "buyer.ip"],
    ["a list of forwarded IPs", "psc", by({ ip: "192.0.2.7, 10.0.0.1" }), "INVALID_REQUEST", "buyer.ip"],
    ["no IP", "psc", { buyer: { email: BUYER.email } }, "INVALID_REQUEST", "buyer.ip"],
    ["an e-mail without @", "cards", by({ email: "buyer.shop.example" }), "INVALID_REQUEST", "buyer.email"],
    ["an e-mail with two @", "cards", by({ email: "a@b@shop.example" }), "INVALID_REQUEST", "buyer.email"],
    ["an e-mail without a domain", "cards", by({ email: "buyer@shop" }), "INVALID_REQUEST", "buyer.email"],
    [
      "an e-mail with a second header",
      "cards",
      by({ email: "a@shop.example\r\nBcc: b@evil.example" }),
      "INVALID_REQUEST",
      "buyer.email",
    ],
    ["an e-mail of 255 characters", "cards", by({ email: longEmail(255) }), "INVALID_REQUEST", "buyer.email"],
    ["no e-mail", "cards", { buyer: { ip: BUYER.ip, language: "pl" } }, "INVALID_REQUEST", "buyer.email"],
    [
      "a language longer than any list",
      "cards",
      by({ language: "d".repeat(1001) }),
      "INVALID_REQUEST",
      "buyer.language",
    ],
    ["an unknown field of the buyer", "psc", by({ phone: "600700800" }), "INVALID_REQUEST", "buyer.phone"],
    ["a return address over http", "psc", { returnUrl: "http://shop.example/thanks" }, "INVALID_REQUEST", "returnUrl"],
    ["a return address that is a script", "psc", { returnUrl: "javascript:alert(1)" }, "INVALID_REQUEST", "returnUrl"],
    ["a return address of data", "cards", { returnUrl: "data:text/html,x" }, "INVALID_REQUEST", "returnUrl"],
    ["a relative return address", "psc", { returnUrl: "/thanks" }, "INVALID_REQUEST", "returnUrl"],
    ["a return address without a scheme", "psc", { returnUrl: "//shop.example" }, "INVALID_REQUEST", "returnUrl"],
    [
      "a return address with a password",
      "psc",
      { returnUrl: "https://a:b@shop.example" },
      "INVALID_REQUEST",
      "returnUrl",
    ],
    [
      "a return address on two lines",
      "psc",
      { returnUrl: "https://shop.example/\r\nx" },
      "INVALID_REQUEST",
      "returnUrl",
    ],
    [
      "a failure address over http",
      "psc",
      { returnUrl: { ...RETURN_URL, failure: "http://shop.example" } },
      "INVALID_REQUEST",
      "returnUrl.failure",
    ],
    ["an empty order", "psc", { orderId: "" }, "INVALID_REQUEST", "orderId"],
    ["an order with a line break", "psc", { orderId: "order\n1" }, "INVALID_REQUEST", "orderId"],
    ["an order with a NUL", "cards", { orderId: "order\0" }, "INVALID_REQUEST", "orderId"],
    ["an order with half a character", "cards", { orderId: "order-\ud800" }, "INVALID_REQUEST", "orderId"],
    ["an order of 201 characters", "psc", { orderId: "o".repeat(201) }, "INVALID_REQUEST", "orderId"],
    ["an order that is a number", "psc", { orderId: 42 }, "INVALID_REQUEST", "orderId"],
    ["no description", "psc", { description: undefined }, "INVALID_REQUEST", "description"],
    ["a provider nobody configured", "psc", { providerName: "blik" }, "INVALID_REQUEST", "providerName"],
    [
      "a provider named like a property of all objects",
      "psc",
      { providerName: "constructor" },
      "INVALID_REQUEST",
      "providerName",
    ],
    ["no provider", "psc", { providerName: [] }, "INVALID_REQUEST", "providerName"],
    ["one provider twice", "psc", { providerName: ["psc", "psc"] }, "INVALID_REQUEST", "providerName"],
    ["options of a provider not chosen", "psc", { options: { cards: {} } }, "INVALID_REQUEST", "options.cards"],
    [
      "a payment method stripe does not have",
      "cards",
      { options: { cards: { operator: "stripe", paymentMethod: "blik" } } },
      "INVALID_REQUEST",
      "options.paymentMethod",
    ],
    ["a repetition allowed in words", "psc", { allowRepeat: "true" }, "INVALID_REQUEST", "allowRepeat"],
    ["a repetition allowed by a number", "cards", { allowRepeat: 1 }, "INVALID_REQUEST", "allowRepeat"],
    ["a repetition that is null", "cards", { allowRepeat: null }, "INVALID_REQUEST", "allowRepeat"],
    ["an unknown field", "psc", { price: "19.99" }, "INVALID_REQUEST", "price"],
    ["a field called __proto__", "psc", JSON.parse('{"__proto__":{"amount":1}}'), "INVALID_REQUEST", "__proto__"],
  ])("%s", async (_, provider, changes, code, field) => {
    const error = await refused(() => checkoutWith(provider, changes));
    expect(error).toMatchObject({ name: "PayError", code, field, retryable: false });
    expect(error.paymentId).toBeUndefined();
  });

  it("the second request under an idempotency key, naming what differs and not how", async () => {
    await shop.checkout("cards", { orderId: "order-idem", idempotencyKey: "key-1" });
    const changes = {
      orderId: "order-idem",
      idempotencyKey: "key-1",
      buyer: { ...BUYER, email: "other@shop.example" },
    };
    const error = await refused(() => shop.checkout("cards", changes));
    expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", fields: ["buyer.email"] });
    expect(JSON.stringify([error.message, error])).not.toContain("@");
  });

  function checkoutWith(provider: Gateway, changes: object): Promise<unknown> {
    const request = {
      orderId: "order-bad",
      providerName: provider,
      description: "VIP",
      returnUrl: RETURN_URL,
      buyer: BUYER,
    };
    // Not with a spread, which would drop a field named __proto__.
    const whole = { ...request, amount: { value: 1999, currency: "PLN" } };
    for (const key of Object.keys(changes)) {
      const value = Object.getOwnPropertyDescriptor(changes, key)!.value;
      Object.defineProperty(whole, key, { value, enumerable: true, configurable: true });
    }
    return shop.pay.checkout(whole);
  }

  function longEmail(length: number): string {
    return `${"a".repeat(60)}@${"b".repeat(length - 60 - 1 - 8)}.example`;
  }
});

describe("the shop's other calls are refused, with the field and the remedy, and change nothing:", () => {
  const pay = (): AnyPay => shop.pay;
  let id: string;
  let eventId: string;

  beforeAll(async () => {
    ({ id } = await shop.checkout("cards"));
    const paid = await shop.checkout("psc");
    await shop.notify(paid, true);
    await shop.untilDelivered(paid);
    eventId = (await pay().deliveries.list(paid.id))[0]!.eventId;
  });

  const TEXT = /text/;
  const PERSON = /name of the person|200 characters/;
  const MINOR = /minor units|whole number|Money|money/i;
  const LINE = /1 to 200 characters without control characters/;
  const word = { as: "succeeded", by: "anna" };
  const back = { ...word, as: "refunded", amount: { value: 1, currency: "PLN" }, idempotencyKey: "form" };
  const recorded = (given: unknown) => () => pay().payments.record(id, given as never);
  const redriven = (given: object) => () =>
    pay().deliveries.redrive(id, { eventId, handler: "shop", ...given } as never);
  const failing = (query: unknown) => () => pay().deliveries.failing(query as never);
  const listed = (query: unknown) => () => pay().payments.list(query as never);
  const order = (orderId: unknown) => () => pay().orders.get(orderId as never);
  const closed = (options: unknown) => () => pay().close(options as never);

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ["record of nothing", recorded(undefined), "record", /must be an object/],
    ["record of null", recorded(null), "record", /must be an object/],
    [
      "record without a meaning",
      recorded({ by: "anna" }),
      "as",
      /"succeeded", "failed", "canceled", "reversed" or "refunded"/,
    ],
    ["record of a state nobody records", recorded({ ...word, as: "expired" }), "as", /"succeeded", "failed"/],
    ["record as a property of all objects", recorded({ ...word, as: "constructor" }), "as", /"succeeded", "failed"/],
    ["record without a person", recorded({ as: "failed" }), "by", PERSON],
    ["record by an empty person", recorded({ ...word, by: "" }), "by", PERSON],
    ["record by a person of 201 characters", recorded({ ...word, by: "a".repeat(201) }), "by", PERSON],
    ["record by half a character", recorded({ ...word, by: "\ud800" }), "by", PERSON],
    ["record with a note that is NUL", recorded({ ...word, note: "a\0" }), "note", /2,000 characters/],
    [
      "record with a note of 2001 characters",
      recorded({ ...word, note: "n".repeat(2001) }),
      "note",
      /2,000 characters/,
    ],
    ["record of an amount as text", recorded({ ...word, amount: "19.99" }), "amount", MINOR],
    ["record of a negative amount", recorded({ ...word, amount: { value: -1, currency: "PLN" } }), "amount", MINOR],
    ["record of a failure with an amount", recorded({ ...word, as: "failed", amount: {} }), "amount", /remove it/],
    ["record of a reversal of a part", recorded({ ...word, as: "reversed", amount: {} }), "amount", /as "refunded"/],
    ["record of a refund without an amount", recorded({ ...back, amount: undefined }), "amount", MINOR],
    ["record of a refund without a key", recorded({ ...back, idempotencyKey: undefined }), "idempotencyKey", LINE],
    ["record of a refund with half a key", recorded({ ...back, idempotencyKey: "\ud800" }), "idempotencyKey", LINE],
    [
      "record of a refund with a name of 201 characters",
      recorded({ ...back, refundProviderReference: "R".repeat(201) }),
      "refundProviderReference",
      LINE,
    ],
    ["record of a refund that is known", recorded({ ...back, refund: "rfd_1" }), "refund", /as succeeded/],
    ["record of a failure with a key", recorded({ ...back, as: "failed" }), "idempotencyKey", /remove it/],
    ["record of an unknown field", recorded({ ...word, state: "succeeded" }), "state", /left out/],
    ["redrive of an event that is a number", redriven({ eventId: 1 }), "eventId", /id of an event/],
    ["redrive without a handler", redriven({ handler: undefined }), "handler", /name of a handler/],
    ["redrive by a person of 201 characters", redriven({ by: "a".repeat(201) }), "by", TEXT],
    ["redrive with an unknown field", redriven({ force: true }), "force", /left out/],
    ["failing deliveries, none", failing({ limit: 0 }), "limit", /whole number from 1 to 1000/],
    ["failing deliveries, half of one", failing({ limit: 1.5 }), "limit", /whole number from 1 to 1000/],
    ["failing deliveries, too many", failing({ limit: 1001 }), "limit", /whole number from 1 to 1000/],
    ["failing deliveries, a limit as text", failing({ limit: "10" }), "limit", /whole number from 1 to 1000/],
    ["failing deliveries of a handler", failing({ handler: "shop" }), "handler", /left out/],
    ["failing deliveries of null", failing(null), "query", /must be an object/],
    ["an order without an id", order(undefined), "orderId", TEXT],
    ["an order that is a number", order(42), "orderId", TEXT],
    ["an order with an empty id", order(""), "orderId", TEXT],
    ["an order with a NUL", order("order\0"), "orderId", TEXT],
    ["an order with half a character", order("order-\ud800"), "orderId", TEXT],
    ["an order of 201 characters", order("o".repeat(201)), "orderId", TEXT],
    ["a list by an empty reference", listed({ providerReference: "" }), "providerReference", TEXT],
    ["a list by a reference with a NUL", listed({ providerReference: "\0" }), "providerReference", TEXT],
    ["a list by a reference that is a number", listed({ providerReference: 1 }), "providerReference", TEXT],
    ["a list by an empty part of an order", listed({ orderIdContains: "" }), "orderIdContains", TEXT],
    ["a list by a part on two lines", listed({ orderIdContains: "a\nb" }), "orderIdContains", TEXT],
    ["a list by an amount as text", listed({ amount: "19.99" }), "amount", MINOR],
    ["a list by an amount with decimals", listed({ amount: { value: 19.99, currency: "PLN" } }), "amount", MINOR],
    ["a list by no currency", listed({ amount: { value: 1999, currency: "abc" } }), "amount.currency", /currency/],
    ["a list by null as the amount", listed({ amount: null }), "amount", MINOR],
    ["an end after less than no time", closed({ deadlineMs: -1 }), "deadlineMs", /milliseconds, 0 or more/],
    ["an end that is no number", closed({ deadlineMs: Number.NaN }), "deadlineMs", /milliseconds, 0 or more/],
    ["an end after for ever", closed({ deadlineMs: Number.POSITIVE_INFINITY }), "deadlineMs", /milliseconds, 0/],
    ["an end as text", closed({ deadlineMs: "10s" }), "deadlineMs", /milliseconds, 0 or more/],
    ["an end that is null", closed({ deadlineMs: null }), "deadlineMs", /milliseconds, 0 or more/],
    ["an end with null", closed(null), "options", /must be an object/],
    ["an end with an unknown field", closed({ deadline: 5000 }), "deadline", /left out/],
  ])("%s", async (_, work, field, remedy) => {
    const error = await refused(work);
    expect(error).toMatchObject({ name: "PayError", field, retryable: false });
    expect(["INVALID_REQUEST", "INVALID_AMOUNT"]).toContain(error.code);
    expect(error.message).toContain(field);
    expect(error.message).toMatch(remedy);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["record of no payment", () => pay().payments.record(undefined as never, word as never)],
    ["record of a payment that is an object", () => pay().payments.record({} as never, word as never)],
    ["redrive about nothing", () => pay().deliveries.redrive(undefined as never, { eventId, handler: "shop" })],
    ["redrive about an object", () => pay().deliveries.redrive({} as never, { eventId, handler: "shop" })],
    ["redrive of another payment's event", redriven({})],
    ["redrive of a handler named like a property of all objects", redriven({ handler: "constructor" })],
  ])("%s: NOT_FOUND", async (_, work) => {
    expect(await refused(work)).toMatchObject({ name: "PayError", code: "NOT_FOUND", retryable: false });
  });

  it("and Pay goes on after each of them", async () => {
    expect(await pay().health()).toMatchObject({ ready: true });
  });
});

describe("the address a gateway answers with is not handed to the buyer when it is", () => {
  it.each<[string, string]>([
    ["http", "http://gateway.example/pay"],
    ["a script", "javascript:alert(1)"],
    ["data", "data:text/html,<script>alert(1)</script>"],
    ["https with credentials", "https://user:password@gateway.example/pay"],
    ["without a scheme", "//gateway.example/pay"],
    ["on two lines", "https://gateway.example/\r\nSet-Cookie: a=b"],
    ["https without a host", "https:///pay"],
    ["with backslashes", "https:\\\\gateway.example"],
    ["empty", ""],
  ])("%s, and the outcome is unknown", async (_, address) => {
    const asked: string[] = [];
    const strange = await startShop({
      async gateway(request) {
        asked.push(new URL(request.url).pathname);
        return request.url.includes("gosetti")
          ? Response.json({ PaySafeCardTransactionId: "PSC1", RedirectUrl: address })
          : Response.json({ status: 200, id: "SELLLY1", redirect_url: address, message: "" });
      },
    });
    try {
      for (const provider of ["psc", "cards"] as const) {
        const error = await strange.checkout(provider).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          code: "OUTCOME_UNKNOWN",
          providerName: provider,
          paymentId: expect.stringMatching(/^pay_/),
        });
      }
      expect(strange.database.rows("SELECT state, next FROM payment")).toEqual([
        { state: "unknown", next: null },
        { state: "unknown", next: null },
      ]);
      expect(asked).toEqual(["/gosetti/Api/PaySafeCardTransactionCreate.php", "/sellly/pay"]);
    } finally {
      await strange.close();
    }
  });
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends one request with node:http, which also sends what fetch refuses or normalizes. */
function send(url: string, method: string, body?: string | Uint8Array, headers: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = requestHttp(url, { method, headers: { ...headers }, agent: false }, (answer) => {
      text(answer).then((read) => resolve({ status: answer.statusCode!, body: read }), reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The answer to the gateway. It checks that nothing was written. */
async function answered(work: () => Promise<Answer>): Promise<Answer> {
  const before = shop.database.dump();
  const answer = await work();
  expect(shop.database.dump()).toEqual(before);
  return answer;
}

/** Unreadable values of a parameter. */
const UNREADABLE = ["%ff", "%B3", "%00", "%ed%a0%80", "%c0%af", "%u0142", "%"];

const NOT_FOUND: Answer = { status: 404, body: "Not found" };
const TOO_LARGE: Answer = { status: 413, body: "Body too large" };
const WRONG_METHOD: Answer = { status: 405, body: "Method not allowed" };
const JSON_TYPE = { "content-type": "application/json" };

describe("a callback of GOSetti.pl changes nothing", () => {
  let own: string;
  let genuine: string;
  let providerReference: string;
  let others: string;

  beforeAll(async () => {
    const payment = await shop.checkout("psc");
    own = shop.callback(payment, true).url;
    genuine = String(shop.callback(payment, true).init.body);
    providerReference = payment.providerReference!;
    others = shop.callback(await shop.checkout("psc"), true).url;
  });

  const token = (address: string) => address.slice(address.lastIndexOf("/") + 1);
  const withToken = (other: string) => own.slice(0, own.lastIndexOf("/") + 1) + other;
  const swapped = (text: string, at: number) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

  it.each<[string, () => string]>([
    ["the last character of its token wrong", () => swapped(own, own.length - 1)],
    ["the first character of its token wrong", () => withToken(swapped(token(own), token(own).indexOf(".") + 1))],
    ["the key's name wrong", () => withToken(`00000000${token(own).slice(8)}`)],
    ["its token truncated", () => own.slice(0, -1)],
    ["half of its token", () => own.slice(0, -22)],
    ["its token without the key's name", () => withToken(token(own).slice(9))],
    ["no token", () => own.slice(0, own.lastIndexOf("/"))],
    ["an empty token", () => withToken("")],
    ["something after its token", () => `${own}=`],
    ["a further segment", () => `${own}/x`],
    ["another payment's token", () => withToken(token(others))],
    ["a payment nobody has", () => own.replace(/pay_\w{26}/, "pay_01kf0rdqg0fsmsb88mwfrw7dfs")],
    ["the id in upper case", () => own.replace(/pay_\w{26}/, (id) => id.toUpperCase())],
    ["the configured name of another gateway", () => own.replace("/psc/", "/cards/")],
    ["a name that is not configured", () => own.replace("/psc/", "/__proto__/")],
    ["no address of a payment", () => `${shop.url}/pay/callbacks/psc`],
  ])("with %s: 404", async (_, address) => {
    expect(await answered(() => send(address(), "POST", genuine, JSON_TYPE))).toEqual(NOT_FOUND);
  });

  it.each(["GET", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS"])("by %s: 405", async (method) => {
    const body = method === "PUT" || method === "PATCH" ? genuine : undefined;
    const answer = await answered(() => send(own, method, body, JSON_TYPE));
    expect(answer).toEqual(method === "HEAD" ? { ...WRONG_METHOD, body: "" } : WRONG_METHOD);
  });

  it.each<[string, () => string | Uint8Array]>([
    ["Finished in lower case", () => JSON.stringify({ PaySafeCardTransactionId: providerReference, finished: true })],
    ["no id", () => JSON.stringify({ Finished: true })],
    ["an empty id", () => JSON.stringify({ PaySafeCardTransactionId: "", Finished: true })],
    ["an id that is a fraction", () => JSON.stringify({ PaySafeCardTransactionId: 1.5, Finished: true })],
    ["Finished twice", () => `{"PaySafeCardTransactionId":"${providerReference}","Finished":false,"Finished":true}`],
    [
      "Finished twice, once escaped",
      () => `{"PaySafeCardTransactionId":"${providerReference}","Finished":false,"\\u0046inished":true}`,
    ],
    [
      "the id twice",
      () => `{"PaySafeCardTransactionId":"x","PaySafeCardTransactionId":"${providerReference}","Finished":true}`,
    ],
    [
      "__proto__",
      () => `{"PaySafeCardTransactionId":"${providerReference}","__proto__":{"Finished":true},"Finished":true}`,
    ],
    ["__proto__ in place of fields", () => `{"__proto__":${genuine}}`],
    ["an id that is not UTF-8", () => Buffer.from(genuine.replace(providerReference, "\u00e9"), "latin1")],
    ["UTF-16", () => Buffer.from(genuine, "utf16le")],
    ["two byte order marks", () => `\ufeff\ufeff${genuine}`],
    ["a list around it", () => `[${genuine}]`],
    ["a truncated body", () => genuine.slice(0, -1)],
    ["something after the JSON", () => `${genuine}x`],
    ["no body", () => ""],
    ["a form", () => `PaySafeCardTransactionId=${providerReference}&Finished=true`],
  ])("with %s: 400", async (_, body) => {
    expect(await answered(() => send(own, "POST", body(), JSON_TYPE))).toEqual({ status: 400, body: "Refused." });
  });

  it.each([
    ["announced", { "content-length": "66560" }],
    ["in chunks", { "transfer-encoding": "chunked" }],
  ])("with a body of 65 KiB, %s: 413", async (_, headers) => {
    const body = genuine.padEnd(65 * 1024);
    expect(await answered(() => send(own, "POST", body, { ...JSON_TYPE, ...headers }))).toEqual(TOO_LARGE);
  });

  it("and the same callback as it should be does: the refusals above were for what they say", async () => {
    expect((await send(own, "POST", genuine.padEnd(64 * 1024), JSON_TYPE)).status).toBe(200);
    const [state] = shop.database.column("SELECT state FROM payment WHERE provider_reference = ?", providerReference);
    expect(state).toBe("succeeded");
  });
});

describe("a notification of Sellly changes nothing", () => {
  let genuine: URL;

  beforeAll(async () => {
    genuine = new URL(shop.callback(await shop.checkout("cards"), true).url);
  });

  const REFUSED: Answer = { status: 400, body: "Refused." };
  const secret = () => shop.selllySecret;

  function changed(change: (query: URLSearchParams) => void): string {
    const url = new URL(genuine);
    change(url.searchParams);
    return url.href;
  }

  it.each<[string, () => string]>([
    ["a wrong key", () => changed((query) => query.set("secret_key", "0".repeat(64)))],
    ["a truncated key", () => changed((query) => query.set("secret_key", secret().slice(0, -1)))],
    ["a key with something after it", () => changed((query) => query.set("secret_key", `${secret()} `))],
    ["the key in upper case", () => changed((query) => query.set("secret_key", secret().toUpperCase()))],
    ["an empty key", () => changed((query) => query.set("secret_key", ""))],
    ["no key", () => changed((query) => query.delete("secret_key"))],
    ["no id", () => changed((query) => query.delete("id"))],
    ["an empty id", () => changed((query) => query.set("id", ""))],
    ["an id on two lines", () => changed((query) => query.set("id", "x\r\nSet-Cookie: a=b"))],
    ["an id of 201 characters", () => changed((query) => query.set("id", "x".repeat(201)))],
    ["no status", () => changed((query) => query.delete("status"))],
    ["an empty status", () => changed((query) => query.set("status", ""))],
    [
      "only __proto__",
      () => `${genuine.origin}${genuine.pathname}?secret_key=${secret()}&__proto__[id]=x&__proto__=OK`,
    ],
    ...["secret_key", "id", "status"].flatMap((name): [string, () => string][] => [
      [`${name} twice, the same`, () => changed((query) => query.append(name, query.get(name)!))],
      [`${name} twice, different`, () => changed((query) => query.append(name, "x"))],
      [`${name} twice, once encoded`, () => `${genuine}&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=x`],
    ]),
  ])("with %s: 400, whatever its document's sample has", async (_, address) => {
    expect(await answered(() => send(address(), "GET"))).toEqual(REFUSED);
  });

  it.each(["secret_key", "id", "status"].flatMap((name) => UNREADABLE.map((value) => [name, value] as const)))(
    "with %s=%s: 400",
    async (name, value) => {
      const address = `${changed((query) => query.delete(name))}&${name}=${value}`;
      expect(await answered(() => send(address, "GET"))).toEqual(REFUSED);
    },
  );

  it.each(["POST", "PUT", "HEAD", "DELETE"])("by %s: 405", async (method) => {
    const answer = await answered(() => send(genuine.href, method));
    expect(answer).toEqual(method === "HEAD" ? { ...WRONG_METHOD, body: "" } : WRONG_METHOD);
  });

  it.each(["/x/", "/x", "/pay_01kf0rdqg0fsmsb88mwfrw7dfs/00000000.x"])("below its address (%s): 404", async (below) => {
    const address = genuine.href.replace("/cards?", `/cards${below}?`);
    expect(await answered(() => send(address, "GET"))).toEqual(NOT_FOUND);
  });

  it("with the parameters in a form: 405, as only GET is documented", async () => {
    const address = genuine.origin + genuine.pathname;
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await answered(() => send(address, "POST", genuine.search.slice(1), form))).toEqual(WRONG_METHOD);
  });

  it("and the same notification as it should be does", async () => {
    expect(await send(genuine.href, "GET")).toEqual({ status: 200, body: "OK" });
    const [state] = shop.database.column(
      "SELECT state FROM payment WHERE provider_reference = ?",
      genuine.searchParams.get("id")!,
    );
    expect(state).toBe("succeeded");
  });
});

describe("an unread field costs no payment:", () => {
  it.each([
    ["a query in ISO-8859-2", "?x=%B3", "", ""],
    ["a bare per cent sign", "?%", "", ""],
    ["a byte order mark", "", "\xef\xbb\xbf", ""],
    ["ISO-8859-2", "", "", '"Buyer":"\xa3ukasz",'],
    ["a lone surrogate", "", "", '"Buyer":"\\ud800",'],
    ["NUL", "", "", '"Buyer":"\\u0000",'],
    ["a key twice", "", "", '"Buyer":1,"Buyer":2,'],
  ])("a callback of GOSetti.pl with %s succeeds", async (_, query, before, more) => {
    const payment = await shop.checkout("psc");
    const { init, url } = shop.callback(payment, true);
    const body = Buffer.from(`${before}{${more}${String(init.body).slice(1)}`, "latin1");
    expect((await send(url + query, "POST", body, JSON_TYPE)).status).toBe(200);
    expect(await stateOf(payment.providerReference!)).toBe("succeeded");
  });

  it.each([
    ...UNREADABLE.flatMap((value) => [`x=${value}`, `${value}=x`, `payment_channel=${value}`, `email=${value}`]),
    ...["operator", "operator_id", "payment_channel", "email"].flatMap((name) => [
      `${name}=1&${name}=1`,
      `${name}=1&${name}=2`,
    ]),
  ])("a notification of Sellly with %s succeeds", async (more) => {
    const payment = await shop.checkout("cards");
    const url = new URL(shop.callback(payment, true).url);
    url.searchParams.delete(more.split("=")[0]!);
    expect(await send(`${url.href}&${more}`, "GET")).toEqual({ status: 200, body: "OK" });
    expect(await stateOf(payment.providerReference!)).toBe("succeeded");
    const [last] = (await shop.pay.payments.history(payment.id)).slice(-1);
    const { details } = last!.fact as { details?: { unreadable?: string } };
    expect(details?.unreadable).toBe(/^[peo]/.test(more) ? more.split("=")[0] : undefined);
  });

  async function stateOf(providerReference: string): Promise<unknown> {
    return shop.database.column("SELECT state FROM payment WHERE provider_reference = ?", providerReference)[0];
  }
});
