import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createPay, memoryStore } from "@pay/core";
import type { CallbackOutcome, ParsedCallback, Payment } from "@pay/core/adapter";
import { createCall, isPayError, money, type PayError } from "@pay/core/adapter";
import fc from "fast-check";
import nock from "nock";
import { callback, PAYMENT_ID } from "../test/callback.ts";
import { answer, CREATE, CREATED, closedPort, createRequest, newCall } from "../test/gateway.ts";
import { type GoSettiPscOptions, goSettiPsc } from "./index.ts";

const provider = goSettiPsc({ userId: 1234 });

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

const receive = (body: string | Uint8Array, of = provider) => of.receive(callback(body), newCall()) as ParsedCallback;

describe("create", () => {
  it("sends exactly the documented bytes", async () => {
    const sent = answer(200, CREATED);
    await provider.create(createRequest(), newCall());
    expect(sent.body).toBe(
      '{"UserId":1234,"ClientIp":"203.0.113.7","Amount":19.99,"CallbackUrl":"https://shop.example/pay/callbacks/psc/pay_1/k.mac"}',
    );
    expect(sent.contentType).toBe("application/json");
  });

  it.each([
    [1999, "19.99"],
    [2000, "20"],
    [2050, "20.5"],
    [2005, "20.05"],
    [10000, "100"],
    [101000, "1010"],
    [5, "0.05"],
    [50, "0.5"],
    [435, "4.35"],
    [Number.MAX_SAFE_INTEGER, "90071992547409.91"],
    [9007199254740900, "90071992547409"],
  ])("writes %i grosze as the number %s", async (amount, decimal) => {
    const sent = answer(200, CREATED);
    await provider.create(createRequest({ amount: { value: amount, currency: "PLN" } }), newCall());
    expect(sent.body).toContain(`,"Amount":${decimal},"CallbackUrl"`);
  });

  it("writes every amount exactly", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.maxSafeNat(), fc.nat(10_000)), async (amount) => {
        const sent = answer(200, CREATED);
        await provider.create(createRequest({ amount: { value: amount, currency: "PLN" } }), newCall());
        const written = /"Amount":([^,]+),/.exec(sent.body)?.[1] ?? "";
        expect(money(written, "PLN").value).toBe(amount);
      }),
    );
  });

  it("goes to the configured address", async () => {
    answer(200, CREATED, "https://proxy.example/gosetti");
    const proxied = goSettiPsc({ userId: 1, baseUrl: "https://proxy.example/gosetti/" });
    expect((await proxied.create(createRequest(), newCall())).kind).toBe("accepted");
  });

  it("takes only PLN, before anything is sent", async () => {
    const request = createRequest({ amount: { value: 1999, currency: "EUR" } });
    expect(failureOf(() => provider.validate?.(request))).toMatchObject({
      code: "INVALID_REQUEST",
      field: "amount.currency",
    });
    await expect(provider.create(request, newCall())).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    expect(provider.traits.currencies).toEqual(["PLN"]);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("refuses %d as an amount", (amount) => {
    const request = createRequest({ amount: { value: amount, currency: "PLN" } });
    expect(failureOf(() => provider.validate?.(request)).code).toBe("INVALID_AMOUNT");
  });

  it("refuses options, since there are none", () => {
    const options = { paymentMethod: "x" } as never;
    expect(failureOf(() => provider.validate?.(createRequest({ options })))).toMatchObject({
      code: "INVALID_REQUEST",
      field: "options.paymentMethod",
    });
    expect(() => provider.validate?.(createRequest({ options: {} as never }))).not.toThrow();
  });
});

