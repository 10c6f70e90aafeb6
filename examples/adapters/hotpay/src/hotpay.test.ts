import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "@jest/globals";
import { createPay, memoryStore, money, type PaymentEvent } from "@pay/core";
import type { CallbackOutcome, FormAction, Payment } from "@pay/core/adapter";
import { isPayError } from "@pay/core/adapter";
import fc from "fast-check";
import {
  bodyOf,
  callback,
  createRequest,
  type Fields,
  newCall,
  notification,
  OPTIONS,
  REFERENCE,
  sha256,
} from "../test/fixtures.ts";
import { adapter, type HotPayOptions, hotPay } from "./index.ts";

const provider = hotPay(OPTIONS);

const receive = (fields: Fields | string, of = provider) =>
  of.receive(callback(typeof fields === "string" ? fields : bodyOf(fields)), newCall());
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return isPayError(error) ? [error.code, error.field] : error;
  }
  return "accepted";
};

describe("create", () => {
  it("gives the form that the buyer's browser posts, with the signature of the document", async () => {
    const text = `hasło;1;19.99;VIP, 30 dni;https://shop.example/thanks;${REFERENCE};c2VrcmV0,`;
    expect(await provider.create(createRequest(), newCall())).toEqual({
      kind: "accepted",
      next: {
        kind: "form",
        url: "https://platnosc.hotpay.pl/",
        fields: {
          SEKRET: "c2VrcmV0,",
          KWOTA: "19.99",
          NAZWA_USLUGI: "VIP, 30 dni",
          ADRES_WWW: "https://shop.example/thanks",
          ID_ZAMOWIENIA: REFERENCE,
          HASH: sha256(text),
        },
      },
    });
  });

  it("has the buyer's e-mail address filled in where it is given, and signs with the first of several passwords", async () => {
    const rotating = hotPay({ ...OPTIONS, password: ["next", "hasło;1"] });
    const request = createRequest({ buyer: { email: "buyer@example.com" } });
    const text = `next;19.99;VIP, 30 dni;https://shop.example/thanks;${REFERENCE};c2VrcmV0,`;
    expect(await rotating.create(request, newCall())).toMatchObject({
      next: { fields: { EMAIL: "buyer@example.com", HASH: sha256(text) } },
    });
  });

  it.each([
    [2000, "20.00"],
    [2050, "20.50"],
    [5, "0.05"],
    [435, "4.35"],
  ])("writes %i grosze as %s", async (amount, decimal) => {
    const outcome = await provider.create(createRequest({ amount: { value: amount, currency: "PLN" } }), newCall());
    expect(outcome).toMatchObject({ next: { fields: { KWOTA: decimal } } });
  });

  it("never gives away the password or the callback address", async () => {
    const shown = inspect(await provider.create(createRequest(), newCall()), { depth: 9 });
    expect(shown).not.toMatch(/hasło|callbacks/);
  });

  it.each<[string, Parameters<typeof createRequest>[0]]>([
    ["amount.currency", { amount: { value: 1, currency: "EUR" } }],
    ["buyer.email", { buyer: { email: "nobody" } }],
    ["options.TYP", { options: { TYP: "INIT" } as never }],
    ["description", { description: "VIP; 30 dni" }],
  ])("refuses a wrong %s", async (field, change) => {
    expect(codeOf(() => provider.validate?.(createRequest(change)))).toEqual(["INVALID_REQUEST", field]);
    await expect(provider.create(createRequest(change), newCall())).rejects.toMatchObject({ field });
  });
});

