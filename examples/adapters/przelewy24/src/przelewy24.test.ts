import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createPay, memoryStore, money, type PaymentEvent } from "@pay/core";
import type { CallbackOutcome, Payment, RefundOutcome } from "@pay/core/adapter";
import { createCall, isPayError } from "@pay/core/adapter";
import fc from "fast-check";
import nock from "nock";
import { answer } from "../test/answer.ts";
import {
  callback,
  createRequest,
  GATEWAY,
  NOT_FOUND,
  newCall,
  notification,
  OPTIONS,
  ORDER_ID,
  PAID,
  RECORDED,
  REFERENCE,
  REFUND,
  REFUND_REFERENCE,
  REGISTERED,
  refundNotification,
  sha384,
  transaction,
  UNPAID,
  VERIFIED,
} from "../test/fixtures.ts";
import { adapter, type Przelewy24CheckoutOptions, type Przelewy24Options, przelewy24 } from "./index.ts";

const provider = przelewy24(OPTIONS);
const ORDER = String(ORDER_ID);
const FIND = `by/sessionId/${REFERENCE}`;
const VERIFY_SIGN = sha384(
  `{"sessionId":"${REFERENCE}","orderId":${ORDER_ID},"amount":1999,"currency":"PLN","crc":"crc-key"}`,
);

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
  const left = nock.pendingMocks();
  nock.cleanAll();
  expect(left).toEqual([]);
});
afterAll(() => nock.restore());

const receive = (body: unknown, of = provider) => of.receive(callback(body), newCall());
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return isPayError(error) ? [error.code, error.field] : error;
  }
  return "accepted";
};