describe("create reply", () => {
  it("is accepted with both documented fields, whatever else it has", async () => {
    answer(200, { ...CREATED, New: 1 });
    expect(await provider.create(createRequest(), newCall())).toEqual({
      kind: "accepted",
      providerReference: "psc-1",
      next: { kind: "redirect", url: "https://customer.paysafecard.com/pay/1" },
    });
  });

  it.each(["12", "12345678901234567"])("may have the number %s as id, with all digits", async (id) => {
    answer(200, `{"PaySafeCardTransactionId":${id},"RedirectUrl":"${CREATED.RedirectUrl}"}`);
    expect(await provider.create(createRequest(), newCall())).toMatchObject({
      kind: "accepted",
      providerReference: id,
    });
  });

  it("keeps the callback address from the buyer", async () => {
    answer(200, CREATED);
    const outcome = await provider.create(createRequest(), newCall());
    expect(inspect(outcome, { depth: null })).not.toContain("k.mac");
  });

  it.each([
    ["no JSON", "<html>Error</html>"],
    ["nothing", ""],
    ["a cut answer", '{"PaySafeCardTransactionId":"psc-1","RedirectUrl":"https://cust'],
    ["no RedirectUrl", { PaySafeCardTransactionId: "psc-1" }],
    ["no id", { RedirectUrl: CREATED.RedirectUrl }],
    ["an empty id", { ...CREATED, PaySafeCardTransactionId: "" }],
    ["a fraction as id", { ...CREATED, PaySafeCardTransactionId: 1.5 }],
    ["true as id", { ...CREATED, PaySafeCardTransactionId: true }],
    ["a repeated id", `{"PaySafeCardTransactionId":"a",${JSON.stringify(CREATED).slice(1)}`],
    ["a NUL in the id", { ...CREATED, PaySafeCardTransactionId: "a\0b" }],
    ["a line break in the id", { ...CREATED, PaySafeCardTransactionId: "a\r\nSet-Cookie: b" }],
    ["an over-long id", { ...CREATED, PaySafeCardTransactionId: "x".repeat(201) }],
    ["an empty RedirectUrl", { ...CREATED, RedirectUrl: "" }],
    ["plain http", { ...CREATED, RedirectUrl: "http://customer.paysafecard.com/" }],
    ["http on this machine", { ...CREATED, RedirectUrl: "http://localhost/" }],
    ["credentials in the address", { ...CREATED, RedirectUrl: "https://a:b@customer.paysafecard.com/" }],
    ["a script as address", { ...CREATED, RedirectUrl: "javascript:alert(1)" }],
    ["a relative address", { ...CREATED, RedirectUrl: "/pay/1" }],
    ["a list", [CREATED]],
    ["null", "null"],
  ])("is unknown with %s", async (_, body) => {
    answer(200, body);
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it.each([400, 401, 403, 404, 422])("is rejected with %i", async (status) => {
    answer(status, "no");
    expect(await provider.create(createRequest(), newCall())).toEqual({
      kind: "rejected",
      code: "declined",
      retryable: false,
      providerCode: String(status),
    });
  });

  it("is rejected for now with 429", async () => {
    answer(429, "");
    expect(await provider.create(createRequest(), newCall())).toMatchObject({ kind: "rejected", retryable: true });
  });

  it.each([408, 500, 502, 503, 301, 302])("is unknown with %i", async (status) => {
    answer(status, CREATED);
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it("is unknown after a reset", async () => {
    nock("https://gosetti.pl")
      .post(CREATE)
      .replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    expect((await provider.create(createRequest(), newCall())).kind).toBe("unknown");
  });

  it("is unknown when time is up meanwhile", async () => {
    const time = new AbortController();
    nock("https://gosetti.pl")
      .post(CREATE)
      .reply(() => {
        time.abort();
        return [200, CREATED];
      });
    expect((await provider.create(createRequest(), createCall(time.signal))).kind).toBe("unknown");
  });

  it("is not_sent when nobody listens there", async () => {
    const dead = goSettiPsc({ userId: 1, baseUrl: await closedPort() });
    nock.restore();
    const outcome = await dead.create(createRequest(), newCall());
    nock.activate();
    expect(outcome).toMatchObject({ kind: "not_sent" });
  });

  it("is not_sent when time was up before", async () => {
    expect(await provider.create(createRequest(), createCall(AbortSignal.abort()))).toMatchObject({ kind: "not_sent" });
  });

  it("may be a page of a simulator on this machine", async () => {
    answer(200, { ...CREATED, RedirectUrl: "http://localhost:4000/pay/1" }, "http://localhost:4000");
    const local = goSettiPsc({ userId: 1, baseUrl: "http://localhost:4000" });
    expect(await local.create(createRequest(), newCall())).toMatchObject({
      next: { url: "http://localhost:4000/pay/1" },
    });
  });
});

describe("authentication", () => {
  it("is the callback address alone, as the traits say", () => {
    expect(provider.traits.callback).toEqual({
      methods: ["POST"],
      correlation: "callback-url",
      authentication: ["callback-url"],
      amount: "absent",
    });
  });

  it("refuses whatever did not come to a payment's own address, always in the same way", () => {
    const good = JSON.stringify({ PaySafeCardTransactionId: "psc-1", Finished: true });
    for (const body of [good, "", "{", '{"a":1,"a":2}', "[]"]) {
      const parsed = provider.receive(callback(body, {}), newCall());
      expect(parsed).toMatchObject({ kind: "refused", reason: "unauthenticated" });
      expect(parsed).toEqual(provider.receive(callback(good, {}), newCall()));
    }
  });

  it("answers every refusal with the same bytes", async () => {
    const unauthenticated = await provider.reply({ kind: "refused", reason: "unauthenticated" }, undefined);
    const malformed = await provider.reply({ kind: "refused", reason: "malformed" }, undefined);
    expect(unauthenticated).toEqual(malformed);
  });

  it("names the shop by UserId in the account", () => {
    expect(provider.merchantAccount).toBe("gosetti-psc:1234");
    expect(provider.name).toBe("gosetti-psc");
  });
});

describe("callback", () => {
  it.each([
    ["failed", true, "succeeded"],
    ["failed", false, "failed"],
    ["pending", true, "succeeded"],
    ["pending", false, "pending"],
  ] as const)("with finishedFalse %s and Finished %s is %s", (finishedFalse, finished, status) => {
    const body = JSON.stringify({ PaySafeCardTransactionId: "psc-1", Finished: finished, Other: [1] });
    expect(receive(body, goSettiPsc({ userId: 1234, finishedFalse }))).toEqual({
      kind: "notification",
      about: { paymentId: PAYMENT_ID },
      providerReference: "psc-1",
      reported: { status, providerStatus: String(finished) },
    });
  });

  it("takes false for failed unless told otherwise, and never for final", () => {
    expect(receive('{"PaySafeCardTransactionId":"psc-1","Finished":false}')).toMatchObject({
      reported: { status: "failed" },
    });
    expect(provider.traits.failureIsFinal).toBe(false);
  });

  it.each(['"true"', "1", "null", "{}", "[true]"])(
    "with Finished %s is unrecognized, and no refusal: a person sees it",
    (said) => {
      const parsed = receive(`{"PaySafeCardTransactionId":"psc-1","Finished":${said}}`);
      expect(parsed).toMatchObject({
        about: { paymentId: PAYMENT_ID },
        reported: { status: "unrecognized", providerStatus: said },
      });
    },
  );

  it("says the same each time it comes", () => {
    const body = '{"PaySafeCardTransactionId":"psc-1","Finished":true}';
    expect(receive(body)).toEqual(receive(body));
  });

  it.each([
    ["no Finished", '{"PaySafeCardTransactionId":"psc-1"}'],
    ["finished in lower case", '{"PaySafeCardTransactionId":"psc-1","finished":true}'],
    ["no id", '{"Finished":true}'],
    ["an empty id", '{"PaySafeCardTransactionId":"","Finished":true}'],
    ["a fraction as id", '{"PaySafeCardTransactionId":1.5,"Finished":true}'],
    ["an id past all numbers", '{"PaySafeCardTransactionId":1e400,"Finished":true}'],
    ["an over-long id", `{"PaySafeCardTransactionId":"${"x".repeat(201)}","Finished":true}`],
    ["a NUL in the id", '{"PaySafeCardTransactionId":"a\\u0000b","Finished":true}'],
    ["a line break in the id", '{"PaySafeCardTransactionId":"a\\nb","Finished":true}'],
    ["a lone surrogate in the id", '{"PaySafeCardTransactionId":"\\ud800","Finished":true}'],
    ["a repeated Finished", '{"PaySafeCardTransactionId":"psc-1","Finished":false,"Finished":true}'],
    ["a repeated id", '{"PaySafeCardTransactionId":"a","PaySafeCardTransactionId":"psc-1","Finished":true}'],
    ["a key repeated by an escape", '{"PaySafeCardTransactionId":"a","Finished":false,"\\u0046inished":true}'],
    ["__proto__", '{"PaySafeCardTransactionId":"psc-1","Finished":true,"__proto__":{}}'],
    ["all of it in __proto__", '{"__proto__":{"PaySafeCardTransactionId":"psc-1","Finished":true}}'],
    ["a list", '[{"PaySafeCardTransactionId":"psc-1","Finished":true}]'],
    ["a text", '"Finished"'],
    ["true", "true"],
    ["null", "null"],
    ["nothing", ""],
    ["cut JSON", '{"PaySafeCardTransactionId":"psc-1","Finished":tru'],
    ["JSON and more", '{"PaySafeCardTransactionId":"psc-1","Finished":true}}'],
    ["a form", "PaySafeCardTransactionId=psc-1&Finished=true"],
    ["deep nesting in the id", `{"PaySafeCardTransactionId":${"[".repeat(40)}${"]".repeat(40)},"Finished":true}`],
  ])("is refused as malformed with %s", (_, body) => {
    const parsed = receive(body);
    expect(parsed).toEqual({ kind: "refused", reason: "malformed", detail: "The body is not the documented JSON." });
  });

  it.each(["7", "9007199254740993"])("names its payment by the number %s as by a text, with all digits", (id) => {
    const parsed = receive(`{"PaySafeCardTransactionId":${id},"Finished":true}`);
    expect(parsed).toEqual(receive(`{"PaySafeCardTransactionId":"${id}","Finished":true}`));
    expect(parsed).toMatchObject({ providerReference: id });
  });

  it.each([
    ["a byte order mark", "", "\xef\xbb\xbf"],
    ["ISO-8859-2", '"Buyer":"\xa3ukasz",'],
    ["a lone surrogate", '"Buyer":"\\ud800",'],
    ["NUL", '"Buyer":"\\u0000",'],
    ["a key twice", '"Buyer":"a","Buyer":"b",'],
    ["a number that is none", '"Buyer":1e400,'],
    ["deep nesting", `"Buyer":${"[".repeat(40)}${"]".repeat(40)},`],
  ])("is read with %s in an unread field", (_, more, before = "") => {
    const genuine = '"PaySafeCardTransactionId":"psc-1","Finished":true}';
    expect(receive(Buffer.from(`${before}{${more}${genuine}`, "latin1"))).toEqual(receive(`{${genuine}`));
  });

  it("is refused as malformed with invalid UTF-8", () => {
    const bytes = new TextEncoder().encode('{"PaySafeCardTransactionId":"psc-?","Finished":true}');
    bytes[bytes.indexOf("?".charCodeAt(0))] = 0xff;
    expect(receive(bytes)).toMatchObject({ kind: "refused", reason: "malformed" });
  });

  it("never makes a payment of anything but the JSON boolean true", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (finished) => {
        const parsed = receive(JSON.stringify({ PaySafeCardTransactionId: "psc-1", Finished: finished }));
        const succeeded = parsed.kind === "notification" && parsed.reported.status === "succeeded";
        expect(succeeded).toBe(finished === true);
      }),
    );
  });

  it("answers any bytes without throwing", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expect(receive(bytes).kind).toBe("refused")));
  });

  it("lets failures through that are not the body's", () => {
    const broken = {
      ...callback(""),
      json: () => {
        throw new TypeError("bug");
      },
    };
    expect(() => provider.receive(broken, newCall())).toThrow(TypeError);
  });
});

