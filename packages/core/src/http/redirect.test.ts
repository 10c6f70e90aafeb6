import { hash } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { errorOf } from "../../../../test/support/error-of.ts";
import { testRuns } from "../../../../test/support/runs.ts";
import { createHarness, SECRET } from "../../test/harness.ts";
import { post, wholeOf } from "../../test/requests.ts";
import { BASE, OLD_SECRET } from "../../test/server.ts";
import type { FormAction } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { recordFact } from "../recording/record-fact.ts";
import { callbackToken } from "../security/callback-tokens.ts";
import { createKeyring } from "../security/keyring.ts";
import { formToken } from "../security/sealed-form.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { createFetch } from "./fetch.ts";
import { createHandle } from "./routes.ts";

// For the long mode.
jest.setTimeout(600_000);

const FIELDS = { SEKRET: "CanaryOfTheShop", "KWOTA & co": `"><script>alert('1')</script>` };
const URL_ = "https://gateway.example/pay?a=1&b=2";

/** A payment whose buyer must post a form to the gateway. */
async function createForm({ fields = FIELDS as FormAction["fields"], url = URL_, secret = SECRET } = {}) {
  const cards = fakeProvider({ callback: { correlation: "callback-url" } });
  cards.onCreate = ({ paymentId }) => ({
    kind: "accepted",
    providerReference: providerReference(`R-${paymentId}`),
    next: { kind: "form", url, fields },
  });
  const harness = createHarness({ providers: { cards }, secret });
  let running = true;
  const handlerOf = (context = harness.context) =>
    createFetch(createHandle({ ...context, basePath: "/pay", isRunning: () => running }));
  const handle = handlerOf();
  const payment = await harness.checkout({ idempotencyKey: "basket-7" });
  const address = payment.next.kind === "redirect" ? payment.next.url : "";
  harness.store.calls.length = 0;
  return {
    harness,
    cards,
    handlerOf,
    payment,
    address,
    open: (init: RequestInit = {}, at = address) => handle(new Request(at, init)),
    token: address.split("/").at(-1)!,
    stop: () => {
      running = false;
    },
    start: () => {
      running = true;
    },
  };
}

/** Parses the form of a page as a browser does. */
function formIn(html: string): { readonly action: string; readonly fields: Readonly<Record<string, string>> } {
  const decoded = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const fields = inputs.map(([, name = "", value = ""]) => [decoded(name), decoded(value)]);
  return {
    action: decoded(/<form method="post" action="([^"]*)">/.exec(html)?.[1] ?? ""),
    fields: Object.fromEntries(fields),
  };
}

describe("a payment whose buyer has to post a form", () => {
  it("is to the shop a redirect to an address of ours", async () => {
    const { address, harness, payment } = await createForm();
    expect(payment.next).toEqual({ kind: "redirect", url: address });
    expect(address).toBe(`${BASE}/redirect/${payment.id}/${formToken(harness.context.keyring.current, payment.id)}`);
    expect(await harness.checkout({ idempotencyKey: "basket-7" })).toEqual(payment);
  });

  it("keeps its fields out of results, rows, history, events, logs and errors", async () => {
    const { harness, handlerOf, open, payment, cards } = await createForm();
    await open();
    harness.store.failNext("update");
    const failing = await harness.checkout({ orderId: "order-2" }).catch((error) => error);
    cards.onCreate = () => ({
      kind: "accepted",
      next: { kind: "form", url: "javascript:CanaryOfTheShop", fields: FIELDS },
    });
    const refused = await errorOf(harness.checkout({ orderId: "order-3" }));
    await handlerOf()(new Request(`${BASE}/redirect/${payment.id}/x`));
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: payment.id },
      reported: { status: "succeeded" },
    });
    const orders = await Promise.all(["order-1", "order-2", "order-3"].map((order) => harness.store.order(order)));
    const histories = await Promise.all(
      orders.flatMap(({ payments }) => payments).map(({ payment: { id } }) => harness.store.history(id)),
    );
    const delivered = await harness.store.leaseDeliveries({
      now: harness.clock.now(),
      until: 0,
      handlers: [],
      limit: 9,
    });
    const errors = [failing, refused].map((error) => [String(error), error.stack, error.cause, error]);
    const seen = JSON.stringify([payment, orders, histories, delivered, harness.logger.lines, errors]);
    for (const text of ["CanaryOfTheShop", "SEKRET", "gateway.example"]) expect(seen).not.toContain(text);
  });

  it.each<[string, Partial<FormAction>]>([
    ["over plain http", { url: "http://gateway.example/pay" }],
    ["to a script", { url: "javascript:alert(1)" }],
    ["nowhere", { url: "" }],
    ["with a field that is no text", { fields: { a: 1 as never } }],
  ])("is unknown where the adapter leads it %s: no page could send the buyer there", async (_, over) => {
    const { harness, cards } = await createForm();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "form", url: URL_, fields: FIELDS, ...over } });
    const error = await errorOf(harness.checkout({ orderId: "order-2" }));
    expect(error.code).toBe("OUTCOME_UNKNOWN");
    expect((await harness.record(error.paymentId!)).next).toBeUndefined();
  });
});

