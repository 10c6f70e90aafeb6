import { describe, expect, it } from "@jest/globals";
import { quietLogger } from "../../../../test/support/quiet-logger.ts";
import { createHarness, SECRET } from "../../test/harness.ts";
import { post, wholeOf } from "../../test/requests.ts";
import { BASE, createServer, notFound, PAID } from "../../test/server.ts";
import type { CallbackRequest } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { createPay } from "../pay.ts";
import { memoryStore } from "../store/memory.ts";
import { fakeProvider } from "../testing/fake-provider.ts";
import { createFetch } from "./fetch.ts";
import { createHandle } from "./routes.ts";

describe("the callback handler", () => {
  it("records a callback to a payment's own address, and answers as the adapter says", async () => {
    const server = await createServer();
    server.own.onReply = () => ({ status: 202, headers: { "x-gateway": "yes" }, body: "*ok*" });
    const response = await server.handle(post(server.addresses.first, PAID));
    expect([response.status, await response.text(), response.headers.get("x-gateway")]).toEqual([202, "*ok*", "yes"]);
    expect((await server.harness.record(server.payments.first.id)).payment.state).toBe("succeeded");
    expect((await server.harness.record(server.payments.second.id)).payment.state).toBe("pending");
  });

  it("records a callback to a fixed address", async () => {
    const server = await createServer();
    const { third } = server.payments;
    const response = await server.handle(
      post(server.addresses.cards, { ...PAID, providerReference: third.providerReference }),
    );
    expect([response.status, await response.text()]).toEqual([200, "OK"]);
    expect((await server.harness.record(third.id)).payment.state).toBe("succeeded");
  });

  it("gives the adapter method, headers, the very bytes, and query, form and JSON strictly read", async () => {
    const server = await createServer();
    const seen: CallbackRequest[] = [];
    server.cards.onReceive = (request) => {
      seen.push(request);
      return { kind: "refused", reason: "malformed", detail: "" };
    };
    const bytes = new TextEncoder().encode("a=1&b=%C5%82&a2=");
    await server.handle(post(`${server.addresses.cards}?key=k%2B1&key2=a+b`, bytes, { headers: { "x-sign": "s" } }));
    const [request] = seen;
    expect(request?.method).toBe("POST");
    expect(request?.headers.get("x-sign")).toBe("s");
    expect([...request!.rawBody]).toEqual([...bytes]);
    expect([request?.query.get("key"), request?.query.get("key2")]).toEqual(["k+1", "a b"]);
    expect([request?.form().get("a"), request?.form().get("b"), request?.form().get("a2")]).toEqual(["1", "ł", ""]);
    expect(request).not.toHaveProperty("paymentId");
    expect(() => request?.json()).toThrow(expect.objectContaining({ code: "MALFORMED" }));
  });

  it("gives the adapter the payment of a verified address", async () => {
    const server = await createServer();
    const seen: (PaymentId | undefined)[] = [];
    server.own.onReceive = (request) => {
      seen.push(request.paymentId);
      return { kind: "refused", reason: "malformed", detail: "" };
    };
    await server.handle(post(server.addresses.first));
    expect(seen).toEqual([server.payments.first.id]);
  });

  it("accepts a callback without a body", async () => {
    const server = await createServer();
    server.own.onReceive = ({ rawBody, paymentId }) => ({
      kind: "notification",
      about: { paymentId: paymentId! },
      reported: { status: rawBody.byteLength === 0 ? "succeeded" : "unrecognized" },
    });
    await server.handle(new Request(server.addresses.first, { method: "POST" }));
    expect((await server.harness.record(server.payments.first.id)).payment.state).toBe("succeeded");
  });

  it.each([200, 201, 202, 204, 205, 303, 401, 500])("can answer %d with an empty body", async (status) => {
    const server = await createServer();
    server.own.onReply = () => ({ status, body: "" });
    const response = await server.handle(post(server.addresses.first, PAID));
    expect([response.status, await response.text()]).toEqual([status, ""]);
  });

  it("lets nothing be cached, sniffed or told to the next site, whatever it answers", async () => {
    const server = await createServer();
    server.own.onReply = () => ({ status: 303, headers: { location: "https://shop.example/thanks" }, body: "" });
    const responses = [
      await server.handle(post(server.addresses.first, PAID)),
      await server.handle(post(`${BASE}/nowhere`)),
      await server.handle(new Request(server.addresses.first)),
      await server.handle(new Request(`${BASE}/health`)),
    ];
    expect(responses.map(({ status }) => status)).toEqual([303, 404, 405, 200]);
    for (const { headers } of responses) {
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    }
  });

  it("answers 500 when the adapter's reply throws after the commit, and the redelivery is a duplicate", async () => {
    const server = await createServer();
    const reply = server.own.onReply;
    server.own.onReply = () => {
      throw new Error("no reply");
    };
    const response = await server.handle(post(server.addresses.first, PAID));
    expect([response.status, await response.text()]).toEqual([500, "Internal error"]);
    expect((await server.harness.record(server.payments.first.id)).payment.state).toBe("succeeded");
    server.own.onReply = reply;
    expect((await server.handle(post(server.addresses.first, PAID))).status).toBe(200);
    expect(server.own.outcomes.map(({ kind }) => kind)).toEqual(["applied", "duplicate"]);
    expect(await server.harness.facts(server.payments.first.id)).toEqual(["opened", "create_accepted", "succeeded"]);
  });

  it("answers 500 to a reply HTTP cannot carry, and splits no header", async () => {
    const server = await createServer();
    server.own.onReply = () => ({ status: 200, headers: { "x-id": "1\r\nset-cookie: a=b" }, body: "" });
    const response = await server.handle(post(server.addresses.first, PAID));
    expect(response.status).toBe(500);
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  it("says what the adapter says to a commit that failed", async () => {
    const server = await createServer();
    server.harness.store.failNext("update");
    const response = await server.handle(post(server.addresses.first, PAID));
    expect([response.status, await response.text()]).toEqual([503, "NO"]);
  });

  it("aborts what an adapter does for a callback after twenty seconds", async () => {
    const server = await createServer();
    const signals: AbortSignal[] = [];
    server.own.onReceive = async (_, { signal }) => {
      signals.push(signal);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw signal.reason;
    };
    const answering = server.handle(post(server.addresses.first, PAID));
    await server.harness.clock.advance(19_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await server.harness.clock.advance(1);
    expect((await answering).status).toBe(503);
    expect(server.harness.clock.sleeping()).toEqual([]);
  });

  it("answers also when the adapter never does", async () => {
    const server = await createServer();
    server.own.onReceive = () => new Promise(() => {});
    const answering = server.handle(post(server.addresses.first, PAID));
    await server.harness.clock.advance(20_000);
    expect((await answering).status).toBe(503);
  });
});

describe("routes", () => {
  it.each([
    ["/"],
    [""],
    ["x/health"],
    ["/health/x"],
    ["/ready/x"],
    ["/ready//x"],
    ["/callbacks"],
    ["/callbacks/"],
    ["/callbacks/nobody"],
    ["/callbacks/cards/x"],
    ["/callbacks/CARDS"],
    ["/callbacks/cards%2F"],
    ["/callbacks%2Fcards"],
    ["/callbacks/cards;x"],
    ["/callbacks/cards%20"],
    ["/callbacks/..%2Fcallbacks/cards"],
    ["/callbacks/own"],
    ["/callbacks/own/"],
    ["/callbacks/constructor"],
    ["/callbacks/__proto__"],
    ["/redirect/x/y"],
  ])("answer %j as any other address that is none", async (path) => {
    const server = await createServer();
    const response = await server.handle(post(`${BASE}${path}`, PAID));
    expect(response.status).toBe(404);
    expect(await wholeOf(response)).toBe(await notFound(server));
    expect(server.isUntouched()).toBe(true);
  });

  it.each([
    "/callbacks/cards",
    "/callbacks/cards/",
    "/callbacks//cards",
    "//callbacks/cards//",
    "/callbacks/%63ards",
    "/%63%61llbacks/car%64%73/",
    "/callbacks/cards?",
    "/callbacks/cards/#part",
  ])("read %s as the address that it spells", async (path) => {
    const server = await createServer();
    const { providerReference } = server.payments.third;
    const response = await server.handle(post(`${BASE}${path}`, { ...PAID, providerReference }));
    expect(response.status).toBe(200);
    expect((await server.harness.record(server.payments.third.id)).payment.state).toBe("succeeded");
  });

  it.each([
    ["https://shop.example/zap%C5%82ata/v1", "https://shop.example/zap%c5%82ata//v%31"],
    ["https://shop.example//pay/", "https://shop.example/pay"],
    ["https://shop.example/~shop", "https://shop.example/%7eshop"],
    ["https://shop.example/%7Eshop", "https://shop.example/~shop"],
    ["https://shop.example", "https://shop.example/"],
    ["https://shop.example", "https://shop.example//"],
  ])("under the baseUrl %s read %s as the same place", async (baseUrl, base) => {
    const logger = quietLogger();
    const pay = createPay({
      providers: { cards: fakeProvider() },
      store: memoryStore(),
      baseUrl,
      secret: SECRET,
      logger,
    });
    expect((await pay.fetch(new Request(`${base}/callbacks/cards`))).status).toBe(405);
    expect((await pay.fetch(new Request(`${base}/callbacks/other`))).status).toBe(404);
  });

  it.each(["/x/../callbacks/cards", "/callbacks/%2e%2e/callbacks/cards", "/callbacks/./cards", "/%2E/callbacks/cards"])(
    "refuse %s where the server did not resolve it",
    async (path) => {
      const server = await createServer();
      const handle = createHandle({ ...server.harness.context, basePath: "/pay", isRunning: () => true });
      const { status } = await handle({
        method: "POST",
        url: `${BASE}${path}`,
        headers: new Headers(),
        readBody: async () => new TextEncoder().encode(JSON.stringify(PAID)),
      });
      expect(status).toBe(404);
      expect(server.isUntouched()).toBe(true);
    },
  );

  it("answer nothing outside the base path", async () => {
    const server = await createServer();
    const response = await server.handle(post("https://shop.example/callbacks/cards", PAID));
    expect(await wholeOf(response)).toBe(await notFound(server));
  });

  it.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])(
    "answer %s with 405 where a gateway only posts",
    async (method) => {
      const server = await createServer();
      for (const url of [server.addresses.first, server.addresses.cards]) {
        const response = await server.handle(new Request(url, { method }));
        expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
      }
      expect(server.isUntouched()).toBe(true);
    },
  );

  it("answer HEAD with 405 also where a gateway uses GET, so that no link checker changes a payment", async () => {
    const cards = fakeProvider({ callback: { methods: ["GET"] } });
    const harness = createHarness({ providers: { cards } });
    const handle = createFetch(createHandle({ ...harness.context, basePath: "/pay", isRunning: () => true }));
    const response = await handle(new Request(`${BASE}/callbacks/cards?status=succeeded`, { method: "HEAD" }));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
    expect([harness.store.calls, cards.outcomes]).toEqual([[], []]);
  });

  it("answer 503 before the start and after the end, to valid callbacks", async () => {
    const server = await createServer({ running: false });
    expect((await server.handle(post(server.addresses.first, PAID))).status).toBe(503);
    expect((await server.handle(post(server.addresses.cards, PAID))).status).toBe(503);
    expect(server.isUntouched()).toBe(true);
  });
});