describe("what is signed for a form", () => {
  // One key, one separator, two layouts: password;KWOTA;NAZWA_USLUGI;ADRES_WWW;ID_ZAMOWIENIA;SEKRET in the form.
  const split: readonly (readonly [string, Parameters<typeof createRequest>[0]])[] = [
    ["description", { description: "HPAY-1;other-order" }],
    ["returnUrl.success", { returnUrl: { success: "https://shop.example/a;b", failure: "https://shop.example/" } }],
  ];

  it.each(split)("would fit a notification with a semicolon in %s, so that none is signed", async (field, change) => {
    const request = createRequest(change);
    const texts = ["19.99", request.description, request.returnUrl.success, REFERENCE].join(";").split(";");
    const [KWOTA, ID_PLATNOSCI, ID_ZAMOWIENIA, STATUS, SECURE] = texts;
    const HASH = sha256(`hasło;1;${texts.join(";")};c2VrcmV0,`);
    // With that signature it is genuine, though of a status that nobody documents.
    const forged = receive({ KWOTA, ID_PLATNOSCI, ID_ZAMOWIENIA, STATUS, SECURE, HASH });
    expect(forged).toMatchObject({ kind: "notification", reported: { status: "unrecognized" } });
    const outcome = await provider
      .create(request, newCall())
      .catch(({ field: named }) => ({ kind: "thrown", field: named }));
    expect(outcome).toMatchObject({ kind: expect.stringMatching(/^(?:rejected|thrown)$/), field });
  });
});

describe("notification", () => {
  const amount = { value: 1999, currency: "PLN" };

  it.each([
    ["SUCCESS", "succeeded"],
    ["FAILURE", "failed"],
    ["PENDING", "pending"],
    ["success", "unrecognized"],
    ["SUKCESS", "unrecognized"],
  ])("with %s observes %s, with the amount it signs", (status, reported) => {
    expect(receive(notification({ STATUS: status }))).toEqual({
      kind: "notification",
      about: { merchantReference: REFERENCE },
      providerReference: "HPAY-12345",
      reported: { status: reported, amount, providerStatus: status },
    });
  });

  it.each<[string, number]>([
    ["19.99", 1999],
    ["19.9", 1990],
    ["20", 2000],
    ["0.05", 5],
  ])("reads %s exactly", (written, minor) => {
    expect(receive(notification({ KWOTA: written }))).toMatchObject({ reported: { amount: { value: minor } } });
  });

  it.each(["19,99", "19.999", "1e3", "0x10", "-1", "", "19.99 PLN"])(
    "is shown to a person with the amount %j",
    (written) => {
      const reported = { status: "unrecognized", providerStatus: `SUCCESS ${written}` };
      expect(receive(notification({ KWOTA: written }))).toMatchObject({ kind: "notification", reported });
    },
  );

  it("without SECURE signs it as an empty field", () => {
    expect(receive(notification({ SECURE: undefined }))).toMatchObject({ kind: "notification" });
  });

  it("is taken with any of several passwords", () => {
    const rotating = hotPay({ ...OPTIONS, password: ["next", "hasło;1"] });
    expect(receive(notification(), rotating)).toMatchObject({ kind: "notification" });
    expect(receive(notification({}, "next"), rotating)).toMatchObject({ kind: "notification" });
    expect(receive(notification({}, "old"), rotating)).toMatchObject({ kind: "refused" });
  });

  const { HASH = "" } = notification();
  it.each<[string, Fields]>([
    ["another password", notification({}, "hasło;2")],
    ["another service's secret", notification({}, "hasło;1", "b3RoZXI,")],
    ["no HASH", notification({ HASH: undefined })],
    ["an empty HASH", notification({ HASH: "" })],
    ["one bit of the HASH changed", notification({ HASH: HASH.replace(/.$/, (last) => (last === "0" ? "1" : "0")) })],
    ["the HASH cut", notification({ HASH: HASH.slice(0, -1) })],
    ["more than the HASH", notification({ HASH: `${HASH}0` })],
    ["the HASH in capitals", notification({ HASH: HASH.toUpperCase() })],
    ["a HASH of many bytes", notification({ HASH: `ż${HASH.slice(1)}` })],
    [
      "another status under the HASH",
      notification({ STATUS: "SUCCESS", HASH: notification({ STATUS: "FAILURE" }).HASH }),
    ],
    ["another amount under the HASH", notification({ KWOTA: "1.00", HASH })],
    ["another order under the HASH", notification({ ID_ZAMOWIENIA: "01h455vb4pex5vsknk084sn02r", HASH })],
    ["fields swapped under the HASH", notification({ KWOTA: "HPAY-12345", ID_PLATNOSCI: "19.99", HASH })],
    ["the HASH of the form", notification({ HASH: sha256(`hasło;1;19.99;VIP, 30 dni;x;${REFERENCE};c2VrcmV0,`) })],
    [
      "the older order of fields",
      { ...notification(), HASH: sha256(`hasło;1;19.99;HPAY-12345;${REFERENCE};SUCCESS;c2VrcmV0,`) },
    ],
    ["nothing at all", {}],
  ])("is refused with %s", (_, fields) => {
    expect(receive(fields)).toMatchObject({ kind: "refused", reason: "unauthenticated" });
  });

  it("is refused when a field holds what stands between fields: a genuine HASH would fit other fields", () => {
    const genuine = notification({ ID_PLATNOSCI: "A;B", STATUS: "FAILURE" });
    const moved = { ...genuine, ID_PLATNOSCI: "A", ID_ZAMOWIENIA: "B", STATUS: `${REFERENCE};FAILURE` };
    for (const fields of [genuine, moved]) expect(codeOf(() => receive(fields))).toEqual(["MALFORMED", undefined]);
  });

  it("is refused with a repeated field", () => {
    for (const name of ["KWOTA", "ID_PLATNOSCI", "ID_ZAMOWIENIA", "STATUS", "SECURE", "HASH"]) {
      expect(codeOf(() => receive(`${bodyOf(notification())}&${name}=x`))).toEqual(["MALFORMED", name]);
    }
  });

  it.each<[string, Fields]>([
    ["no order", notification({ ID_ZAMOWIENIA: undefined })],
    ["no payment", notification({ ID_PLATNOSCI: undefined })],
    ["no status", notification({ STATUS: undefined })],
    ["an empty status", notification({ STATUS: "" })],
    ["a line break in the payment", notification({ ID_PLATNOSCI: "a\nb" })],
    ["an over-long payment", notification({ ID_PLATNOSCI: "x".repeat(201) })],
  ])("is refused as malformed with %s", (_, fields) => {
    expect(receive(fields)).toMatchObject({ kind: "refused", reason: "malformed" });
  });

  it("is refused whatever is signed without the password", () => {
    const field = fc.constantFrom("KWOTA", "ID_PLATNOSCI", "ID_ZAMOWIENIA", "STATUS", "SECURE", "HASH");
    fc.assert(
      fc.property(field, fc.string({ unit: "grapheme" }), fc.string(), (name, value, password) => {
        fc.pre(password !== "hasło;1" && !/[\0;]/.test(value));
        expect(receive({ ...notification({}, password), [name]: value })).toMatchObject({ kind: "refused" });
      }),
    );
  });
});

