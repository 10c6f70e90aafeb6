import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createPay, memoryStore, money, type PaymentEvent } from "@pay/core";
import type { CallbackOutcome, Payment } from "@pay/core/adapter";
import { createCall, isPayError } from "@pay/core/adapter";
import fc from "fast-check";
import nock from "nock";
import {
  CREATED,
  callback,
  createRequest,
  GATEWAY,
  md5,
  NAME,
  newCall,
  OPTIONS,
  PAYMENTS,
  PROVIDER_REFERENCE,
  query,
  sha1,
  status,
} from "../test/fixtures.ts";
import { adapter, type CashBillCheckoutOptions, type CashBillOptions, cashBill } from "./index.ts";

const provider = cashBill(OPTIONS);

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

const receive = (encoded: string, of = provider) => of.receive(callback(encoded), newCall());
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return isPayError(error) ? [error.code, error.field] : error;
  }
  return "accepted";
};

/** Answers the next create, and gives the fields that were sent. */
function answerCreate(code: number, body: string | object, path = PAYMENTS): Promise<URLSearchParams> {
  return new Promise((resolve) => {
    const scope = nock(GATEWAY).post(path).reply(code, body);
    scope.on("request", (_request, _interceptor, raw: string) => resolve(new URLSearchParams(raw)));
  });
}