describe("reply to the callback", () => {
  const payment = {} as Payment;
  const returnUrl = 'https://shop.example/thanks?payment=pay_1&q="';

  it.each(["applied", "duplicate", "under_review"] as const)("sends the buyer on when %s", async (kind) => {
    expect(await provider.reply({ kind, payment, returnUrl }, undefined)).toEqual({
      status: 200,
      headers: { "content-type": "application/json" },
      body: '{"RedirectUrl":"https://shop.example/thanks?payment=pay_1&q=\\""}',
    });
  });

  it("sends buyers of unknown payments to fallbackReturnUrl, or to the front page", async () => {
    const withFallback = goSettiPsc({ userId: 1, fallbackReturnUrl: "https://shop.example/help" });
    const outcome = { kind: "unknown_payment", returnUrl: "https://shop.example/" } as const;
    const headers = { "content-type": "application/json" };
    const sendOn = (url: string) => ({ status: 200, headers, body: JSON.stringify({ RedirectUrl: url }) });
    expect(await withFallback.reply(outcome, undefined)).toEqual(sendOn("https://shop.example/help"));
    expect(await provider.reply(outcome, undefined)).toEqual(sendOn("https://shop.example/"));
  });

  it("acknowledges the callback of a payment that is not in the store any more", async () => {
    const shared = {
      providers: { psc: provider },
      baseUrl: "https://shop.example/pay",
      secret: "gosetti-psc test secret, long enough",
    };
    const [before, after] = [
      createPay({ ...shared, store: memoryStore() }),
      createPay({ ...shared, store: memoryStore() }),
    ];
    for (const pay of [before, after]) {
      pay.on("payment.succeeded", "deliver", () => {});
      await pay.start();
    }
    const sent = answer(200, CREATED);
    const order = {
      orderId: "order-1",
      amount: money("19.99", "PLN"),
      description: "VIP",
      buyer: { ip: "203.0.113.7" },
    };
    await before.checkout({ ...order, providerName: "psc", returnUrl: "https://shop.example/thanks" });
    const { CallbackUrl } = JSON.parse(sent.body) as { CallbackUrl: string };
    const body = JSON.stringify({ PaySafeCardTransactionId: "psc-1", Finished: true });
    const response = await after.fetch(new Request(CallbackUrl, { method: "POST", body }));
    expect([response.status, await response.json()]).toEqual([200, { RedirectUrl: "https://shop.example/" }]);
    await Promise.all([before.close(), after.close()]);
  });

  it.each<[string, CallbackOutcome, number, string]>([
    ["a store failure", { kind: "error" }, 503, "Not stored, send it again."],
    ["a refused callback", { kind: "refused", reason: "unauthenticated" }, 400, "Refused."],
    ["a malformed callback", { kind: "refused", reason: "malformed" }, 400, "Refused."],
  ])("says no to %s", async (_, outcome, status, body) => {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    expect(await provider.reply(outcome, undefined)).toEqual({ status, headers, body });
  });

  it("is when GOSetti.pl learns of the return address, as the traits say", () => {
    expect(provider.traits.returnUrl).toBe("reply");
  });
});