describe("the address of a form", () => {
  it.each([
    ["sec-purpose", "prefetch"],
    ["sec-purpose", "prefetch;prerender"],
    ["purpose", "prefetch"],
    ["x-moz", "prefetch"],
    ["x-purpose", "Preview"],
  ])("keeps the form from a browser that looks ahead: %s %s", async (name, value) => {
    const { address, handlerOf, open } = await createForm();
    const ahead = await handlerOf()(new Request(address, { headers: { [name]: value } }));
    expect(ahead.status).toBe(403);
    expect(formIn(await ahead.text()).fields).toEqual({});
    expect(formIn(await (await open()).text()).fields).toEqual(FIELDS);
  });

  it.each(["succeeded", "failed", "pending", "unrecognized", "deadline", "cancel", "check_status"] as const)(
    "leaves nothing of the form in the payment's row or history once the gateway was heard or it is closed: %s",
    async (kind) => {
      const { harness, open, payment } = await createForm();
      const { next } = await harness.record(payment.id);
      if (next?.kind !== "form") throw new Error("no form");
      await open();
      const query = { merchantAccount: "fake:1", paymentId: payment.id };
      await recordFact(harness.context, { query, fact: { kind } });
      expect(JSON.stringify(await harness.store.history(payment.id))).not.toContain(next.sealed);
      expect(JSON.stringify(await harness.record(payment.id))).not.toContain(next.sealed);
      expect((await open()).status).toBe(410);
    },
  );

  it("gives the buyer's browser the form, which posts itself, under a policy that allows nothing else", async () => {
    const { open } = await createForm();
    const response = await open();
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(formIn(html)).toEqual({ action: URL_, fields: FIELDS });
    const script = /<script>([^<]*)<\/script>/.exec(html)?.[1] ?? "";
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(response.headers.get("content-security-policy")).toBe(
      `default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'sha256-${hash("sha256", script, "base64")}'; form-action https:`,
    );
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "no-store",
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });

  it.each<[string, (address: string) => string]>([
    ["a final slash", (address) => `${address}/`],
    ["doubled slashes", (address) => address.replace(/(?<!:)\//g, "//")],
    ["a percent-encoded dot", (address) => address.replace(/\.(?=[^.]*$)/, "%2E")],
  ])("gives it also at an address with %s", async (_, spell) => {
    const { address, open } = await createForm();
    expect((await open({}, spell(address))).status).toBe(200);
  });

  it("posts a form that has a field named like what posts it", async () => {
    const { open } = await createForm({ fields: { submit: "1", forms: "2" } });
    const html = await (await open()).text();
    expect(html).toContain("<script>HTMLFormElement.prototype.submit.call(document.forms[0])</script>");
  });

  it("lets a form go to a simulator on this machine", async () => {
    const { open } = await createForm({ url: "http://localhost:4000/pay" });
    expect((await open()).headers.get("content-security-policy")).toMatch(/; form-action http: https:$/);
  });

  it("writes every value so that it stays a value, whatever it holds", async () => {
    const text = fc.string({ unit: fc.constantFrom(..."<>&\"'`= /!-łx\u202e".split(""), "</script>", "&quot;") });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true }),
        text,
        async (fields, query) => {
          const { open } = await createForm({ fields, url: `https://gateway.example/?q=${query}&b=2` });
          const html = await (await open()).text();
          expect(formIn(html)).toEqual({ action: `https://gateway.example/?q=${query}&b=2`, fields });
          // The tags of the page itself, and one per field.
          expect(html.match(/</g)).toHaveLength(19 + Object.keys(fields).length);
        },
      ),
      { numRuns: Math.ceil(testRuns() / 10), seed: 4 },
    );
  });

  it("serves it again to a buyer who comes back or comes after a link scanner, and records the first visit", async () => {
    const { harness, open, payment } = await createForm();
    const visits = [...(await Promise.all([open(), open(), open()])), await open()];
    for (const response of visits) {
      expect([response.status, formIn(await response.text()).fields]).toEqual([200, FIELDS]);
    }
    expect(await harness.facts(payment.id)).toEqual(["opened", "create_accepted", "form_opened"]);
    const again = await harness.checkout({ idempotencyKey: "basket-7" });
    expect(again.next).toEqual(payment.next);
  });

  it("serves it to nobody once the gateway was heard, and sends the buyer back to the shop", async () => {
    const { harness, open, payment } = await createForm();
    await open();
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: payment.id },
      reported: { status: "pending" },
    });
    const late = await open();
    expect([late.status, await late.text()]).toEqual([410, expect.not.stringContaining("CanaryOfTheShop")]);
    expect(late.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(await harness.facts(payment.id)).toEqual(["opened", "create_accepted", "form_opened", "pending"]);
    expect((await harness.record(payment.id)).next).toEqual({ kind: "wait" });
    expect((await harness.checkout({ idempotencyKey: "basket-7" })).next).toEqual({ kind: "wait" });
  });

  it("serves the second form of an order to nobody once the order is paid", async () => {
    const { harness, open, payment } = await createForm();
    const { id } = await harness.checkout();
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      reported: { status: "succeeded" },
    });
    expect((await open()).status).toBe(410);
    expect(await harness.facts(payment.id)).toEqual(["opened", "create_accepted"]);
  });

  it("serves the form of a superseded payment to nobody, and again once the order costs its amount again", async () => {
    const { harness, open } = await createForm();
    await harness.checkout({ amount: { value: 4999, currency: "PLN" } });
    expect((await open()).status).toBe(410);
    await harness.checkout();
    expect((await open()).status).toBe(200);
  });

  it.each([
    ["pl-PL,pl;q=0.9,en;q=0.8", "pl", "Płatność"],
    ["en-GB,pl;q=0.5", "en", "Payment"],
    ["de-DE,de;q=0.9,pl;q=0.1", "pl", "Płatność"],
    ["de", "en", "Payment"],
    [undefined, "en", "Payment"],
  ])("speaks Polish if the browser prefers it to English: %s", async (languages, lang, title) => {
    const { harness, open, payment } = await createForm();
    const headers = languages === undefined ? {} : { "accept-language": languages };
    for (const status of [200, 410]) {
      const response = await open({ headers });
      await recordFact(harness.context, {
        query: { merchantAccount: "fake:1", paymentId: payment.id },
        fact: { kind: "deadline" },
      });
      expect(response.status).toBe(status);
      const html = await response.text();
      expect(html).toContain(`<html lang="${lang}">`);
      expect(html).toContain(`<title>${title}</title>`);
    }
  });

  it.each(["failed", "deadline", "cancel", "succeeded"] as const)(
    "is gone once the payment is closed: %s",
    async (kind) => {
      const { harness, open, payment } = await createForm();
      await recordFact(harness.context, {
        query: { merchantAccount: "fake:1", paymentId: payment.id },
        fact: { kind },
      });
      expect((await open()).status).toBe(410);
      expect(await harness.facts(payment.id)).toEqual(["opened", "create_accepted", kind]);
    },
  );

  it("is gone for a payment without a form", async () => {
    const { harness, cards, handlerOf } = await createForm();
    cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const { id } = await harness.checkout({ orderId: "order-2" });
    const unknown = "pay_01h455vb4pex5vsknk084sn02q" as PaymentId;
    for (const paymentId of [id, unknown]) {
      const address = `${BASE}/redirect/${paymentId}/${formToken(harness.context.keyring.current, paymentId)}`;
      expect((await handlerOf()(new Request(address))).status).toBe(410);
    }
  });

  it("works after the secret was rotated, as long as the old one is there", async () => {
    const { address, harness, handlerOf } = await createForm({ secret: OLD_SECRET });
    const context = { ...harness.context, keyring: createKeyring([SECRET, OLD_SECRET]) };
    const response = await handlerOf(context)(new Request(address));
    expect(response.status).toBe(200);
    expect(formIn(await response.text()).fields).toEqual(FIELDS);
  });

  it.each([
    ["en", "This payment address does not work any more."],
    ["pl", "Ten adres płatności już nie działa."],
  ])(
    "tells the buyer what to do once its secret was replaced, and the operator how to mend it: %s",
    async (language, text) => {
      const { address, harness, handlerOf, payment } = await createForm({ secret: OLD_SECRET });
      const gone = handlerOf({ ...harness.context, keyring: createKeyring(SECRET) });
      harness.store.calls.length = 0;
      for (let n = 0; n < 3; n++) {
        const response = await gone(new Request(address, { headers: { "accept-language": language } }));
        expect([response.status, await response.text()]).toEqual([404, expect.stringContaining(text)]);
        expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
      }
      // Guessing teaches nothing: an id that no payment has gets the same page.
      const other = address.replace(payment.id, "pay_01h455vb4pex5vsknk084sn02q");
      expect((await gone(new Request(other))).status).toBe(404);
      expect(harness.store.calls).toEqual([]);
      expect((await gone(post(address))).headers.get("content-type")).toMatch(/^text\/plain/);
      expect(harness.logger.lines).toContainEqual({
        level: "warn",
        message: "A form's address is of a secret that is not configured: list the old secret after the new one.",
        fields: { count: 1 },
      });
    },
  );

  it("tells the buyer what to do where the address is of the new secret and the form of the missing one", async () => {
    const { harness, handlerOf, payment } = await createForm({ secret: OLD_SECRET });
    const keyring = createKeyring(SECRET);
    const response = await handlerOf({ ...harness.context, keyring })(
      new Request(`${BASE}/redirect/${payment.id}/${formToken(keyring.current, payment.id)}`),
    );
    expect([response.status, await response.text()]).toEqual([410, expect.stringContaining("does not work any more")]);
  });

  it("is given to no shop that uses its key again without the old secret: it must list the secret or take a new key", async () => {
    const { cards, harness } = await createForm({ secret: OLD_SECRET });
    const shop = createHarness({
      providers: { cards },
      store: harness.store,
      seed: 2,
    });
    const error = await errorOf(shop.checkout({ idempotencyKey: "basket-7" }));
    expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", field: "secret" });
    expect((await shop.checkout({ idempotencyKey: "basket-8" })).next.kind).toBe("redirect");
  });

  it("has no visit recorded while nobody can be served", async () => {
    const { harness, open, start, stop } = await createForm();
    stop();
    expect((await open()).status).toBe(503);
    start();
    harness.store.failNext("update");
    expect((await open()).status).toBe(500);
    for (const method of ["POST", "HEAD", "PUT"]) {
      const response = await open({ method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
    }
    expect((await open()).status).toBe(200);
  });
});