describe("create", () => {
  it("sends the fields in the order they are signed in, and their SHA-1 with the key", async () => {
    const sent = answerCreate(200, CREATED);
    await provider.create(createRequest(), newCall());
    const signed =
      "VIP, 30 dni19.99PLNhttps://shop.example/thanksVIP, 30 dnihttps://shop.example/sorry01h455vb4pex5vsknk084sn02qs3cret-key";
    expect([...(await sent)]).toEqual([
      ["title", "VIP, 30 dni"],
      ["amount.value", "19.99"],
      ["amount.currencyCode", "PLN"],
      ["returnUrl", "https://shop.example/thanks"],
      ["description", "VIP, 30 dni"],
      ["negativeReturnUrl", "https://shop.example/sorry"],
      ["additionalData", "01h455vb4pex5vsknk084sn02q"],
      ["sign", sha1(signed)],
    ]);
  });

  it("sends channel and e-mail address where they are given", async () => {
    const sent = answerCreate(200, CREATED);
    const change = { buyer: { email: "buyer@example.com" }, options: { paymentChannel: "blik" } };
    await provider.create(createRequest(change), newCall());
    const fields = [...(await sent)];
    expect(fields.slice(-3, -1)).toEqual([
      ["paymentChannel", "blik"],
      ["personalData.email", "buyer@example.com"],
    ]);
    const values = fields.slice(0, -1).map(([, value]) => value);
    expect(fields.at(-1)).toEqual(["sign", sha1(`${values.join("")}s3cret-key`)]);
  });

  it("signs with the first of several keys", async () => {
    const sent = answerCreate(200, CREATED);
    await cashBill({ ...OPTIONS, secretKey: ["next", "s3cret-key"] }).create(createRequest(), newCall());
    const fields = [...(await sent)].map(([, value]) => value);
    expect(fields.at(-1)).toBe(sha1(`${fields.slice(0, -1).join("")}next`));
  });

  it.each([
    [2000, "PLN", "20.00"],
    [2050, "EUR", "20.50"],
    [5, "USD", "0.05"],
    [435, "PLN", "4.35"],
  ])("writes %i minor units of %s as %s", async (amount, currency, decimal) => {
    const sent = answerCreate(200, CREATED);
    await provider.create(createRequest({ amount: { value: amount, currency } }), newCall());
    expect((await sent).get("amount.value")).toBe(decimal);
  });

  it("goes to the sandbox where told to", async () => {
    answerCreate(200, CREATED, "/testws/rest/payment/shop1");
    const sandbox = cashBill({ ...OPTIONS, baseUrl: "https://pay.cashbill.pl/testws/rest/" });
    expect((await sandbox.create(createRequest(), newCall())).kind).toBe("accepted");
  });

  it("sends the buyer to redirectUrl, and remembers the id", async () => {
    answerCreate(200, { ...CREATED, more: 1 });
    expect(await provider.create(createRequest(), newCall())).toEqual({
      kind: "accepted",
      providerReference: PROVIDER_REFERENCE,
      next: { kind: "redirect", url: CREATED.redirectUrl },
    });
  });

  it.each(["7", "12345678901234567"])("takes the number %s for an id, with all digits", async (id) => {
    answerCreate(200, JSON.stringify(CREATED).replace(JSON.stringify(CREATED.id), id));
    expect(await provider.create(createRequest(), newCall())).toMatchObject({
      kind: "accepted",
      providerReference: id,
    });
  });

  it.each<[string, string | object]>([
    ["no JSON", "<html>"],
    ["nothing", ""],
    ["an error", { errorMessage: "Błędny podpis" }],
    ["no id", { redirectUrl: CREATED.redirectUrl }],
    ["an empty id", { ...CREATED, id: "" }],
    ["a fraction as id", { ...CREATED, id: 7.5 }],
    ["a line break in the id", { ...CREATED, id: "a\r\nb" }],
    ["no redirectUrl", { id: PROVIDER_REFERENCE }],
    ["plain http", { ...CREATED, redirectUrl: "http://pay.cashbill.pl/" }],
    ["a script as address", { ...CREATED, redirectUrl: "javascript:alert(1)" }],
    ["credentials in the address", { ...CREATED, redirectUrl: "https://a:b@pay.cashbill.pl/" }],
  ])("takes the outcome for unknown after an answer with %s", async (_, body) => {
    answerCreate(200, body);
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it.each([
    [400, "rejected"],
    [403, "rejected"],
    [429, "rejected"],
    [408, "unknown"],
    [500, "unknown"],
    [503, "unknown"],
    [302, "unknown"],
  ])("takes HTTP %i for %s", async (code, kind) => {
    answerCreate(code, CREATED);
    expect((await provider.create(createRequest(), newCall())).kind).toBe(kind);
  });

  it("is not sent when time was up before", async () => {
    expect(await provider.create(createRequest(), createCall(AbortSignal.abort()))).toMatchObject({ kind: "not_sent" });
  });

  it.each<[string, Parameters<typeof createRequest>[0]]>([
    ["amount.currency", { amount: { value: 1, currency: "GBP" } }],
    ["buyer.email", { buyer: { email: "nobody" } }],
    ["options.paymentChannel", { options: { paymentChannel: "a b" } }],
    ["options.channel", { options: { channel: "blik" } as CashBillCheckoutOptions }],
  ])("refuses a wrong %s before anything is sent", async (field, change) => {
    expect(codeOf(() => provider.validate?.(createRequest(change)))).toEqual(["INVALID_REQUEST", field]);
    await expect(provider.create(createRequest(change), newCall())).rejects.toMatchObject({ field });
  });
});

describe("notification", () => {
  it("says that the payment is to be asked about, and nothing more", () => {
    expect(receive(query())).toEqual({
      kind: "check_status",
      about: { providerReference: PROVIDER_REFERENCE },
      providerReference: PROVIDER_REFERENCE,
    });
  });

  it("may have more arguments, of which the first is the payment", () => {
    expect(receive(query({ args: `${PROVIDER_REFERENCE},2` }))).toMatchObject({
      kind: "check_status",
      providerReference: PROVIDER_REFERENCE,
    });
  });

  it("is taken with any of several keys", () => {
    const rotating = cashBill({ ...OPTIONS, secretKey: ["next", "s3cret-key"] });
    expect(receive(query(), rotating)).toMatchObject({ kind: "check_status" });
    expect(receive(query({ key: "next" }), rotating)).toMatchObject({ kind: "check_status" });
    expect(receive(query({ key: "old" }), rotating)).toMatchObject({ kind: "refused" });
  });

  const genuine = md5(`transactionStatusChanged${PROVIDER_REFERENCE}s3cret-key`);
  it.each<[string, string]>([
    ["another key", query({ key: "s3cret-kez" })],
    ["no sign", `cmd=transactionStatusChanged&args=${PROVIDER_REFERENCE}`],
    ["an empty sign", query({ sign: "" })],
    ["one bit of the sign changed", query({ sign: genuine.replace(/.$/, (last) => (last === "0" ? "1" : "0")) })],
    ["the sign cut", query({ sign: genuine.slice(0, -1) })],
    ["more than the sign", query({ sign: `${genuine}0` })],
    ["the sign in capitals", query({ sign: genuine.toUpperCase() })],
    ["a sign of many bytes", query({ sign: `ż${genuine.slice(1)}` })],
    ["a SHA-1", query({ sign: sha1(`transactionStatusChanged${PROVIDER_REFERENCE}s3cret-key`) })],
    ["the sign of a question", query({ sign: sha1(`${PROVIDER_REFERENCE}s3cret-key`) })],
    ["no key in the sign", query({ sign: md5(`transactionStatusChanged${PROVIDER_REFERENCE}`) })],
    ["another payment under the sign", query({ args: "TEST_other", sign: genuine })],
    [
      "a letter moved from args to cmd",
      query({ cmd: `transactionStatusChangedT`, args: PROVIDER_REFERENCE.slice(1), sign: genuine }),
    ],
    [
      "a letter moved from cmd to args",
      query({ cmd: "transactionStatusChange", args: `d${PROVIDER_REFERENCE}`, sign: genuine }),
    ],
    ["a command nobody knows", query({ cmd: "refundFinished" })],
    [
      "a letter moved from one known command to args",
      query({ cmd: "verificationFinishe", args: `d${PROVIDER_REFERENCE}` }),
    ],
    ["nothing at all", ""],
  ])("is refused with %s", (_, encoded) => {
    expect(receive(encoded)).toMatchObject({ kind: "refused", reason: "unauthenticated" });
  });

  it("is acknowledged and ignored where it is about the shop, if it is genuine", () => {
    const encoded = query({ cmd: "verificationFinished" });
    expect(receive(encoded)).toMatchObject({ kind: "ignored", reply: { status: 200, body: "OK" } });
    expect(receive(encoded.replace(/sign=[0-9a-f]{4}/, "sign=0000"))).toMatchObject({ kind: "refused" });
  });

  it("is refused with a repeated parameter", () => {
    for (const name of ["cmd", "args", "sign"]) {
      expect(codeOf(() => receive(`${query()}&${name}=x`))).toEqual(["MALFORMED", name]);
    }
  });

  it("is refused when it names no payment", () => {
    for (const args of ["", ",", "a\nb", "x".repeat(201)]) {
      expect(receive(query({ args }))).toMatchObject({ kind: "refused", reason: "malformed" });
    }
  });

  it("is refused whatever is signed without the key", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: "grapheme" }), fc.string(), (cmd, args, key) => {
        fc.pre(key !== "s3cret-key" && !`${cmd}${args}`.includes("\0"));
        const forged = [query({ cmd, args, key }), query({ args, key }), query({ args, sign: key })];
        for (const encoded of forged) expect(receive(encoded)).toMatchObject({ kind: "refused" });
      }),
    );
  });
});