describe("amount in callback", () => {
  it("is never reported, even if the gateway sends one", () => {
    const parsed = receive('{"PaySafeCardTransactionId":"psc-1","Finished":true,"Amount":0.01}');
    expect(parsed).toMatchObject({ kind: "notification", reported: { status: "succeeded" } });
    expect(inspect(parsed, { depth: null })).not.toContain("amount");
  });
});

describe("buyer IP", () => {
  it.each(["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.7"])("may be %s", async (ip) => {
    const sent = answer(200, CREATED);
    await provider.create(createRequest({ buyer: { ip } }), newCall());
    expect(sent.body).toContain(`"ClientIp":"${ip}"`);
  });

  it.each<[string, unknown]>([
    ["missing", undefined],
    ["empty", ""],
    ["with a port", "203.0.113.7:80"],
    ["with a zone", "fe80::1%eth0"],
    ["cut", "203.0.113"],
    ["a list of proxies", "203.0.113.7, 10.0.0.1"],
    ["with a line break", "203.0.113.7\n"],
    ["a name", "localhost"],
    ["a number", 3405803783],
    ["a list", ["203.0.113.7"]],
  ])("is refused before anything is sent when %s", async (_, ip) => {
    const request = createRequest({ buyer: { ip } as never });
    expect(failureOf(() => provider.validate?.(request))).toMatchObject({ code: "INVALID_REQUEST", field: "buyer.ip" });
    await expect(provider.create(request, newCall())).rejects.toMatchObject({ field: "buyer.ip" });
  });

  it("is the only thing needed of the buyer", () => {
    expect(provider.requiredBuyerFields).toEqual(["ip"]);
  });
});