describe("an address that is not a form's", () => {
  type Form = Awaited<ReturnType<typeof createForm>>;
  const otherKey = createKeyring("some other secret that is long enough").current;
  const at = (id: string, token: string) => `${BASE}/redirect/${id}/${token}`;

  it.each<[string, (form: Form, other: string) => string]>([
    ["another payment's token", ({ payment }, other) => at(payment.id, other.split("/").at(-1)!)],
    [
      "a key of somebody else under our key's name",
      ({ payment, token }) => at(payment.id, `${token.split(".")[0]}.${formToken(otherKey, payment.id).split(".")[1]}`),
    ],
    [
      "the token of a callback",
      ({ harness, payment }) => at(payment.id, callbackToken(harness.context.keyring.current, "cards", payment.id)),
    ],
    ["a truncated token", ({ address }) => address.slice(0, -1)],
    ["a longer token", ({ address }) => `${address}A`],
    ["another last character", ({ address }) => address.slice(0, -1) + (address.endsWith("A") ? "B" : "A")],
    ["an empty token", ({ payment }) => at(payment.id, "")],
    ["no token", ({ payment }) => `${BASE}/redirect/${payment.id}`],
    ["something after it", ({ address }) => `${address}/x`],
    ["a payment id in capitals", ({ payment, token }) => at(payment.id.toUpperCase(), token)],
    ["no payment id", ({ token }) => at("pay_", token)],
    ["a configured name before it", ({ payment, token }) => `${BASE}/redirect/cards/${payment.id}/${token}`],
    ["nothing at all", () => `${BASE}/redirect`],
  ])("is answered like any unknown one, and the store is not touched: %s", async (_, forge) => {
    const form = await createForm();
    const { next } = await form.harness.checkout({ orderId: "order-2" });
    const address = forge(form, next.kind === "redirect" ? next.url : "");
    form.harness.store.calls.length = 0;
    const unknown = await wholeOf(await form.open({}, `${BASE}/nowhere`));
    expect(JSON.parse(unknown)[0]).toBe(404);
    for (const request of [new Request(address), post(address)]) {
      expect(await wholeOf(await form.handlerOf()(request))).toBe(unknown);
    }
    form.stop();
    expect(await wholeOf(await form.open({}, address))).toBe(unknown);
    expect(form.harness.store.calls).toEqual([]);
  });

  it("is no callback's: a form's token opens no callback address", async () => {
    const { harness, open, payment, token } = await createForm();
    const response = await open({ method: "POST", body: "{}" }, `${BASE}/callbacks/cards/${payment.id}/${token}`);
    expect(response.status).toBe(404);
    expect(harness.store.calls).toEqual([]);
  });
});