describe("create", () => {
  it("registers the payment with the documented fields, signed and authorised", async () => {
    const sent = answer("POST", "register", 200, REGISTERED);
    await provider.create(createRequest(), newCall());
    const { body, headers, text } = await sent;
    expect(body).toEqual({
      merchantId: 12345,
      posId: 123,
      sessionId: REFERENCE,
      amount: 1999,
      currency: "PLN",
      description: "VIP / zażółć",
      email: "buyer@example.com",
      country: "PL",
      language: "pl",
      urlReturn: "https://shop.example/thanks?payment=1",
      urlStatus: "https://shop.example/pay/callbacks/p24",
      encoding: "UTF-8",
      sign: sha384(`{"sessionId":"${REFERENCE}","merchantId":12345,"amount":1999,"currency":"PLN","crc":"crc-key"}`),
    });
    expect(headers.get("authorization")).toBe(`Basic ${Buffer.from("123:api-key").toString("base64")}`);
    expect(headers.get("content-type")).toBe("application/json");
    expect(text).not.toContain("crc-key");
  });

  it("signs as others recorded it", async () => {
    const sent = answer("POST", "register", 200, REGISTERED);
    // From the tests of https://github.com/zagi/przelewy24-ts-sdk (read November 2026).
    const recorded = przelewy24({ merchantId: 12345, apiKey: "k", crc: "a1b2c3d4e5f60718" });
    const amount = { value: 1000, currency: "PLN" };
    await recorded.create(createRequest({ merchantReference: "order-001", amount }), newCall());
    expect((await sent).body).toMatchObject({
      posId: 12345,
      sign: "025246ab13151058f5dc6d887924062de27598af3169f8d75f944029d52790c59b24e50646c1ec6375f3e33fea19e71b",
    });
  });

  it("sends a payment method and a language where they are given, and signs with the first of several keys", async () => {
    const sent = answer("POST", "register", 200, REGISTERED);
    const rotating = przelewy24({ ...OPTIONS, crc: ["next", "crc-key"] });
    const change = { buyer: { email: "buyer@example.com", language: "en" }, options: { method: 154 } };
    await rotating.create(createRequest(change), newCall());
    expect((await sent).body).toMatchObject({
      language: "en",
      method: 154,
      sign: sha384(`{"sessionId":"${REFERENCE}","merchantId":12345,"amount":1999,"currency":"PLN","crc":"next"}`),
    });
  });

  it.each([
    [undefined, "pl"],
    ["cs", "cs"],
    ["uk", "en"],
  ])("shows its page to a buyer who speaks %s in %s", async (language, shown) => {
    const sent = answer("POST", "register", 200, REGISTERED);
    const buyer = { email: "buyer@example.com", ...(language !== undefined && { language }) };
    await provider.create(createRequest({ buyer }), newCall());
    expect((await sent).body).toMatchObject({ language: shown });
  });

  it("sends the buyer to the page of the token; the payment has no other name yet", async () => {
    answer("POST", "register", 200, REGISTERED);
    expect(await provider.create(createRequest(), newCall())).toEqual({
      kind: "accepted",
      next: { kind: "redirect", url: "https://secure.przelewy24.pl/trnRequest/AF1B-23_token" },
    });
  });

  it.each<[string, string | object]>([
    ["no JSON", "<html>"],
    ["nothing", ""],
    ["no token", { data: {}, responseCode: 0 }],
    ["an empty token", { data: { token: "" } }],
    ["a number as token", { data: { token: 7 } }],
    ["a path as token", { data: { token: "../../evil" } }],
    ["an address as token", { data: { token: "x?to=https://evil.example" } }],
  ])("takes the outcome for unknown after an answer with %s", async (_, body) => {
    answer("POST", "register", 200, body);
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it.each<[number, object]>([
    [400, { kind: "rejected", code: "declined", retryable: false, providerCode: "400" }],
    [401, { kind: "rejected", code: "configuration", retryable: false, providerCode: "401" }],
    [429, { kind: "rejected", code: "unavailable", retryable: true }],
    [408, { kind: "unknown" }],
    [500, { kind: "unknown" }],
    [302, { kind: "unknown" }],
  ])("takes HTTP %i for %j", async (code, outcome) => {
    answer("POST", "register", code, { error: "Invalid input data", code });
    expect(await provider.create(createRequest(), newCall())).toMatchObject(outcome);
  });

  it("is not sent when time was up before", async () => {
    expect(await provider.create(createRequest(), createCall(AbortSignal.abort()))).toMatchObject({ kind: "not_sent" });
  });

  it.each<[string, Parameters<typeof createRequest>[0]]>([
    ["amount.currency", { amount: { value: 1, currency: "HUF" } }],
    ["buyer.email", { buyer: {} }],
    ["buyer.email", { buyer: { email: `${"a".repeat(39)}@example.com` } }],
    ["options.method", { options: { method: 1.5 } }],
    ["options.channel", { options: { channel: 1 } as Przelewy24CheckoutOptions }],
  ])("refuses a wrong %s before anything is sent: %j", async (field, change) => {
    expect(codeOf(() => provider.validate?.(createRequest(change)))).toEqual(["INVALID_REQUEST", field]);
    await expect(provider.create(createRequest(change), newCall())).rejects.toMatchObject({ field });
  });
});

describe("notification", () => {
  it("has the payment asked about by our name, and brings Przelewy24's", () => {
    expect(receive(notification())).toEqual({
      kind: "check_status",
      about: { merchantReference: REFERENCE },
      providerReference: ORDER,
      details: { methodId: "154" },
    });
  });

  it("is taken as others recorded it", () => {
    const { body, options } = RECORDED.payment;
    expect(receive(body, przelewy24(options))).toMatchObject({
      kind: "check_status",
      about: { merchantReference: "0beec7" },
    });
    expect(receive({ ...body, amount: 1501 }, przelewy24(options))).toMatchObject({ kind: "refused" });
  });

  it("is signed in the order of the document, whatever the order it comes in", () => {
    const reversed = Object.fromEntries(Object.entries(notification()).reverse());
    expect(receive(reversed)).toMatchObject({ kind: "check_status" });
    expect(receive({ ...notification(), more: [1] })).toMatchObject({ kind: "check_status" });
  });

  it("is taken with letters and slashes as they are", () => {
    expect(receive(notification({ statement: "p24/zażółć/😀" }))).toMatchObject({ kind: "check_status" });
    const escaped = JSON.stringify(notification({ statement: "zażółć" })).replace(
      "zażółć",
      "za\\u017c\\u00f3\\u0142\\u0107",
    );
    expect(receive(escaped)).toMatchObject({ kind: "check_status" });
  });

  it("is taken with any of several keys", () => {
    const rotating = przelewy24({ ...OPTIONS, crc: ["next", "crc-key"] });
    expect(receive(notification(), rotating)).toMatchObject({ kind: "check_status" });
    expect(receive(notification({}, "next"), rotating)).toMatchObject({ kind: "check_status" });
    expect(receive(notification({}, "old"), rotating)).toMatchObject({ kind: "refused" });
  });

  const { sign } = notification() as { sign: string };
  it.each<[string, Record<string, unknown>]>([
    ["another key", notification({}, "crc-kez")],
    ["one bit of the sign changed", notification({ sign: sign.replace(/.$/, (last) => (last === "0" ? "1" : "0")) })],
    ["the sign cut", notification({ sign: sign.slice(0, -1) })],
    ["more than the sign", notification({ sign: `${sign}0` })],
    ["the sign in capitals", notification({ sign: sign.toUpperCase() })],
    ["an empty sign", { ...notification(), sign: "" }],
    ["a sign of many bytes", notification({ sign: `ż${sign.slice(1)}` })],
    ["another amount under the sign", notification({ sign, amount: 1 })],
    ["another order under the sign", notification({ sign, orderId: 1 })],
    ["another session under the sign", notification({ sign, sessionId: "01h455vb4pex5vsknk084sn02r" })],
    ["another merchant, genuinely signed", notification({ merchantId: 54321 })],
    ["quotes that would move a border", notification({ statement: 'x","crc":"y' })],
    ["the sign of a registration", { ...notification(), sign: VERIFY_SIGN }],
    ["the sign of a refund", { ...notification(), sign: refundNotification().sign }],
  ])("is refused with %s", (_, body) => {
    expect(receive(body)).toMatchObject({ kind: "refused", reason: "unauthenticated" });
  });

  it.each<[string, unknown]>([
    ["no sign", { ...notification(), sign: undefined }],
    ["a sign that is no text", { ...notification(), sign: [sign] }],
    ["an amount as text", { ...notification(), amount: "1999" }],
    ["half a grosz", { ...notification(), amount: 0.5 }],
    ["an order past what a number keeps", JSON.stringify(notification()).replace(ORDER, "9007199254740993")],
    ["no session", { ...notification(), sessionId: undefined }],
    ["an empty session", notification({ sessionId: "" })],
    ["a refund of an empty session", refundNotification({ sessionId: "" })],
    ["a list", [notification()]],
    ["null", null],
    ["a text", '"x"'],
    ["a refund of no documented status", refundNotification({ status: 2 })],
    ["a refund of no currency", refundNotification({ currency: "" })],
  ])("is refused as malformed with %s", (_, body) => {
    expect(receive(body)).toMatchObject({ kind: "refused", reason: "malformed" });
  });

  it.each([
    ["no JSON", "merchantId=12345"],
    ["nothing", ""],
  ])("is not even read with %s", (_, body) => {
    expect(codeOf(() => receive(body))).toEqual(["MALFORMED", undefined]);
  });

  it("may have its ids as texts, signed as the numbers they are", () => {
    const genuine = JSON.stringify(notification());
    const texts = genuine.replaceAll(/"(merchantId|posId|orderId|methodId)":(\d+)/g, '"$1":"$2"');
    expect(texts).not.toBe(genuine);
    expect(receive(texts)).toEqual(receive(genuine));
  });

  it("is refused with a field that it reads twice", () => {
    const body = JSON.stringify(notification()).replace("{", '{"amount":1,');
    expect(codeOf(() => receive(body))).toEqual(["MALFORMED", "amount"]);
  });

  it("is refused whatever is signed without the key", () => {
    const field = fc.constantFrom("sessionId", "amount", "orderId", "currency", "statement", "merchantId", "sign");
    fc.assert(
      fc.property(field, fc.jsonValue(), fc.string(), (name, value, key) => {
        fc.pre(key !== "crc-key");
        const forged = [
          { ...notification({}, key), [name]: value },
          { ...refundNotification({}, key), [name]: value },
        ];
        for (const body of forged) {
          const text = JSON.stringify(body);
          fc.pre(codeOf(() => callback(text).json()) === "accepted");
          expect(receive(text)).toMatchObject({ kind: "refused" });
        }
      }),
    );
  });
});

describe("refund's notification", () => {
  const amount = { value: 500, currency: "PLN" };

  it.each([
    [0, "succeeded"],
    [1, "failed"],
  ])("with status %i says that the refund is %s", (status, became) => {
    expect(receive(refundNotification({ status }))).toEqual({
      kind: "refund",
      about: { merchantReference: REFERENCE },
      providerReference: ORDER,
      refund: {
        merchantReference: REFUND_REFERENCE,
        providerReference: REFUND_REFERENCE,
        status: became,
        amount,
        providerStatus: String(status),
      },
    });
  });

  it("is taken as others recorded it", () => {
    const { body, options } = RECORDED.refund;
    expect(receive(body, przelewy24(options))).toMatchObject({
      kind: "refund",
      about: { merchantReference: body.sessionId },
      refund: { status: "succeeded", amount },
    });
    expect(receive({ ...body, status: 1 }, przelewy24(options))).toMatchObject({ kind: "refused" });
  });

  it("of a refund begun in Przelewy24's panel names none of ours", () => {
    const parsed = receive(refundNotification({ refundsUuid: "", requestId: "" }));
    expect(parsed).toMatchObject({ kind: "refund", refund: { status: "succeeded", amount } });
    expect(parsed).not.toHaveProperty("refund.merchantReference");
    expect(parsed).not.toHaveProperty("refund.providerReference");
  });

  it.each<[string, Record<string, unknown>]>([
    ["another key", refundNotification({}, "x")],
    ["another status under the sign", refundNotification({ status: 0, sign: refundNotification({ status: 1 }).sign })],
    ["another amount under the sign", refundNotification({ amount: 5000, sign: refundNotification().sign })],
    ["the sign of a payment", { ...refundNotification(), sign: notification().sign }],
    ["another merchant, genuinely signed", refundNotification({ merchantId: 54321 })],
  ])("is refused with %s", (_, body) => {
    expect(receive(body)).toMatchObject({ kind: "refused", reason: "unauthenticated" });
  });
});

describe("traits", () => {
  it("are those of the document: signed notifications, sent again after 3, 5, 15, 30, 60, 150 and 450 minutes", () => {
    expect(provider.traits).toMatchObject({
      callback: {
        methods: ["POST"],
        correlation: "merchant-reference",
        authentication: ["signature"],
        amount: "signed",
      },
      failureIsFinal: false,
      retryDelaysSeconds: [3, 5, 15, 30, 60, 150, 450].map((minutes) => minutes * 60),
    });
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
    [{ kind: "error" }, 503, "Again."],
  ])("to %j is %i %s", (outcome, code, body) => {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    expect(provider.reply(outcome, undefined)).toEqual({ status: code, headers, body });
  });
});

describe("question", () => {
  const amount = { value: 1999, currency: "PLN" };

  it("is the verification, where the order is known", async () => {
    const sent = answer("PUT", "verify", 200, VERIFIED);
    expect(await provider.retrieve(PAID, newCall())).toEqual({
      status: "succeeded",
      amount,
      providerStatus: "verified",
    });
    const { body, headers } = await sent;
    expect(body).toEqual({
      merchantId: 12345,
      posId: 123,
      sessionId: REFERENCE,
      amount: 1999,
      currency: "PLN",
      orderId: ORDER_ID,
      sign: VERIFY_SIGN,
    });
    expect(headers.get("authorization")).toBe(`Basic ${Buffer.from("123:api-key").toString("base64")}`);
  });

  it("finds the order by our name where it is not known, and verifies it", async () => {
    answer("GET", FIND, 200, transaction(1));
    const sent = answer("PUT", "verify", 200, VERIFIED);
    expect(await provider.retrieve(UNPAID, newCall())).toEqual({
      status: "succeeded",
      amount,
      providerReference: ORDER,
      providerStatus: "1",
    });
    expect((await sent).body).toMatchObject({ orderId: ORDER_ID, sign: VERIFY_SIGN });
  });

  it("finds a payment that was verified before, whatever Przelewy24 says to the repetition", async () => {
    answer("PUT", "verify", 400, { error: "Invalid input data", code: 400 });
    answer("GET", FIND, 200, transaction(2));
    expect(await provider.retrieve(PAID, newCall())).toEqual({
      status: "succeeded",
      amount,
      providerReference: ORDER,
      providerStatus: "2",
    });
  });

  it.each<[number, string]>([
    [0, "pending"],
    [2, "succeeded"],
    [3, "reversed"],
    [4, "unrecognized"],
    [-1, "unrecognized"],
  ])("answered with status %i observes %s", async (status, reported) => {
    answer("GET", FIND, 200, transaction(status));
    const found = { status: reported, amount, providerReference: ORDER, providerStatus: String(status) };
    expect(await provider.retrieve(UNPAID, newCall())).toEqual(found);
  });

  it("has to wait before anybody pays", async () => {
    answer("GET", FIND, 404, NOT_FOUND);
    expect(await provider.retrieve(UNPAID, newCall())).toEqual({ status: "pending", providerStatus: "404" });
  });

  it.each([
    ["amount", { amount: 1 }, { value: 1, currency: "PLN" }],
    ["currency", { currency: "EUR" }, { value: 1999, currency: "EUR" }],
  ])("never verifies another %s, and says what was paid", async (_, change, received) => {
    answer("GET", FIND, 200, transaction(1, change));
    const paid = { amount: received, status: "succeeded", providerStatus: "1" };
    expect(await provider.retrieve(UNPAID, newCall())).toMatchObject(paid);
    answer("PUT", "verify", 400, { error: "Invalid input data", code: 400 });
    answer("GET", FIND, 200, transaction(1, change));
    expect(await provider.retrieve(PAID, newCall())).toMatchObject(paid);
  });

  it("waits where the verification is refused", async () => {
    answer("GET", FIND, 200, transaction(1));
    answer("PUT", "verify", 400, { error: "Invalid input data", code: 400 });
    expect(await provider.retrieve(UNPAID, newCall())).toMatchObject({ status: "pending" });
    answer("PUT", "verify", 400, { error: "Invalid input data", code: 400 });
    answer("GET", FIND, 200, transaction(1));
    expect(await provider.retrieve(PAID, newCall())).toMatchObject({ status: "pending" });
  });

  it.each<[string, number, string | object]>([
    ["HTTP 500", 500, VERIFIED],
    ["no JSON", 200, "success"],
    ["another status", 200, { data: { status: "error" }, responseCode: 0 }],
    ["no status", 200, { data: null, responseCode: 0 }],
  ])("has no answer where the verification has none: %s", async (_, code, body) => {
    answer("PUT", "verify", code, body);
    await expect(provider.retrieve(PAID, newCall())).rejects.toThrow("The verification is unknown.");
  });

  it.each<[string, number, string | object]>([
    ["HTTP 500", 500, transaction(2)],
    ["HTTP 401", 401, { error: "Incorrect authentication", code: 401 }],
    ["no JSON", 200, "2"],
    ["no status", 200, transaction(2, { status: undefined })],
    ["an amount as text", 200, transaction(2, { amount: "1999" })],
    ["another session", 200, transaction(2, { sessionId: "01h455vb4pex5vsknk084sn0ee" })],
    ["an order past what a number keeps", 200, transaction(2, { orderId: 2 ** 60 })],
  ])("has no answer with %s", async (_, code, body) => {
    answer("GET", FIND, code, body);
    await expect(provider.retrieve(UNPAID, newCall())).rejects.toThrow(/^The answer about a transaction is/);
  });
});

describe("refund", () => {
  const done = { orderId: ORDER_ID, sessionId: REFERENCE, amount: 500, status: true, message: "success" };

  it("is asked for under our name for it, with the address of its notification", async () => {
    const sent = answer("POST", "refund", 201, { data: [done], responseCode: 0 });
    expect(await provider.refund(REFUND, newCall())).toEqual({ kind: "pending" });
    expect((await sent).body).toEqual({
      requestId: REFUND_REFERENCE,
      refunds: [{ orderId: ORDER_ID, sessionId: REFERENCE, amount: 500 }],
      refundsUuid: REFUND_REFERENCE,
      urlStatus: "https://shop.example/pay/callbacks/p24",
    });
    // The document's limits.
    expect(REFUND_REFERENCE.length).toBeLessThanOrEqual(35);
  });

  it.each<[string, number, string | object, Partial<RefundOutcome>]>([
    ["400", 400, { error: "Invalid input parameters", code: 400 }, { kind: "rejected" }],
    ["401", 401, { error: "Incorrect authentication", code: 401 }, { kind: "rejected", code: "configuration" }],
    ["409", 409, { error: [{ ...done, status: false, message: "Transaction not found" }] }, { kind: "rejected" }],
    ["409 of something else", 409, "Conflict", { kind: "unknown" }],
    ["500", 500, { error: "Unknown error", code: 500 }, { kind: "unknown" }],
    ["no JSON", 201, "success", { kind: "unknown" }],
    ["no refund", 201, { data: [] }, { kind: "unknown" }],
    ["a refund of another transaction", 201, { data: [{ ...done, orderId: ORDER_ID + 1 }] }, { kind: "unknown" }],
    ["a refund of another session", 201, { data: [{ ...done, sessionId: "other" }] }, { kind: "unknown" }],
    ["a refund of another amount", 201, { data: [{ ...done, amount: 5 }] }, { kind: "unknown" }],
    ["a refund that was not taken", 201, { data: [{ ...done, status: false }] }, { kind: "unknown" }],
  ])("answered with %s is as its outcome says", async (_, code, body, outcome) => {
    answer("POST", "refund", code, body);
    expect(await provider.refund(REFUND, newCall())).toMatchObject(outcome);
  });

  it("is not sent for a payment without an order", async () => {
    const { providerReference: _, ...nameless } = REFUND;
    expect(await provider.refund(nameless, newCall())).toMatchObject({ kind: "not_sent" });
  });
});

describe("with Pay around it", () => {
  const pay = createPay({
    providers: { p24: provider },
    default: "p24",
    store: memoryStore(),
    baseUrl: "https://shop.example/pay",
    secret: "a secret of this test, which is long enough",
    logger: { info() {}, warn() {}, error() {} },
  });
  afterAll(() => pay.close());

  it("a notification is verified and pays the order; a refund ends with its own notification", async () => {
    const paid = new Promise<PaymentEvent>((resolve) => pay.on("payment.succeeded", "test", resolve));
    const refunded = new Promise<PaymentEvent>((resolve) => pay.on("refund.succeeded", "test", resolve));
    await pay.start();
    const registered = answer("POST", "register", 200, REGISTERED);
    const payment = await pay.checkout({
      orderId: "order-1",
      amount: money("19.99", "PLN"),
      description: "VIP",
      returnUrl: "https://shop.example/thanks",
      buyer: { email: "buyer@example.com" },
    });
    const { sessionId, urlStatus } = (await registered).body as Record<string, string>;
    const notify = async (body: object) =>
      (await pay.fetch(new Request(urlStatus!, { method: "POST", body: JSON.stringify(body) }))).status;
    expect(await notify(notification({ sessionId }, "wrong-key"))).toBe(400);
    const verified = answer("PUT", "verify", 200, VERIFIED);
    expect(await notify(notification({ sessionId }))).toBe(200);
    expect((await paid).payment).toMatchObject({ id: payment.id, providerReference: ORDER, state: "succeeded" });
    expect((await verified).body).toMatchObject({ sessionId, orderId: ORDER_ID, amount: 1999 });

    const done = { orderId: ORDER_ID, sessionId, amount: 500, status: true };
    const asked = answer("POST", "refund", 201, { data: [done], responseCode: 0 });
    const call = { amount: money("5.00", "PLN"), idempotencyKey: "key" };
    expect(await pay.refund("p24", payment.id, call)).toMatchObject({ status: "pending" });
    const { body } = await asked;
    expect(body).toMatchObject({ urlStatus, refunds: [{ orderId: ORDER_ID, sessionId, amount: 500 }] });
    expect(await notify(refundNotification({ sessionId, refundsUuid: body.refundsUuid }))).toBe(200);
    expect((await refunded).refund).toMatchObject({ status: "succeeded", amount: { value: 500 }, origin: "shop" });
  });
});

describe("options", () => {
  it("have documented defaults", () => {
    const plain = przelewy24({ merchantId: 7, apiKey: "k", crc: "c" });
    expect(plain).toMatchObject({
      name: "przelewy24",
      merchantAccount: "przelewy24:7",
      requiredBuyerFields: ["email"],
    });
    expect(plain.traits.expiresAfterSeconds).toBe(604_800);
    expect(provider.merchantAccount).toBe("przelewy24:123");
  });

  it.each<[string, unknown]>([
    ["merchantId", { apiKey: "k", crc: "c" }],
    ["merchantId", { ...OPTIONS, merchantId: "12345" }],
    ["merchantId", { ...OPTIONS, merchantId: 0 }],
    ["posId", { ...OPTIONS, posId: 1.5 }],
    ["apiKey", { ...OPTIONS, apiKey: "" }],
    ["crc", { ...OPTIONS, crc: [] }],
    ["expiresAfterSeconds", { ...OPTIONS, expiresAfterSeconds: 0 }],
    ["baseUrl", { ...OPTIONS, baseUrl: "http://secure.przelewy24.pl" }],
    ["sandbox", { ...OPTIONS, sandbox: true }],
    ["options", undefined],
  ])("are refused for %s: %j", (field, options) => {
    expect(codeOf(() => przelewy24(options as Przelewy24Options))).toEqual(["INVALID_CONFIG", field]);
  });

  it("may lead to the sandbox", async () => {
    nock("https://sandbox.przelewy24.pl").post("/api/v1/transaction/register").reply(200, REGISTERED);
    const sandbox = przelewy24({ ...OPTIONS, baseUrl: "https://sandbox.przelewy24.pl/" });
    expect(await sandbox.create(createRequest(), newCall())).toMatchObject({
      next: { url: "https://sandbox.przelewy24.pl/trnRequest/AF1B-23_token" },
    });
  });

  it("may come from a configuration, which is told what is wrong", () => {
    const validate = adapter.options["~standard"].validate;
    expect(adapter.create(OPTIONS)).toMatchObject({ name: "przelewy24" });
    expect(validate(OPTIONS)).not.toHaveProperty("issues");
    expect(validate({ merchantId: 1, apiKey: "k" })).toMatchObject({ issues: [{ path: ["crc"] }] });
  });

  it("stay hidden, and so does the buyer, whatever comes of a payment", async () => {
    const canaries = przelewy24({ ...OPTIONS, apiKey: "CANARY-key", crc: "CANARY-crc" });
    const request = createRequest({ buyer: { email: "canary@example.com" } });
    const seen: unknown[] = [canaries];
    for (const code of [200, 400, 500]) {
      nock(GATEWAY)
        .persist()
        .intercept(/.*/, "POST")
        .reply(code, "CANARY-key canary@example.com")
        .intercept(/.*/, "PUT")
        .reply(code, "CANARY-crc")
        .intercept(/.*/, "GET")
        .reply(code, transaction(0, { clientEmail: "canary@example.com" }));
      seen.push(await canaries.create(request, newCall()), await canaries.refund(REFUND, newCall()));
      for (const name of [UNPAID, PAID]) seen.push(await canaries.retrieve(name, newCall()).catch((it: unknown) => it));
      nock.cleanAll();
    }
    seen.push(codeOf(() => canaries.validate?.({ ...request, buyer: { email: "CANARY" } })));
    seen.push(receive(notification(), canaries), receive({ sign: "CANARY" }, canaries));
    const shown = inspect(seen, { depth: 9, showHidden: true }) + JSON.stringify(seen);
    expect(shown).not.toMatch(/canary/i);
  });
});