describe("reply", () => {
  const payment = {} as Payment;
  const returnUrl = "https://shop.example/thanks";
  it.each<[CallbackOutcome, number, string]>([
    [{ kind: "applied", payment, returnUrl }, 200, "OK"],
    [{ kind: "duplicate", payment, returnUrl }, 200, "OK"],
    [{ kind: "under_review", payment, returnUrl }, 200, "OK"],
    [{ kind: "status_check_scheduled", payment, returnUrl }, 200, "OK"],
    [{ kind: "unknown_payment", returnUrl: "https://shop.example/" }, 200, "OK"],
    [{ kind: "refused", reason: "unauthenticated" }, 400, "Refused."],
    [{ kind: "refused", reason: "malformed" }, 400, "Refused."],
    [{ kind: "error" }, 503, "Not stored, send it again."],
  ])("to %j is %i %s", (outcome, code, body) => {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    expect(provider.reply(outcome, undefined)).toEqual({ status: code, headers, body });
  });
});

describe("with Pay around it", () => {
  const pay = createPay({
    providers: { hotpay: provider },
    default: "hotpay",
    store: memoryStore(),
    baseUrl: "https://shop.example/pay",
    secret: "a secret of this test, which is long enough",
    logger: { info() {}, warn() {}, error() {} },
  });
  afterAll(() => pay.close());

  it("the shop never sees the form, the buyer's browser gets it until the gateway is heard, and a notification pays the order", async () => {
    const paid = new Promise<PaymentEvent>((resolve) => pay.on("payment.succeeded", "test", resolve));
    await pay.start();
    const amount = money("19.99", "PLN");
    const returnUrl = "https://shop.example/thanks";
    const payment = await pay.checkout({ orderId: "order-1", amount, description: "VIP", returnUrl, buyer: {} });
    expect(JSON.stringify(payment)).not.toContain("c2VrcmV0");
    const address = payment.next.kind === "redirect" ? payment.next.url : "";
    const page = await (await pay.fetch(new Request(address))).text();
    expect(page).toContain('name="SEKRET" value="c2VrcmV0,"');
    expect(page).toContain('action="https://platnosc.hotpay.pl/"');
    expect((await pay.fetch(new Request(address))).status).toBe(200);
    const notify = async (fields: Fields) => {
      const init = { method: "POST", body: new URLSearchParams(bodyOf(fields)) };
      return (await pay.fetch(new Request("https://shop.example/pay/callbacks/hotpay", init))).status;
    };
    const reference = payment.id.slice(4);
    expect(await notify(notification({ ID_ZAMOWIENIA: reference }, "wrong-key"))).toBe(400);
    expect(await notify(notification({ ID_ZAMOWIENIA: reference, KWOTA: "0.01" }))).toBe(200);
    expect((await pay.reviews.list()).reviews).toMatchObject([{ kind: "amount_mismatch" }]);
    expect(await notify(notification({ ID_ZAMOWIENIA: reference }))).toBe(200);
    expect((await paid).payment).toMatchObject({ id: payment.id, providerReference: "HPAY-12345", state: "succeeded" });
    expect(await (await pay.fetch(new Request(address))).text()).not.toContain("SEKRET");
  });
});