describe("status query, refund, sandbox", () => {
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
  it("have documented defaults", async () => {
    expect(provider.traits.expiresAfterSeconds).toBe(86_400);
    expect(goSettiPsc({ userId: 1, expiresAfterSeconds: 600 }).traits.expiresAfterSeconds).toBe(600);
  });

  it.each<[string, unknown]>([
    ["userId", {}],
    ["userId", { userId: "1234" }],
    ["userId", { userId: 0 }],
    ["userId", { userId: -1 }],
    ["userId", { userId: 1.5 }],
    ["userId", { userId: 2 ** 53 }],
    ["userId", { userId: Number.NaN }],
    ["finishedFalse", { userId: 1, finishedFalse: "succeeded" }],
    ["finishedFalse", { userId: 1, finishedFalse: true }],
    ["fallbackReturnUrl", { userId: 1, fallbackReturnUrl: "http://shop.example/" }],
    ["fallbackReturnUrl", { userId: 1, fallbackReturnUrl: "/thanks" }],
    ["fallbackReturnUrl", { userId: 1, fallbackReturnUrl: "https://u:p@shop.example/" }],
    ["expiresAfterSeconds", { userId: 1, expiresAfterSeconds: 0 }],
    ["expiresAfterSeconds", { userId: 1, expiresAfterSeconds: 1.5 }],
    ["expiresAfterSeconds", { userId: 1, expiresAfterSeconds: "60" }],
    ["expiresAfterSeconds", { userId: 1, expiresAfterSeconds: 1e12 }],
    ["baseUrl", { userId: 1, baseUrl: "http://gosetti.pl" }],
    ["baseUrl", { userId: 1, baseUrl: 7 }],
    ["baseUrl", { userId: 1, baseUrl: "https://gosetti.pl/?a=1" }],
    ["baseURL", { userId: 1, baseURL: "https://gosetti.pl" }],
    ["options", undefined],
    ["options", null],
    ["options", "1234"],
  ])("are refused for %s: %j", (field, options) => {
    const error = failureOf(() => goSettiPsc(options as GoSettiPscOptions));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", field });
    expect(error.message).toContain(field);
  });
});