describe("reply", () => {
  const payment = {} as Payment;
  const returnUrl = "https://shop.example/thanks";
  it.each<[CallbackOutcome, number, string]>([
    [{ kind: "status_check_scheduled", payment, returnUrl }, 200, "OK"],
    [{ kind: "applied", payment, returnUrl }, 200, "OK"],
    [{ kind: "duplicate", payment, returnUrl }, 200, "OK"],
    [{ kind: "under_review", payment, returnUrl }, 200, "OK"],
    [{ kind: "unknown_payment", returnUrl: "https://shop.example/" }, 200, "OK"],
    [{ kind: "refused", reason: "unauthenticated" }, 400, "Refused."],
    [{ kind: "refused", reason: "malformed" }, 400, "Refused."],
    [{ kind: "error" }, 503, "Not stored, send it again."],
  ])("to %j is %i %s", (outcome, code, body) => {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    expect(provider.reply(outcome, undefined)).toEqual({ status: code, headers, body });
  });
});

describe("question", () => {
  const answer = (code: number, body: string | object) =>
    nock(GATEWAY)
      .get(`${PAYMENTS}/${PROVIDER_REFERENCE}`)
      .query({ sign: sha1(`${PROVIDER_REFERENCE}s3cret-key`) })
      .reply(code, body);

  it.each([
    ["PositiveFinish", "succeeded"],
    ["NegativeFinish", "failed"],
    ["Fraud", "failed"],
    ["TimeExceeded", "failed"],
    ["CriticalError", "failed"],
    ["Abort", "failed"],
    ["PreStart", "pending"],
    ["Start", "pending"],
    ["PositiveAuthorization", "pending"],
    ["NegativeAuthorization", "pending"],
    ["positivefinish", "unrecognized"],
    ["Refund", "unrecognized"],
    ["", "unrecognized"],
  ])("answered with %s observes %s", async (name, reported) => {
    answer(200, status(name));
    const amount = { value: 1999, currency: "PLN" };
    expect(await provider.retrieve(NAME, newCall())).toEqual({ status: reported, amount, providerStatus: name });
  });

  it.each<[unknown, number]>([
    [4.35, 435],
    [20, 2000],
    ["20.5", 2050],
    ["0.05", 5],
  ])("reads the amount %j exactly", async (value, amount) => {
    answer(200, status("PositiveFinish", { amount: { value, currencyCode: "EUR" } }));
    expect(await provider.retrieve(NAME, newCall())).toMatchObject({ amount: { value: amount, currency: "EUR" } });
  });

  it.each<[string, number, string | object]>([
    ["no JSON", 200, "PositiveFinish"],
    ["another payment", 200, status("PositiveFinish", { id: "TEST_other" })],
    ["no amount", 200, status("PositiveFinish", { amount: undefined })],
    ["HTTP 403", 403, {}],
    ["HTTP 500", 500, status("PositiveFinish")],
  ])("has no answer with %s", async (_, code, body) => {
    answer(code, body);
    await expect(provider.retrieve(NAME, newCall())).rejects.toThrow(/CashBill's answer: /);
  });

  it.each([19.999, 323.999999999973, -1, "1e3", "324,00"])(
    "shows a person the amount %j, which it cannot read",
    async (value) => {
      answer(200, status("PositiveFinish", { amount: { value, currencyCode: "PLN" } }));
      const report = { status: "unrecognized", providerStatus: `PositiveFinish ${value} PLN` };
      expect(await provider.retrieve(NAME, newCall())).toEqual(report);
    },
  );

  it("cannot be asked about a payment CashBill never named", async () => {
    const { providerReference: _, ...nameless } = NAME;
    await expect(provider.retrieve(nameless, newCall())).rejects.toThrow(/named/);
  });
});

describe("with Pay around it", () => {
  const pay = createPay({
    providers: { cashbill: provider },
    default: "cashbill",
    store: memoryStore(),
    baseUrl: "https://shop.example/pay",
    secret: "a secret of this test, which is long enough",
    logger: { info() {}, warn() {}, error() {} },
  });
  afterAll(() => pay.close());

  it("a notification has CashBill asked, and its answer pays the order", async () => {
    const paid = new Promise<PaymentEvent>((resolve) => pay.on("payment.succeeded", "test", resolve));
    await pay.start();
    answerCreate(200, CREATED);
    const amount = money("19.99", "PLN");
    const returnUrl = "https://shop.example/thanks";
    const { next } = await pay.checkout({ orderId: "order-1", amount, description: "VIP", returnUrl, buyer: {} });
    expect(next).toEqual({ kind: "redirect", url: CREATED.redirectUrl });
    const notify = (encoded: string) =>
      pay.fetch(new Request(`https://shop.example/pay/callbacks/cashbill?${encoded}`));
    expect((await notify(query({ key: "wrong-key" }))).status).toBe(400);
    const asked = nock(GATEWAY).get(/.*/).reply(200, status("PositiveFinish"));
    expect(await (await notify(query())).text()).toBe("OK");
    expect((await paid).payment).toMatchObject({ orderId: "order-1", state: "succeeded" });
    expect(asked.isDone()).toBe(true);
  });
});

describe("options", () => {
  it("have documented defaults", () => {
    expect(provider.traits.expiresAfterSeconds).toBe(604_800);
    expect(provider).toMatchObject({ name: "cashbill", merchantAccount: "cashbill:shop1" });
  });

  it.each<[string, unknown]>([
    ["shopId", { secretKey: "k" }],
    ["shopId", { ...OPTIONS, shopId: " shop1" }],
    ["secretKey", { shopId: "shop1" }],
    ["secretKey", { ...OPTIONS, secretKey: [] }],
    ["secretKey", { ...OPTIONS, secretKey: "" }],
    ["expiresAfterSeconds", { ...OPTIONS, expiresAfterSeconds: 0 }],
    ["baseUrl", { ...OPTIONS, baseUrl: "http://pay.cashbill.pl" }],
    ["secret", { ...OPTIONS, secret: "x" }],
    ["options", undefined],
  ])("are refused for %s: %j", (field, options) => {
    expect(codeOf(() => cashBill(options as CashBillOptions))).toEqual(["INVALID_CONFIG", field]);
  });

  it("may come from a configuration, which is told what is wrong", () => {
    const validate = adapter.options["~standard"].validate;
    expect(adapter.create(OPTIONS)).toMatchObject({ name: "cashbill" });
    expect(validate(OPTIONS)).not.toHaveProperty("issues");
    expect(validate({ shopId: "shop1" })).toMatchObject({ issues: [{ path: ["secretKey"] }] });
  });

  it("stay hidden, and so does the buyer, whatever comes of a payment", async () => {
    const canaries = cashBill({ ...OPTIONS, secretKey: "CANARY-key" });
    const request = createRequest({ buyer: { email: "canary@example.com" } });
    const seen: unknown[] = [canaries];
    for (const [code, body] of [
      [200, CREATED],
      [400, "CANARY-key canary@example.com"],
      [500, "CANARY-key"],
    ] as const) {
      answerCreate(code, body);
      seen.push(await canaries.create(request, newCall()));
      nock(GATEWAY).get(/.*/).reply(code, status("Start"));
      seen.push(await canaries.retrieve(NAME, newCall()).catch((error: unknown) => error));
    }
    seen.push(
      codeOf(() => canaries.validate?.({ ...request, buyer: { email: "CANARY" } })),
      receive(query(), canaries),
    );
    const shown = inspect(seen, { depth: 9, showHidden: true }) + JSON.stringify(seen);
    expect(shown).not.toMatch(/canary/i);
  });
});