describe("options", () => {
  it("have documented defaults, and none shows in the account's name", () => {
    expect(provider.traits.expiresAfterSeconds).toBe(86_400);
    expect(provider.merchantAccount).toBe(`hotpay:${sha256("c2VrcmV0,").slice(0, 16)}`);
  });

  it("may lead to another address", async () => {
    const psc = hotPay({ ...OPTIONS, baseUrl: "https://psc.hotpay.pl/" });
    const outcome = await psc.create(createRequest(), newCall());
    const { next } = outcome as { next: FormAction };
    expect(next.url).toBe("https://psc.hotpay.pl/");
  });

  it.each<[string, unknown]>([
    ["secret", { password: "p" }],
    ["secret", { ...OPTIONS, secret: "s " }],
    ["password", { secret: "s" }],
    ["password", { ...OPTIONS, password: [] }],
    ["expiresAfterSeconds", { ...OPTIONS, expiresAfterSeconds: 1.5 }],
    ["baseUrl", { ...OPTIONS, baseUrl: "http://platnosc.hotpay.pl" }],
    ["haslo", { ...OPTIONS, haslo: "x" }],
    ["options", undefined],
  ])("are refused for %s: %j", (field, options) => {
    expect(codeOf(() => hotPay(options as HotPayOptions))).toEqual(["INVALID_CONFIG", field]);
  });

  it("may come from a configuration, which is told what is wrong", () => {
    const validate = adapter.options["~standard"].validate;
    expect(adapter.create(OPTIONS)).toMatchObject({ name: "hotpay" });
    expect(validate(OPTIONS)).not.toHaveProperty("issues");
    expect(validate({ secret: "s" })).toMatchObject({ issues: [{ path: ["password"] }] });
  });

  it("stay hidden, and so does the buyer, whatever comes of a notification", () => {
    const canaries = hotPay({ secret: "s", password: "CANARY-password" });
    const seen: unknown[] = [canaries, receive(notification(), canaries)];
    seen.push(receive(notification({ EMAIL: "canary@example.com" }, "CANARY-password", "s"), canaries));
    seen.push(codeOf(() => canaries.validate?.(createRequest({ buyer: { email: "CANARY" } }))));
    seen.push(canaries.reply({ kind: "refused", reason: "unauthenticated" }, undefined));
    const shown = inspect(seen, { depth: 9, showHidden: true }) + JSON.stringify(seen);
    expect(shown).toContain("HPAY-12345");
    expect(shown).not.toMatch(/canary/i);
  });
});