describe("attacks", () => {
  it("leaks: no buyer's IP, callback address or option's value in any outcome, error or reply", async () => {
    const ip = "203.0.113.177";
    const callbackUrl = "https://shop.example/pay/callbacks/psc/pay_1/k.CANARYMAC";
    const seen: unknown[] = [provider];
    const request = createRequest({ buyer: { ip }, callbackUrl });
    for (const [status, body] of [
      [200, CREATED],
      [200, `${ip} ${callbackUrl}`],
      [400, ip],
      [500, callbackUrl],
    ] as const) {
      answer(status, body);
      seen.push(await provider.create(request, newCall()));
    }
    for (const code of ["ECONNREFUSED", "ECONNRESET"]) {
      const failure = Object.assign(new Error(`${ip} ${callbackUrl}`), { code });
      nock("https://gosetti.pl").post(CREATE).replyWithError(failure);
      seen.push(await provider.create(request, newCall()));
    }
    seen.push(failureOf(() => provider.validate?.(createRequest({ buyer: { ip: `${ip}:CANARY` } }))));
    seen.push(failureOf(() => provider.validate?.(createRequest({ amount: { value: 1, currency: "CANARY" } }))));
    seen.push(failureOf(() => goSettiPsc({ userId: 1, baseUrl: "https://u:CANARY@gosetti.pl" })));
    seen.push(failureOf(() => goSettiPsc({ userId: 1, fallbackReturnUrl: "http://CANARY" })));
    seen.push(failureOf(() => goSettiPsc({ userId: "CANARY" } as never)));
    const refused = receive('{"PaySafeCardTransactionId":"CANARY"}');
    seen.push(refused, await provider.reply({ kind: "refused", reason: "malformed" }, refused));
    for (const thing of seen) {
      const shown = inspect(thing, { depth: Infinity, showHidden: true }) + JSON.stringify(thing);
      expect(shown).not.toMatch(/203\.0\.113\.177|CANARY/);
    }
  });

  it("patterns: a body of 64 KiB is read in no time", () => {
    const id = "x".repeat(64 * 1024 - 60);
    // The time of this process alone, since the machine may be busy.
    const started = process.cpuUsage();
    for (let at = 0; at < 20; at++) receive(JSON.stringify({ PaySafeCardTransactionId: id, Finished: true }));
    expect(process.cpuUsage(started).user / 1000 / 20).toBeLessThan(50);
  });
});
