import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { quietLogger } from "../../../../test/support/quiet-logger.ts";
import { post } from "../../test/requests.ts";
import { BASE, ORDER } from "../../test/shop.ts";
import { send } from "../adapter-kit/http.ts";
import type { HttpExchange } from "../contract/http-exchange.ts";
import type { Call } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Payment } from "../model/payment.ts";
import { createPay } from "../pay.ts";
import { createInFlight } from "../runtime/in-flight.ts";
import { memoryStore } from "../store/memory.ts";
import { type FakeProvider, fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { idle, manualClock, until } from "../testing/manual-clock.ts";
import { httpExchangeLog } from "./log.ts";
import { createExchangeReports, UNPROVED_BYTES_PER_SECOND } from "./report-exchanges.ts";

const KEY = "CanaryKey-6d1f+of/the=gateway";
/** Occurs in a header only. */
const PASSWORD = "CanaryPassword-77aa";
const EMAIL = "Canary.Mail-c3d4@Example.com";
const IP = "203.0.113.177";

let end = async () => {};
afterEach(() => end());

type Answer = { readonly status: number; readonly body: string } | "hangs up";

/** A shop with a gateway on this machine: every call of the adapter sends one request, which the test answers. */
async function createShop({
  onHttpExchange,
}: {
  onHttpExchange?: ((exchange: HttpExchange) => unknown) | undefined;
} = {}) {
  let answer: Answer = { status: 200, body: '{"id":"R-1"}' };
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    for await (const _ of request);
    if (answer === "hangs up") request.socket.destroy();
    else response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sendRequest = (call: Call, what: string, fields: object = {}) =>
    send(call, {
      method: "POST",
      url: `${gateway}/${what}?sign=${encodeURIComponent(KEY)}`,
      headers: { authorization: `Basic ${Buffer.from(`shop:${PASSWORD}`).toString("base64")}` },
      body: JSON.stringify({ what, ...fields }),
      read: ({ text }) => text,
    });
  const can = {
    retrieve: async (_: unknown, call: Call) => {
      await sendRequest(call, "status");
      return { status: "succeeded" as const };
    },
    refund: async (_: unknown, call: Call) => {
      await sendRequest(call, "refund");
      return { kind: "succeeded" as const };
    },
    cancel: async (_: unknown, call: Call) => {
      await sendRequest(call, "cancel");
      return { kind: "canceled" as const };
    },
  };
  const own = fakeProvider({ merchantAccount: "a", callback: { correlation: "callback-url" }, can });
  const cards = fakeProvider({ merchantAccount: "b", can });
  for (const provider of [own, cards] as FakeProvider[]) {
    provider.onCreate = async ({ buyer, callbackUrl, paymentId }, call) => {
      await sendRequest(call, "create", { a: buyer.email, b: [buyer.ip], notify: callbackUrl });
      return { kind: "accepted", providerReference: providerReference(`R-${paymentId}`), next: { kind: "wait" } };
    };
  }
  const seen: HttpExchange[] = [];
  const clock = manualClock();
  const logger = quietLogger();
  const pay = createPay({
    ...BASE,
    providers: { own, cards },
    default: "own",
    store: memoryStore(),
    clock,
    logger,
    onHttpExchange: (onHttpExchange ?? ((exchange: HttpExchange) => seen.push(exchange))) as never,
  });
  pay.on("payment.succeeded", "vip", () => {});
  await pay.start();
  end = async () => {
    const closing = pay.close();
    await clock.advance(60_000);
    await closing;
    server.close();
    server.closeAllConnections();
  };
  return {
    pay,
    own,
    cards,
    clock,
    logger,
    seen,
    gateway,
    answers: (given: Answer) => {
      answer = given;
    },
    checkout: (over: object = {}) =>
      pay.checkout({ ...ORDER, buyer: { ip: IP, email: EMAIL, language: "pl" }, ...over } as never),
  };
}

/** The encodings in which a canary may appear. */
function spellings(text: string): readonly string[] {
  const base64 = Buffer.from(text).toString("base64").replace(/=+$/, "");
  const json = JSON.stringify(text).slice(1, -1);
  const all = [text, encodeURIComponent(text), base64, base64.replaceAll("/", "_").replaceAll("+", "-"), json];
  return [...all, json.replaceAll("/", "\\/"), Buffer.from(text).toString("hex")];
}

const leaksIn = (seen: readonly unknown[], ...canaries: readonly string[]) =>
  canaries.filter((canary) =>
    spellings(canary).some((spelling) =>
      JSON.stringify(seen).toLowerCase().includes(JSON.stringify(spelling).slice(1, -1).toLowerCase()),
    ),
  );

const tokenIn = (url: string) => url.split("/").at(-1)!;

describe("an exchange is told", () => {
  it("of a create, with its payment, masked where it has to be and exact elsewhere", async () => {
    const { checkout, gateway, own, seen } = await createShop();
    const { id } = await checkout();
    await until(() => seen.length === 1);
    const { callbackUrl } = own.creates[0]!;
    expect(seen).toEqual([
      {
        startedAt: expect.any(Number),
        durationMs: expect.any(Number),
        paymentId: id,
        providerName: "own",
        direction: "to_gateway",
        request: {
          method: "POST",
          url: `${gateway}/create?sign=•••`,
          body: `{"what":"create","a":"•••","b":["•••"],"notify":"${callbackUrl.replace(tokenIn(callbackUrl), "•••")}"}`,
        },
        response: { status: 200, body: '{"id":"R-1"}' },
      },
    ]);
  });

  it("of callbacks with the payment they change, of the refund, and of the status check after an expiry, in order", async () => {
    const { cards, checkout, clock, pay, seen } = await createShop();
    const { id } = await checkout({ providerName: "cards" });
    const paid = JSON.stringify({ status: "succeeded", providerReference: `R-${id}`, sign: KEY });
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards?secret_key=${encodeURIComponent(KEY)}`, paid));
    await pay.refund("cards" as never, id, { idempotencyKey: "1" });
    const open = await checkout({ providerName: "cards", orderId: "order-2" });
    await pay.cancel(open.id);
    const silent = await checkout({ providerName: "cards", orderId: "order-3" });
    clock.step(3_700_000);
    await clock.advance(10_000);
    await until(() => seen.length === 7);
    const shown = seen.map(({ direction, paymentId, request }) => [
      direction,
      paymentId,
      request.url.split(/[/?]/).at(-2),
    ]);
    expect(shown).toEqual([
      ["to_gateway", id, "create"],
      ["from_gateway", id, "cards"],
      ["to_gateway", id, "refund"],
      ["to_gateway", open.id, "create"],
      ["to_gateway", open.id, "cancel"],
      ["to_gateway", silent.id, "create"],
      ["to_gateway", silent.id, "status"],
    ]);
    expect(seen[1]).toMatchObject({
      request: {
        method: "POST",
        url: `${BASE.baseUrl}/callbacks/cards?secret_key=•••`,
        body: paid.replace(KEY, "•••"),
      },
      response: { status: 200, body: "OK" },
    });
    expect(leaksIn(seen, KEY, EMAIL, IP)).toEqual([]);
    expect(cards.creates).toHaveLength(3);
  });

  it("of what was refused, without a payment: anybody can name one", async () => {
    const { cards, checkout, own, pay, seen } = await createShop();
    const { id } = await checkout({ providerName: "cards" });
    cards.onReceive = () => ({ kind: "refused", reason: "unauthenticated", detail: KEY });
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards?id=1`, { providerReference: `R-${id}`, sign: KEY }));
    await checkout({ orderId: "order-2" });
    own.onReceive = () => ({ kind: "refused", reason: "unauthenticated", detail: KEY });
    await pay.fetch(post(own.creates[0]!.callbackUrl, "<a>"));
    own.onReceive = () => ({ kind: "refused", reason: "malformed", detail: KEY });
    await pay.fetch(post(own.creates[0]!.callbackUrl, "{}"));
    await until(() => seen.length === 5);
    const refused = seen.filter(({ direction }) => direction === "from_gateway");
    expect(refused.map(({ paymentId }) => paymentId)).toEqual([undefined, undefined, own.creates[0]!.paymentId]);
    expect(refused[0]).not.toHaveProperty("paymentId");
    expect(refused.map(({ request, response }) => [request.body, response])).toEqual([
      [`{"providerReference":"R-${id}","sign":"•••"}`, { status: 401, body: "NO" }],
      ["[XML, 3 bytes]", { status: 401, body: "NO" }],
      ["{}", { status: 401, body: "NO" }],
    ]);
    expect(leaksIn(seen, KEY, tokenIn(own.creates[0]!.callbackUrl))).toEqual([]);
  });

  it.each<[string, (address: string) => string]>([
    ["a final slash", (address) => `${address}/?x=1`],
    ["a percent-encoded dot", (address) => address.replace(/\.(?=[^.]*$)/, "%2E")],
    [
      "a percent-encoded token",
      (address) => address.replace(/[a-z](?=[^/]*$)/g, (one) => `%${one.charCodeAt(0).toString(16)}`),
    ],
  ])("without the token of an address that is written with %s", async (_, spell) => {
    const { checkout, own, pay, seen } = await createShop();
    await checkout();
    const { callbackUrl } = own.creates[0]!;
    seen.length = 0;
    await pay.fetch(post(spell(callbackUrl), { status: "succeeded" }));
    await until(() => seen.some(({ direction }) => direction === "from_gateway"));
    expect(leaksIn(seen, tokenIn(callbackUrl), tokenIn(callbackUrl).slice(-20))).toEqual([]);
    expect(seen.at(-1)!.request.url).toContain(`/${own.creates[0]!.paymentId}/•••`);
  });

  it("without what a private field says where it was quoted before", async () => {
    const { pay, seen } = await createShop();
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards?note=${KEY.slice(0, 9)}`, { pin: KEY.slice(0, 9) }));
    await until(() => seen.length === 1);
    expect(seen[0]!.request.url).toBe(`${BASE.baseUrl}/callbacks/cards?note=•••`);
  });

  it("of a reply that failed, as the gateway got it", async () => {
    const { cards, pay, seen } = await createShop();
    cards.onReply = () => {
      throw new Error(KEY);
    };
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, {}));
    await until(() => seen.length === 1);
    expect(seen[0]!.response).toEqual({ status: 500, body: "Internal error" });
  });

  it("of a request that has no answer, with a code", async () => {
    const { answers, checkout, seen } = await createShop();
    answers("hangs up");
    await checkout();
    await until(() => seen.length === 1);
    expect(seen[0]).toMatchObject({ error: expect.stringMatching(/^[A-Z_]+$/) });
    expect(seen[0]).not.toHaveProperty("response");
  });

  describe("of callbacks without proof, as many as may be masked in a second:", () => {
    const flood = `a=${"b".repeat(UNPROVED_BYTES_PER_SECOND / 8)}`;
    const bareFlood = `[text, ${flood.length} bytes]`;

    it("then the kind and length of bodies alone, until the next second", async () => {
      const { cards, clock, pay, seen } = await createShop();
      cards.onReceive = () => ({ kind: "refused", reason: "unauthenticated", detail: "no" });
      const address = `${BASE.baseUrl}/callbacks/cards?pin=1234`;
      for (let at = 0; at < 20; at++) await pay.fetch(post(address, flood));
      await until(() => seen.length === 20);
      const bare = seen.filter(({ request }) => request.url === "•••");
      expect(bare.length).toBeGreaterThanOrEqual(12);
      expect(bare.length).toBeLessThan(20);
      expect(new Set(bare.map(({ request }) => request.body))).toEqual(new Set([bareFlood]));
      expect(bare.map(({ paymentId, providerName, response }) => [paymentId, providerName, response])).toEqual(
        bare.map(() => [undefined, "cards", { status: 401, body: "[text, 2 bytes]" }]),
      );
      await clock.advance(1000);
      await pay.fetch(post(address, "id=1"));
      await until(() => seen.length === 21);
      expect(seen.at(-1)!.request).toEqual({ method: "POST", url: address.replace("1234", "•••"), body: "id=1" });
    });

    it("not those that proved their origin, which stay whole in a flood", async () => {
      const { cards, checkout, pay, seen } = await createShop();
      const { id } = await checkout({ providerName: "cards" });
      await until(() => seen.length === 1);
      const proved = cards.onReceive;
      cards.onReceive = () => ({ kind: "refused", reason: "malformed", detail: "no" });
      for (let at = 0; at < 20; at++) await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, flood));
      cards.onReceive = proved;
      const paid = JSON.stringify({ status: "succeeded", providerReference: `R-${id}`, more: flood });
      await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, paid));
      await until(() => seen.length === 22);
      expect([seen.at(-1)!.paymentId, seen.at(-1)!.request.body]).toEqual([id, `${paid.slice(0, 4096)}…`]);
    });

    it("also those that a gateway was asked about, since a buyer can repeat them", async () => {
      const provider = fakeProvider({ callback: { authentication: ["verify-by-retrieve"], amount: "absent" } });
      const seen: HttpExchange[] = [];
      const reports = createExchangeReports({
        onHttpExchange: (exchange) => seen.push(exchange),
        now: () => 0,
        logger: quietLogger(),
        inFlight: createInFlight(),
      });
      for (let at = 0; at < 20; at++) {
        const watch = reports.received({
          providerName: "c",
          provider,
          method: "POST",
          url: `${BASE.baseUrl}/callbacks/c`,
        });
        watch.notes.parsed = { kind: "check_status", about: { providerReference: providerReference("R-1") } };
        watch.notes.outcome = { kind: "duplicate", payment: {} as Payment, returnUrl: "https://shop.example/" };
        watch.finish({ status: 200, body: "OK" }, Buffer.from(flood));
      }
      await until(() => seen.length === 20);
      const isBare = seen.map(({ request }) => request.url === "•••" && request.body === bareFlood);
      expect(isBare).toEqual([...new Array(7).fill(false), ...new Array(13).fill(true)]);
    });
  });

  it("of no health, no page, and no address of no provider", async () => {
    const { pay, seen } = await createShop();
    for (const path of ["/health", "/ready", "/redirect/x/y", "/nowhere", "/callbacks/nobody", "/callbacks"])
      await pay.fetch(new Request(BASE.baseUrl + path));
    await idle();
    expect(seen).toEqual([]);
  });

  it("of a callback that reaches no adapter, like any other", async () => {
    const { checkout, own, pay, seen } = await createShop();
    await checkout();
    const { callbackUrl, paymentId } = own.creates[0]!;
    await until(() => seen.length === 1);
    seen.length = 0;
    await pay.fetch(post(callbackUrl.slice(0, -1), { status: "succeeded" }));
    await pay.fetch(new Request(`${BASE.baseUrl}/callbacks/cards`));
    await pay.fetch(post(callbackUrl, "x".repeat(65 * 1024)));
    await idle();
    expect(seen.map(({ paymentId: id, providerName, response }) => [id, providerName, response?.status])).toEqual([
      [undefined, "own", 404],
      [undefined, "cards", 405],
      [paymentId, "own", 413],
    ]);
    expect(leaksIn(seen, tokenIn(callbackUrl))).toEqual([]);
  });
});

describe("our own reference", () => {
  it("is shown although it stands under a name that sounds private, such as that of an idempotency header", async () => {
    const { answers, cards, checkout, seen } = await createShop();
    cards.onCreate = async ({ merchantReference }, call) => {
      await send(call, {
        method: "POST",
        url: `${gatewayOf(seen)}/create?key=${merchantReference}`,
        headers: { "idempotency-key": merchantReference, "x-key": merchantReference },
        body: JSON.stringify({ reference: merchantReference }),
        read: ({ text }) => text,
      });
      return { kind: "accepted", next: { kind: "wait" } };
    };
    await checkout();
    await until(() => seen.length === 1);
    answers({ status: 200, body: "{}" });
    const { id } = await checkout({ providerName: "cards", orderId: "order-2" });
    await until(() => seen.length === 2);
    expect(seen[1]!.request.body).toBe(JSON.stringify({ reference: id.slice("pay_".length) }));
    expect(seen[1]!.request.url).toMatch(/\?key=•••$/);
  });
});

const gatewayOf = ([first]: readonly HttpExchange[]) => new URL(first!.request.url).origin;

describe("no canary is in any exchange", () => {
  const echoes: readonly ((text: string) => string)[] = [
    (text) => JSON.stringify({ message: `got ${text}`, id: 1 }),
    (text) => `id=1&said=${encodeURIComponent(text)}`,
    (text) => JSON.stringify({ data: Buffer.from(`key=${text}`).toString("base64") }),
    (text) => JSON.stringify({ a: { b: [encodeURIComponent(encodeURIComponent(text))] } }).replaceAll("/", "\\/"),
    (text) => `<html>${text}</html>`,
    (text) => text,
    (text) => Buffer.from(text).toString("hex").slice(0, 64),
  ];
  it.each(echoes.map((echo, at) => [at, echo] as const))("whatever the gateway repeats (%i)", async (_, echo) => {
    const { answers, checkout, own, pay, seen } = await createShop();
    const first = await checkout();
    const { callbackUrl } = own.creates[0]!;
    for (const canary of [KEY, PASSWORD, EMAIL, IP]) {
      for (const status of [200, 400]) {
        answers({ status, body: echo(canary) });
        await checkout({ orderId: `order-${canary.length}-${status}` });
      }
    }
    answers({ status: 200, body: echo(callbackUrl) });
    await pay.fetch(post(callbackUrl, { status: "succeeded", email: EMAIL, info: EMAIL, url: callbackUrl }));
    await pay.refund("own" as never, first.id, { idempotencyKey: "1" });
    await until(() => seen.length === 11);
    expect(leaksIn(seen, KEY, PASSWORD, EMAIL, IP, tokenIn(callbackUrl))).toEqual([]);
    // The canaries were in use, and the search finds them.
    expect(leaksIn([`x${encodeURIComponent(KEY)}`, EMAIL], KEY, EMAIL)).toEqual([KEY, EMAIL]);
  });
});

describe("the listener", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
  ])("and %s harms nothing", async (_, onHttpExchange) => {
    const { checkout, own, pay } = await createShop({ onHttpExchange });
    const { id } = await checkout();
    const reply = await pay.fetch(post(own.creates[0]!.callbackUrl, { status: "succeeded" }));
    await idle();
    expect([reply.status, (await pay.payments.get(id))?.state]).toEqual([200, "succeeded"]);
  });

  it("is told after the reply, and before close() ends", async () => {
    const order: string[] = [];
    const { pay, clock } = await createShop({ onHttpExchange: () => order.push("told") });
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, {})).then(() => order.push("replied"));
    const closing = pay.close().then(() => order.push("closed"));
    await clock.advance(60_000);
    await closing;
    expect(order).toEqual(["replied", "told", "closed"]);
  });

  it("may be nobody: then nothing is put together", async () => {
    const cards = fakeProvider();
    const pay = createPay({ ...BASE, providers: { cards }, store: memoryStore(), logger: quietLogger() });
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    let looks = 0;
    const counted = (value: string) => {
      looks += 1;
      return value;
    };
    const request = {
      method: "POST",
      get url() {
        return counted(`${BASE.baseUrl}/callbacks/cards`);
      },
      get headers(): Headers {
        throw new Error("nobody asked");
      },
      readBody: async () => Buffer.from("{}"),
    };
    const turns: unknown[] = [];
    const original = globalThis.setImmediate;
    globalThis.setImmediate = ((...given: never[]) => turns.push(given)) as never;
    try {
      await pay.handle(request);
    } finally {
      globalThis.setImmediate = original;
      await pay.close();
    }
    expect([looks, turns]).toEqual([1, []]);
  });

  it("must be a function", () => {
    const config = { ...BASE, providers: { cards: fakeProvider() }, store: memoryStore() };
    for (const onHttpExchange of ["log", {}, httpExchangeLog(), null]) {
      const field = "onHttpExchange";
      expect(failureOf(() => createPay({ ...config, onHttpExchange } as never))).toEqual({
        code: "INVALID_CONFIG",
        field,
      });
    }
  });
});

describe("the log of exchanges", () => {
  const exchange = (at: number, paymentId?: string): HttpExchange => ({
    startedAt: at,
    durationMs: 1,
    ...(paymentId !== undefined && { paymentId: paymentId as PaymentId }),
    providerName: "cards",
    direction: "to_gateway",
    request: { method: "GET", url: "https://g.example/" },
  });

  it("keeps the newest of all payments, oldest first, and nothing that is nobody's", () => {
    const { of, record } = httpExchangeLog({ limit: 3 });
    for (const [at, id] of [
      [1, "a"],
      [2, "b"],
      [3, "a"],
      [4, "a"],
    ] as const)
      record(exchange(at, id));
    for (let at = 5; at < 99; at++) record(exchange(at));
    expect([of("a"), of("b"), of("c")].map((all) => all.map(({ startedAt: at }) => at))).toEqual([[3, 4], [2], []]);
  });

  it.each([0, -1, 1.5, "9", Number.NaN])("refuses a limit of %p", (limit) => {
    expect(failureOf(() => httpExchangeLog({ limit } as never))).toEqual({ code: "INVALID_CONFIG", field: "limit" });
  });
});
