import { inspect, isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { CallbackOutcome, ParsedCallback, Payment } from "@pay/core/adapter";
import { createCall, isPayError, type PayError } from "@pay/core/adapter";
import fc from "fast-check";
import nock from "nock";
import { callback, NOTIFICATION, query } from "../test/callback.ts";
import { answer, CREATED, createRequest, newCall } from "../test/gateway.ts";
import { type SelllyCheckoutOptions, type SelllyOptions, sellly } from "./index.ts";

const OPTIONS: SelllyOptions = { shopId: "SHOP1", secretKey: "s3cret-key", operator: "cashbill" };
const provider = sellly(OPTIONS);
const SENT =
  "shop_id=SHOP1&secret_key=s3cret-key&operator=cashbill&currency_code=PLN&price=1.23&language_code=pl&buyer_email=test%40test.pl&ip=203.0.113.7";

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

function failureOf(act: () => unknown): PayError {
  try {
    act();
  } catch (error) {
    if (isPayError(error)) return error;
    throw error;
  }
  throw new Error("It did not throw.");
}

const receive = (text: string, of = provider) => of.receive(callback(text), newCall()) as ParsedCallback;
const checkWith = (options: unknown, currency = "PLN", of = provider) =>
  of.validate?.(createRequest({ amount: { value: 123, currency }, options: options as SelllyCheckoutOptions }));

async function sentWith(options: SelllyCheckoutOptions, currency = "PLN", of = provider): Promise<string> {
  const sent = answer(200, CREATED);
  await of.create(createRequest({ amount: { value: 123, currency }, options }), newCall());
  return sent.body;
}

describe("create", () => {
  it("sends exactly the documented bytes, in the documented order", async () => {
    const sent = answer(200, CREATED);
    await provider.create(createRequest(), newCall());
    expect(sent.body).toBe(SENT);
    expect(sent.contentType).toBe("application/x-www-form-urlencoded");
  });

  it("puts the optional fields last", async () => {
    expect(await sentWith({ operator: "stripe", paymentMethod: "card", currencyConverter: "PLN" })).toBe(
      `${SENT.replace("cashbill", "stripe")}&currency_converter_code=PLN&payment_method=card`,
    );
  });

  it.each([
    [123, "PLN", "1.23"],
    [2000, "PLN", "20.00"],
    [2050, "EUR", "20.50"],
    [5, "USD", "0.05"],
    [435, "USD", "4.35"],
    [Number.MAX_SAFE_INTEGER, "PLN", "90071992547409.91"],
  ])("writes %i minor units of %s as %s", async (amount, currency, price) => {
    const sent = answer(200, CREATED);
    await provider.create(createRequest({ amount: { value: amount, currency } }), newCall());
    expect(sent.body).toContain(`&currency_code=${currency}&price=${price}&`);
  });

  it("escapes whatever a form gives meaning to", async () => {
    const sent = answer(200, CREATED);
    const odd = sellly({ ...OPTIONS, shopId: "A&B=C+D é", secretKey: "k&operator=stripe" });
    await odd.create(
      createRequest({ buyer: { ip: "2001:db8::1", email: "a+b&c@example.com", language: "en" } }),
      newCall(),
    );
    expect(sent.body).toBe(
      "shop_id=A%26B%3DC%2BD+%C3%A9&secret_key=k%26operator%3Dstripe&operator=cashbill&currency_code=PLN&price=1.23&language_code=en&buyer_email=a%2Bb%26c%40example.com&ip=2001%3Adb8%3A%3A1",
    );
  });

  it("goes to the configured address", async () => {
    answer(200, CREATED, "https://proxy.example/sellly");
    const proxied = sellly({ ...OPTIONS, baseUrl: "https://proxy.example/sellly/" });
    expect((await proxied.create(createRequest(), newCall())).kind).toBe("accepted");
  });

  it("sends the first of several keys", async () => {
    const rotating = sellly({ ...OPTIONS, secretKey: ["current", "next"] });
    expect(await sentWith({}, "PLN", rotating)).toContain("&secret_key=current&");
  });

  it.each(["PLN", "USD", "EUR"])("takes %s", (currency) => {
    expect(() => checkWith({}, currency)).not.toThrow();
    expect(provider.traits.currencies).toContain(currency);
  });

  it.each(["GBP", "JPY", "pln", ""])("refuses %p as a currency", (currency) => {
    expect(failureOf(() => checkWith({}, currency))).toMatchObject({
      code: "INVALID_REQUEST",
      field: "amount.currency",
    });
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("refuses %d as an amount", (amount) => {
    const request = createRequest({ amount: { value: amount, currency: "PLN" } });
    expect(failureOf(() => provider.validate?.(request)).code).toBe("INVALID_AMOUNT");
  });

  it.each<[string, string, unknown]>([
    ["ip", "missing", undefined],
    ["ip", "empty", ""],
    ["ip", "with a port", "203.0.113.7:80"],
    ["ip", "with a zone", "fe80::1%eth0"],
    ["ip", "two", "203.0.113.7, 10.0.0.1"],
    ["ip", "a list", ["203.0.113.7"]],
    ["email", "missing", undefined],
    ["email", "empty", ""],
    ["email", "without @", "test.pl"],
    ["email", "with a space", "a b@test.pl"],
    ["email", "with a line break", "test@test.pl\r\nBcc: a@b.pl"],
    ["email", "over 254 characters", `${"a".repeat(247)}@test.pl`],
    ["email", "a number", 7],
    ["language", "missing", undefined],
    ["language", "empty", ""],
    ["language", "upper case", "PL"],
    ["language", "with a region", "pl-PL"],
  ])("refuses buyer.%s when %s, before anything is sent", async (field, _, value) => {
    const buyer = { ...createRequest().buyer, [field]: value } as never;
    const refusal = { code: "INVALID_REQUEST", field: `buyer.${field}` };
    expect(failureOf(() => provider.validate?.(createRequest({ buyer })))).toMatchObject(refusal);
    await expect(provider.create(createRequest({ buyer }), newCall())).rejects.toMatchObject(refusal);
  });

  it("lets an e-mail address of 254 characters through, and one with an apostrophe", () => {
    for (const email of [`${"a".repeat(246)}@test.pl`, "o'brien@example.com"]) {
      expect(() => provider.validate?.(createRequest({ buyer: { ...createRequest().buyer, email } }))).not.toThrow();
    }
  });

  it.each([
    ["pl", "pl"],
    ["en", "en"],
    ["de", "en"],
    ["uk", "en"],
  ])("shows its page to a buyer who speaks %s in %s", async (language, sent) => {
    const sending = answer(200, CREATED);
    await provider.create(createRequest({ buyer: { ...createRequest().buyer, language } }), newCall());
    expect(new URLSearchParams(sending.body).get("language_code")).toBe(sent);
  });

  it("needs the buyer's IP, e-mail address and language", () => {
    expect(provider.requiredBuyerFields).toEqual(["ip", "email", "language"]);
  });

  it("refuses unknown options and converters", () => {
    for (const [options, field] of [
      [{ method: "blik" }, "options.method"],
      [{ currencyConverter: "EUR" }, "options.currencyConverter"],
      [{ operator: "paypal" }, "options.operator"],
      [7, "options"],
    ] as const) {
      expect(failureOf(() => checkWith(options))).toMatchObject({ code: "INVALID_REQUEST", field });
    }
  });

  it("converts foreign currencies where the instance says so, and PLN only if the checkout does", async () => {
    const converting = sellly({ ...OPTIONS, currencyConverter: "PLN" });
    expect(await sentWith({}, "EUR", converting)).toContain("&currency_converter_code=PLN");
    expect(await sentWith({}, "PLN", converting)).not.toContain("currency_converter_code");
    expect(await sentWith({ currencyConverter: "PLN" }, "PLN", converting)).toContain("&currency_converter_code=PLN");
    expect(await sentWith({ currencyConverter: "PLN" }, "USD")).toContain("&currency_converter_code=PLN");
    expect(await sentWith({}, "USD")).not.toContain("currency_converter_code");
  });
});

describe("payment_method", () => {
  it.each(["blik", "paysafecard", "paypal", "mtransfer", "Bank_24.pl-x"])(
    "passes %s on to cashbill",
    async (method) => {
      expect(await sentWith({ paymentMethod: method })).toContain(`&payment_method=${method}`);
    },
  );

  it.each([
    ["PLN", ["card"]],
    ["EUR", ["card", "ideal", "giropay", "eps", "bancontact"]],
  ])("passes what is documented for stripe in %s", async (currency, methods) => {
    for (const paymentMethod of methods) {
      expect(await sentWith({ operator: "stripe", paymentMethod }, currency)).toContain(
        `&payment_method=${paymentMethod}`,
      );
    }
  });

  it.each([
    ["PLN", "ideal"],
    ["PLN", "blik"],
    ["EUR", "blik"],
    ["EUR", "constructor"],
    ["USD", "card"],
  ])("refuses what is not documented for stripe in %s: %s", (currency, paymentMethod) => {
    const error = failureOf(() => checkWith({ operator: "stripe", paymentMethod }, currency));
    expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "options.paymentMethod" });
  });

  it("says of stripe in USD that none is documented", () => {
    const error = failureOf(() => checkWith({ operator: "stripe", paymentMethod: "card" }, "USD"));
    expect(error.message).toBe("options.paymentMethod for stripe in USD must be left out: none is documented.");
    expect(() => checkWith({ operator: "stripe" }, "USD")).not.toThrow();
  });

  it("is checked for the operator that is used", () => {
    const stripe = sellly({ ...OPTIONS, operator: "stripe" });
    expect(() => checkWith({ paymentMethod: "blik" }, "PLN", stripe)).toThrow();
    expect(() => checkWith({ paymentMethod: "blik", operator: "cashbill" }, "PLN", stripe)).not.toThrow();
  });

  it.each<unknown>(["", " ", "a b", "a\r\nb", "a\0", "blik\n", "ąę", "x".repeat(65), "-x", 7, ["blik"], null])(
    "refuses what is no identifier: case %#",
    (paymentMethod) => {
      expect(failureOf(() => checkWith({ paymentMethod }))).toMatchObject({
        code: "INVALID_REQUEST",
        field: "options.paymentMethod",
      });
    },
  );
});

describe("create reply", () => {
  it("is accepted as documented, whatever else it has", async () => {
    answer(200, { ...CREATED, new: 1 });
    expect(await provider.create(createRequest(), newCall())).toEqual({
      kind: "accepted",
      providerReference: "SELLLY-1",
      next: { kind: "redirect", url: "https://pay.cashbill.pl/pl/payment/1" },
    });
  });

  it("keeps the id a string, digits or not", async () => {
    answer(200, { ...CREATED, id: "0012345678901234567" });
    expect(await provider.create(createRequest(), newCall())).toMatchObject({
      providerReference: "0012345678901234567",
    });
  });

  it.each([
    ["12", "12"],
    ["12345678901234567", "12345678901234567"],
  ])("may have the number %s as its id, with all digits", async (id, providerReference) => {
    answer(200, JSON.stringify(CREATED).replace(JSON.stringify(CREATED.id), id));
    expect(await provider.create(createRequest(), newCall())).toMatchObject({ kind: "accepted", providerReference });
  });

  it("may have unreadable text in an unread field", async () => {
    answer(200, JSON.stringify({ ...CREATED, message: "p\ufffdatno\ud800\0" }));
    expect((await provider.create(createRequest(), newCall())).kind).toBe("accepted");
  });

  it("may have its status as a text", async () => {
    answer(200, { ...CREATED, status: "200" });
    expect((await provider.create(createRequest(), newCall())).kind).toBe("accepted");
  });

  it.each<[string, string | object]>([
    [
      "the document's sample, which is no JSON",
      '{\nstatus: 200,\nid: "X",\nredirect_url: "https://pay.cashbill.pl/",\n}',
    ],
    ["nothing", ""],
    ["a page of HTML", "<html>"],
    ["a cut answer", JSON.stringify(CREATED).slice(0, 60)],
    ["another status", { ...CREATED, status: 500 }],
    ["an unknown code as status", { ...CREATED, status: 650 }],
    ["no status", { ...CREATED, status: undefined }],
    ["status true", { ...CREATED, status: true }],
    ["no id", { ...CREATED, id: undefined }],
    ["an empty id", { ...CREATED, id: "" }],
    ["a fraction as id", { ...CREATED, id: 1.5 }],
    ["true as id", { ...CREATED, id: true }],
    ["an id that is not UTF-8", Buffer.from(JSON.stringify({ ...CREATED, id: "p\u00b3atno" }), "latin1").toString()],
    ["a repeated id", `{"id":"a",${JSON.stringify(CREATED).slice(1)}`],
    ["a NUL in the id", { ...CREATED, id: "a\0b" }],
    ["a line break in the id", { ...CREATED, id: "a\r\nb" }],
    ["an over-long id", { ...CREATED, id: "x".repeat(201) }],
    ["no redirect_url", { ...CREATED, redirect_url: undefined }],
    ["plain http", { ...CREATED, redirect_url: "http://pay.cashbill.pl/" }],
    ["http on this machine", { ...CREATED, redirect_url: "http://localhost/" }],
    ["credentials in the address", { ...CREATED, redirect_url: "https://a:b@pay.cashbill.pl/" }],
    ["a script as address", { ...CREATED, redirect_url: "javascript:alert(1)" }],
    ["a list", [CREATED]],
    ["null", "null"],
  ])("is unknown with %s", async (_, body) => {
    answer(200, body);
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it("is an error if HTTP says 200 and the body a known code", async () => {
    answer(200, { status: 607, message: "Wartość buyer_email jest nieprawidłowa." });
    expect(await provider.create(createRequest(), newCall())).toMatchObject({ kind: "rejected", providerCode: "607" });
  });

  it("may be a page of a simulator on this machine", async () => {
    answer(200, { ...CREATED, redirect_url: "http://127.0.0.1:4000/pay/1" }, "http://127.0.0.1:4000");
    const local = sellly({ ...OPTIONS, baseUrl: "http://127.0.0.1:4000" });
    expect(await local.create(createRequest(), newCall())).toMatchObject({
      next: { url: "http://127.0.0.1:4000/pay/1" },
    });
  });
});

describe("errors", () => {
  const TABLE = [
    ["600", "invalid_request", undefined, false],
    ["601", "configuration", undefined, false],
    ["602", "configuration", undefined, false],
    ["603", "invalid_request", "options.operator", false],
    ["604", "invalid_request", "amount.currency", false],
    ["605", "invalid_request", "amount", false],
    ["606", "invalid_request", "buyer.language", false],
    ["607", "invalid_request", "buyer.email", false],
    ["608", "invalid_request", "buyer.ip", false],
    ["609", "invalid_request", "options.currencyConverter", false],
    ["610", "invalid_request", "options.operator", false],
    ["699", "unavailable", undefined, true],
  ] as const;

  it.each(TABLE)("%s is %s, wherever the code stands", async (providerCode, code, field, retryable) => {
    const number = Number(providerCode);
    const rejection = { kind: "rejected", code, retryable, providerCode, ...(field && { field }) };
    for (const body of [
      { status: number, message: "Błąd" },
      { status: providerCode },
      { code: number },
      { code: providerCode },
      { error: number },
      { error: providerCode },
      { status: 500, code: number },
      { status: "error", error: `${providerCode}: Wartość jest nieprawidłowa.` },
      providerCode,
      `"${providerCode}"`,
      `${providerCode}\n`,
      `${providerCode} Wartość jest nieprawidłowa.`,
      `${providerCode}: Wartość jest nieprawidłowa.`,
      `Error: ${providerCode}`,
      `Błąd ${providerCode}`,
      `kod: ${providerCode}`,
    ]) {
      for (const status of [500, 400, 200]) {
        answer(status, body);
        expect(await provider.create(createRequest(), newCall())).toEqual(rejection);
      }
    }
  });

  it.each<[string, string | object]>([
    ["nothing", ""],
    ["another code", { status: 500, code: 611 }],
    ["a code of four digits", "6001"],
    ["a code with decimals", { code: 602.5 }],
    ["a code in a list", { code: [602] }],
    ["a code elsewhere", { message: "602" }],
    ["a code in the middle of a text", "It failed after 600 attempts"],
    ["a measure that looks like a code", "600ms"],
    ["a page with a style", "<html><style>b { font-weight: 600 }</style>602</html>"],
    ["a body that says 200", { ...CREATED, code: 602 }],
    ["null", "null"],
  ])("500 with %s is unknown", async (_, body) => {
    answer(500, body);
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it.each([400, 401, 404])("%i without a code is rejected", async (status) => {
    answer(status, "no");
    expect(await provider.create(createRequest(), newCall())).toMatchObject({ kind: "rejected", retryable: false });
  });

  it.each([408, 502, 503, 301])("%i without a code is unknown", async (status) => {
    answer(status, CREATED);
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it("429 is rejected for now", async () => {
    answer(429, "");
    expect(await provider.create(createRequest(), newCall())).toMatchObject({ kind: "rejected", retryable: true });
  });

  it("a reset is unknown", async () => {
    nock("https://api.sellly.io")
      .post("/pay")
      .replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it("running out of time is unknown", async () => {
    const time = new AbortController();
    nock("https://api.sellly.io")
      .post("/pay")
      .reply(() => {
        time.abort();
        return [200, CREATED];
      });
    expect((await provider.create(createRequest(), createCall(time.signal))).kind).toBe("unknown");
  });
});

describe("notification", () => {
  it("is read whole", () => {
    expect(receive(query())).toEqual({
      kind: "notification",
      about: { providerReference: "SELLLY-1" },
      providerReference: "SELLLY-1",
      reported: { status: "succeeded", providerStatus: "OK" },
      details: { operator: "cashbill", operator_id: "CB-9", payment_channel: "blik" },
      buyerEmail: "test@test.pl",
    });
  });

  it("is read with only what is required", () => {
    expect(receive("status=OK&id=SELLLY-1&secret_key=s3cret-key&new=1&new=2")).toEqual({
      kind: "notification",
      about: { providerReference: "SELLLY-1" },
      providerReference: "SELLLY-1",
      reported: { status: "succeeded", providerStatus: "OK" },
    });
  });

  it.each([
    ["OK", "succeeded"],
    ["ERR", "failed"],
    ["ok", "unrecognized"],
    ["OK ", "unrecognized"],
    ["PENDING", "unrecognized"],
    ["constructor", "unrecognized"],
  ])("with status %p is %s", (providerStatus, status) => {
    expect(receive(query({ status: providerStatus }))).toMatchObject({ reported: { status, providerStatus } });
  });

  it("is final, as the traits say", () => {
    expect(provider.traits.failureIsFinal).toBe(true);
    expect(provider.traits.callback).toEqual({
      methods: ["GET"],
      correlation: "provider-reference",
      authentication: ["shared-secret"],
      amount: "absent",
    });
  });

  it("says the same each time it comes", () => {
    expect(receive(query())).toEqual(receive(query()));
  });

  const DECISIVE = ["secret_key", "id", "status"];

  it.each(Object.keys(NOTIFICATION).filter((name) => !DECISIVE.includes(name)))(
    "succeeds if %s is repeated, which decides nothing",
    (name) => {
      expect(receive(`${query()}&${name}=x`)).toMatchObject({ reported: { status: "succeeded" } });
      expect(JSON.stringify(receive(`${name}=x&${query()}`))).not.toContain('"x"');
    },
  );

  it.each(DECISIVE)("is refused as malformed if %s is repeated", (name) => {
    const value = NOTIFICATION[name as keyof typeof NOTIFICATION];
    for (const text of [
      `${query()}&${name}=${value}`,
      `${name}=x&${query()}`,
      `${query()}&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=`,
    ]) {
      expect(receive(text)).toEqual({
        kind: "refused",
        reason: "malformed",
        detail: "secret_key, id or status is repeated or unreadable.",
      });
    }
  });

  it.each<[string, string]>([
    ["no id", query({ id: undefined })],
    ["an empty id", `${query({ id: undefined })}&id=`],
    ["a line break in the id", query({ id: "a\r\nb" })],
    ["an over-long id", query({ id: "x".repeat(201) })],
    ["no status", query({ status: undefined })],
    ["an empty status", `${query({ status: undefined })}&status=`],
  ])("is refused as malformed with %s", (_, text) => {
    expect(receive(text)).toMatchObject({ kind: "refused", reason: "malformed" });
  });

  const UNREADABLE = ["%00", "%ff", "%ZZ", "%", "p%B3atno%B6%E6", "%u0142", "%C0%AF", "%ED%A0%80"];

  it.each(["secret_key", "id", "status"])("is refused as malformed if %s is unreadable", (name) => {
    for (const value of UNREADABLE) {
      const text = `${query({ [name]: undefined })}&${name}=${value}`;
      expect(receive(text)).toMatchObject({ kind: "refused", reason: "malformed" });
    }
  });

  it.each([
    ["operator", "operator"],
    ["operator_id", "operator_id"],
    ["payment_channel", "payment_channel"],
    ["email", "buyerEmail"],
  ])("is read without %s if that is unreadable", (name) => {
    for (const value of UNREADABLE) {
      const text = `${query({ [name]: undefined })}&${name}=${value}`;
      expect(receive(text)).toEqual(receive(query({ [name]: undefined })));
    }
  });

  it.each(UNREADABLE)("is read whole with an unknown and unreadable parameter: %s", (value) => {
    for (const more of [`new=${value}`, `${value}=1`, value, `new=1&new=${value}`]) {
      expect(receive(`${more}&${query()}&${more}`)).toEqual(receive(query()));
    }
  });

  it.each<[string, string]>([
    ["no secret_key", query({ secret_key: undefined })],
    ["an empty secret_key", `${query({ secret_key: undefined })}&secret_key=`],
    ["another secret_key", query({ secret_key: "s3cret-kez" })],
    ["a shorter secret_key", query({ secret_key: "s3cret-ke" })],
    ["a longer secret_key", query({ secret_key: "s3cret-keyy" })],
    ["a secret_key in upper case", query({ secret_key: "S3CRET-KEY" })],
    ["a very long secret_key", query({ secret_key: "x".repeat(60_000) })],
    ["a secret_key by another name", `${query({ secret_key: undefined })}&Secret_Key=s3cret-key`],
    ["nothing", ""],
    ["nothing of use, repeated", "secret_key=x&id=1&id=2&status=OK&status=ERR"],
  ])("is refused as unauthenticated with %s, always in the same way", (_, text) => {
    expect(receive(text)).toEqual({
      kind: "refused",
      reason: "unauthenticated",
      detail: "secret_key is missing or wrong.",
    });
  });

  it("is accepted with each of several keys", () => {
    const rotating = sellly({ ...OPTIONS, secretKey: ["current", "next", "last"] });
    for (const key of ["current", "next", "last"]) {
      expect(receive(query({ secret_key: key }), rotating).kind).toBe("notification");
    }
    expect(receive(query(), rotating)).toMatchObject({ reason: "unauthenticated" });
    expect(receive(query({ secret_key: "current,next,last" }), rotating)).toMatchObject({ reason: "unauthenticated" });
  });

  it("has its details cut to 200 characters on one line", () => {
    const parsed = receive(query({ operator_id: `${"x".repeat(199)}😀😀`, payment_channel: "a\r\n\x1b[31mb" }));
    expect(parsed).toMatchObject({
      details: { operator_id: `${"x".repeat(199)}\ufffd`, payment_channel: "a\ufffd\ufffd\ufffd[31mb" },
    });
    expect(receive(query({ status: "y".repeat(500) }))).toMatchObject({
      reported: { status: "unrecognized", providerStatus: "y".repeat(200) },
    });
  });

  it("belongs to the shop, whichever operator the instance uses", () => {
    const stripe = sellly({ ...OPTIONS, operator: "stripe" });
    expect(receive(query(), stripe)).toEqual(receive(query()));
    expect(stripe.merchantAccount).toBe("sellly:SHOP1");
    expect(provider.merchantAccount).toBe("sellly:SHOP1");
    expect(provider.name).toBe("sellly");
  });

  it("lets failures through that are not the query's", () => {
    const broken = {
      ...callback(""),
      query: {
        ...callback("").query,
        get: () => {
          throw new TypeError("bug");
        },
      },
    };
    expect(() => provider.receive(broken, newCall())).toThrow(TypeError);
  });
});

describe("reply to the notification", () => {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  const payment = {} as Payment;
  const returnUrl = "https://shop.example/thanks";

  it.each<CallbackOutcome>([
    { kind: "applied", payment, returnUrl },
    { kind: "duplicate", payment, returnUrl },
    { kind: "under_review", payment, returnUrl },
    { kind: "unknown_payment", returnUrl },
  ])("is exactly OK when $kind", async (outcome) => {
    expect(await provider.reply(outcome, undefined)).toEqual({ status: 200, headers, body: "OK" });
  });

  it.each<[string, CallbackOutcome, number, string]>([
    ["unauthenticated", { kind: "refused", reason: "unauthenticated" }, 400, "Refused."],
    ["malformed", { kind: "refused", reason: "malformed" }, 400, "Refused."],
    ["not stored", { kind: "error" }, 503, "Not stored, send it again."],
  ])("is no acknowledgement when %s", async (_, outcome, status, body) => {
    expect(await provider.reply(outcome, undefined)).toEqual({ status, headers, body });
  });
});

describe("operator", () => {
  it("is the instance's unless the checkout chooses", async () => {
    const stripe = sellly({ ...OPTIONS, operator: "stripe" });
    expect(await sentWith({}, "PLN", stripe)).toContain("&operator=stripe&");
    expect(await sentWith({ operator: "cashbill" }, "PLN", stripe)).toContain("&operator=cashbill&");
    expect(await sentWith({ operator: "stripe" })).toContain("&operator=stripe&");
  });
});

describe("buyer's return address", () => {
  it("is ignored, as the traits say", async () => {
    expect(provider.traits.returnUrl).toBe("preset");
    const sent = answer(200, CREATED);
    await provider.create(createRequest(), newCall());
    expect(sent.body).not.toContain("shop.example");
  });
});

describe("amount in notification", () => {
  it("is never reported, even if the gateway sends one", () => {
    const parsed = receive(`${query()}&price=0.01&amount=1`);
    expect(parsed).toMatchObject({ kind: "notification", reported: { status: "succeeded" } });
    expect(inspect(parsed, { depth: null })).not.toMatch(/amount|price/);
  });
});

describe("status query, refund", () => {
  it("are not offered", () => {
    expect(Object.keys(provider).sort()).toEqual(
      [
        "merchantAccount",
        "contract",
        "create",
        "name",
        "requiredBuyerFields",
        "receive",
        "reply",
        "traits",
        "validate",
      ].sort(),
    );
  });
});

describe("options", () => {
  it("have documented defaults", () => {
    expect(provider.traits.expiresAfterSeconds).toBe(604_800);
    expect(sellly({ ...OPTIONS, expiresAfterSeconds: 600 }).traits.expiresAfterSeconds).toBe(600);
  });

  it.each<[string, unknown]>([
    ["shopId", { ...OPTIONS, shopId: undefined }],
    ["shopId", { ...OPTIONS, shopId: "" }],
    ["shopId", { ...OPTIONS, shopId: 7 }],
    ["shopId", { ...OPTIONS, shopId: " SHOP1" }],
    ["shopId", { ...OPTIONS, shopId: "SHOP\n1" }],
    ["secretKey", { ...OPTIONS, secretKey: undefined }],
    ["secretKey", { ...OPTIONS, secretKey: "" }],
    ["secretKey", { ...OPTIONS, secretKey: "CANARY\n" }],
    ["secretKey", { ...OPTIONS, secretKey: " " }],
    ["secretKey", { ...OPTIONS, secretKey: [] }],
    ["secretKey.1", { ...OPTIONS, secretKey: ["CANARY", ""] }],
    ["secretKey", { ...OPTIONS, secretKey: { env: "CANARY" } }],
    ["operator", { ...OPTIONS, operator: undefined }],
    ["operator", { ...OPTIONS, operator: "CANARY" }],
    ["currencyConverter", { ...OPTIONS, currencyConverter: "EUR" }],
    ["expiresAfterSeconds", { ...OPTIONS, expiresAfterSeconds: 0 }],
    ["expiresAfterSeconds", { ...OPTIONS, expiresAfterSeconds: 1.5 }],
    ["expiresAfterSeconds", { ...OPTIONS, expiresAfterSeconds: 1e12 }],
    ["baseUrl", { ...OPTIONS, baseUrl: "http://api.sellly.io" }],
    ["baseUrl", { ...OPTIONS, baseUrl: "https://u:CANARY@api.sellly.io" }],
    ["baseUrl", { ...OPTIONS, baseUrl: 7 }],
    ["secret", { ...OPTIONS, secret: "CANARY" }],
    ["options", undefined],
    ["options", null],
    ["options", "CANARY"],
  ])("are refused for %s: case %#", (field, options) => {
    const error = failureOf(() => sellly(options as SelllyOptions));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", field });
    expect(error.message).toContain(field);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain("CANARY");
  });
});

describe("attacks", () => {
  it("forged: 100,000 guesses of the key are all refused alike", () => {
    const call = newCall();
    const genuine = callback(query());
    const refused = receive("");
    let guess = "";
    const get = (name: string) => (name === "secret_key" ? guess : genuine.query.get(name));
    const forged = { ...genuine, query: { ...genuine.query, get } };
    let alike = 0;
    for (let at = 0; at < 100_000; at++) {
      guess = `s3cret-${at}`;
      if (isDeepStrictEqual(provider.receive(forged, call), refused)) alike++;
    }
    expect(alike).toBe(100_000);
    guess = NOTIFICATION.secret_key;
    expect(provider.receive(forged, call)).toMatchObject({ kind: "notification" });
  });

  it("leaks: no secret, e-mail or IP in any outcome, error or reply", async () => {
    const secrets = /CANARY|203\.0\.113\.177/;
    const leaky = sellly({ ...OPTIONS, secretKey: ["CANARY-KEY-1", "CANARY-KEY-2"] });
    const buyer = { ip: "203.0.113.177", email: "CANARY@example.com", language: "pl" };
    const request = createRequest({ buyer, callbackUrl: "https://shop.example/CANARY" });
    const echo = `CANARY-KEY-1 ${buyer.email} ${buyer.ip}`;
    const seen: unknown[] = [leaky, leaky.create, leaky.receive];
    for (const [status, body] of [
      [200, CREATED],
      [200, echo],
      [200, { ...CREATED, status: 607, message: echo }],
      [500, { status: 602, message: echo }],
      [500, `602 ${echo}`],
      [500, echo],
      [400, echo],
    ] as const) {
      answer(status, body);
      seen.push(await leaky.create(request, newCall()));
    }
    nock("https://api.sellly.io")
      .post("/pay")
      .replyWithError(Object.assign(new Error(echo), { code: "ECONNRESET" }));
    seen.push(await leaky.create(request, newCall()));
    for (const bad of [{ ip: "CANARY" }, { email: "CANARY" }, { language: "CANARY" }]) {
      seen.push(failureOf(() => leaky.validate?.(createRequest({ buyer: { ...buyer, ...bad } }))));
    }
    for (const options of [
      { paymentMethod: "CANARY CANARY" },
      { operator: "CANARY" },
      { currencyConverter: "CANARY" },
    ]) {
      seen.push(failureOf(() => checkWith(options, "PLN", leaky)));
    }
    seen.push(failureOf(() => checkWith({ operator: "stripe", paymentMethod: "CANARY" }, "EUR", leaky)));
    const good = { secret_key: "CANARY-KEY-2", email: buyer.email };
    const { buyerEmail, ...rest } = receive(query(good), leaky) as { buyerEmail?: string };
    expect(buyerEmail).toBe(buyer.email);
    seen.push(rest);
    for (const text of [
      query({ ...good, id: "" }),
      `${query(good)}&id=CANARY`,
      query({ secret_key: "CANARY-KEY-3" }),
    ]) {
      const refused = receive(text, leaky);
      seen.push(refused, await leaky.reply({ kind: "refused", reason: "malformed" }, refused));
    }
    for (const thing of seen) {
      expect(inspect(thing, { depth: Infinity, showHidden: true }) + JSON.stringify(thing)).not.toMatch(secrets);
    }
  });

  it("text: any query is answered, and only the key opens it", () => {
    const value = fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\0", "").toWellFormed());
    const name = fc.constantFrom(...Object.keys(NOTIFICATION), "other");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (pairs) => {
        expect(receive(new URLSearchParams(pairs).toString()).kind).toBe("refused");
        const opened = pairs.filter(([key]) => key !== "secret_key");
        const parsed = receive(`secret_key=s3cret-key&${new URLSearchParams(opened)}`);
        expect(JSON.stringify(parsed)).not.toContain("unauthenticated");
      }),
    );
  });

  it("patterns: 64 KiB of anything are read in no time", async () => {
    const long = "a".repeat(64 * 1024);
    // The time of this process alone, since the machine may be busy.
    const started = process.cpuUsage();
    for (const text of [long, `${long}@`, `${"a.".repeat(32 * 1024)}@a`, `a@${"a-".repeat(32 * 1024)}`]) {
      failureOf(() => provider.validate?.(createRequest({ buyer: { ...createRequest().buyer, email: text } })));
      failureOf(() => checkWith({ paymentMethod: text }));
      failureOf(() => sellly({ ...OPTIONS, shopId: `${text} ` }));
      receive(query({ id: text, status: text, operator_id: text }));
    }
    for (const text of [long, " ".repeat(64 * 1024), `error${":".repeat(64 * 1024)}`]) {
      answer(500, text);
      expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
    }
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(500);
  });
});
