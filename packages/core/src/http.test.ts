import { describe, expect, it } from "@jest/globals";
import { createBench, SECRET } from "../test/bench.ts";
import { fakeProvider, ref } from "../test/fake-provider.ts";
import { settled } from "../test/manual-clock.ts";
import { post, streamed, wholeOf } from "../test/requests.ts";
import { testRuns } from "../test/runs.ts";
import { seededRandom } from "../test/seeded-random.ts";
import type { CallbackRequest } from "./contract/provider.ts";
import { createHandler } from "./http.ts";
import type { PaymentId } from "./model/ids.ts";
import { callbackToken } from "./security/callback-tokens.ts";
import { createKeyring } from "./security/keyring.ts";

const BASE = "https://shop.example/pay";
const OLD_SECRET = "the older secret of this shop, long enough";
const LIMIT = 64 * 1024;
const PAID = { status: "succeeded" };

/** `own` has an address per payment, `other` too, `cards` a fixed one. Each has a payment, and nothing was called yet. */
async function createServer({ secret = SECRET as string | readonly string[], running = true } = {}) {
  const own = fakeProvider({ account: "a", callback: { correlation: "callback-url" } });
  const other = fakeProvider({ account: "b", callback: { correlation: "callback-url" } });
  const cards = fakeProvider({ account: "c" });
  const bench = createBench({ providers: { own, other, cards }, secret });
  const handle = createHandler({ ...bench.deps, basePath: "/pay", isRunning: () => running });
  const first = await bench.checkout({ provider: "own" });
  const second = await bench.checkout({ provider: "own", orderId: "order-2" });
  const third = await bench.checkout({ provider: "cards", orderId: "order-3" });
  bench.store.calls.length = 0;
  return {
    bench,
    handle,
    own,
    cards,
    payments: { first, second, third },
    /** The callback addresses that went to the gateway. */
    addresses: {
      first: own.creates[0]!.callbackUrl,
      second: own.creates[1]!.callbackUrl,
      cards: `${BASE}/callbacks/cards`,
    },
    isUntouched: () => bench.store.calls.length === 0 && own.outcomes.length + cards.outcomes.length === 0,
  };
}

type Server = Awaited<ReturnType<typeof createServer>>;
const notFound = async ({ handle }: Server) => wholeOf(await handle(post(`${BASE}/nowhere`)));

describe("the callback handler", () => {
  it("settles what comes to a payment's own address, and answers as the adapter says", async () => {
    const server = await createServer();
    server.own.onReply = () => ({ status: 202, headers: { "x-gateway": "yes" }, body: "*ok*" });
    const response = await server.handle(post(server.addresses.first, PAID));
    expect([response.status, await response.text(), response.headers.get("x-gateway")]).toEqual([202, "*ok*", "yes"]);
    expect((await server.bench.record(server.payments.first.id)).payment.state).toBe("succeeded");
    expect((await server.bench.record(server.payments.second.id)).payment.state).toBe("pending");
  });

  it("settles what comes to a fixed address", async () => {
    const server = await createServer();
    const { third } = server.payments;
    const response = await server.handle(post(server.addresses.cards, { ...PAID, ref: third.ref }));
    expect([response.status, await response.text()]).toEqual([200, "OK"]);
    expect((await server.bench.record(third.id)).payment.state).toBe("succeeded");
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
      observed: { status: rawBody.byteLength === 0 ? "succeeded" : "unmapped" },
    });
    await server.handle(new Request(server.addresses.first, { method: "POST" }));
    expect((await server.bench.record(server.payments.first.id)).payment.state).toBe("succeeded");
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
    expect((await server.bench.record(server.payments.first.id)).payment.state).toBe("succeeded");
    server.own.onReply = reply;
    expect((await server.handle(post(server.addresses.first, PAID))).status).toBe(200);
    expect(server.own.outcomes.map(({ kind }) => kind)).toEqual(["applied", "duplicate"]);
    expect(await server.bench.facts(server.payments.first.id)).toEqual(["opened", "create_accepted", "succeeded"]);
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
    server.bench.store.failNext("settle");
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
    await server.bench.clock.advance(19_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await server.bench.clock.advance(1);
    expect((await answering).status).toBe(503);
    expect(server.bench.clock.sleeping()).toEqual([]);
  });
});

describe("routes", () => {
  it.each([
    ["/"],
    [""],
    ["x/health"],
    ["/health/"],
    ["/health/x"],
    ["/callbacks"],
    ["/callbacks/"],
    ["/callbacks/nobody"],
    ["/callbacks/cards/"],
    ["/callbacks/cards/x"],
    ["/callbacks/CARDS"],
    ["/callbacks/%63ards"],
    ["//callbacks/cards"],
    ["/callbacks/own"],
    ["/callbacks/own/"],
    ["/callbacks/constructor"],
    ["/callbacks/__proto__"],
    ["/go/x/y"],
  ])("answer %j as any other address that is none", async (path) => {
    const server = await createServer();
    const response = await server.handle(post(`${BASE}${path}`, PAID));
    expect(response.status).toBe(404);
    expect(await wholeOf(response)).toBe(await notFound(server));
    expect(server.isUntouched()).toBe(true);
  });

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

  it("answer HEAD with 405 also where a gateway uses GET, so that no link checker settles a payment", async () => {
    const cards = fakeProvider({ callback: { methods: ["GET"] } });
    const bench = createBench({ providers: { cards } });
    const handle = createHandler({ ...bench.deps, basePath: "/pay", isRunning: () => true });
    const response = await handle(new Request(`${BASE}/callbacks/cards?status=succeeded`, { method: "HEAD" }));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
    expect([bench.store.calls, cards.outcomes]).toEqual([[], []]);
  });

  it("answer 503 before the start and after the end, to valid callbacks and to health alike", async () => {
    const server = await createServer({ running: false });
    expect((await server.handle(post(server.addresses.first, PAID))).status).toBe(503);
    expect((await server.handle(post(server.addresses.cards, PAID))).status).toBe(503);
    expect((await server.handle(new Request(`${BASE}/health`))).status).toBe(503);
    expect(server.isUntouched()).toBe(true);
  });

  it("answer 200 to health while running", async () => {
    const server = await createServer();
    expect((await server.handle(new Request(`${BASE}/health`))).status).toBe(200);
  });
});

describe("a payment's own address", () => {
  const parts = (address: string) => {
    const [, , , , , instance, id, token] = address.split("/");
    const [kid, mac] = token!.split(".");
    return { instance: instance!, id: id as PaymentId, kid: kid!, mac: mac!, token: token! };
  };
  const at = (instance: string, id: string, token: string) => `${BASE}/callbacks/${instance}/${id}/${token}`;
  const otherKey = createKeyring("some other secret that is long enough").current;

  const FORGED: readonly (readonly [string, (server: Server) => string])[] = [
    ["another payment's token", ({ addresses }) => at("own", parts(addresses.first).id, parts(addresses.second).token)],
    [
      "the token another instance would have",
      ({ addresses, bench }) => {
        const { id } = parts(addresses.first);
        return at("own", id, callbackToken(bench.deps.keyring.current, "other", id));
      },
    ],
    [
      "another instance's name before it",
      ({ addresses }) => at("other", parts(addresses.first).id, parts(addresses.first).token),
    ],
    [
      "a key of somebody else",
      ({ addresses }) =>
        at("own", parts(addresses.first).id, callbackToken(otherKey, "own", parts(addresses.first).id)),
    ],
    [
      "a key of somebody else under our key's name",
      ({ addresses }) => {
        const { id, kid } = parts(addresses.first);
        return at("own", id, `${kid}.${callbackToken(otherKey, "own", id).split(".")[1]}`);
      },
    ],
    ["no token", ({ addresses }) => `${BASE}/callbacks/own/${parts(addresses.first).id}`],
    ["an empty token", ({ addresses }) => at("own", parts(addresses.first).id, "")],
    ["a key's name alone", ({ addresses }) => at("own", parts(addresses.first).id, parts(addresses.first).kid)],
    ["a MAC alone", ({ addresses }) => at("own", parts(addresses.first).id, parts(addresses.first).mac)],
    ["an empty MAC", ({ addresses }) => at("own", parts(addresses.first).id, `${parts(addresses.first).kid}.`)],
    ["a truncated MAC", ({ addresses }) => addresses.first.slice(0, -1)],
    ["an over-long MAC", ({ addresses }) => `${addresses.first}A`],
    ["an endless MAC", ({ addresses }) => `${addresses.first}${"A".repeat(8000)}`],
    ["a padded MAC", ({ addresses }) => `${addresses.first}=`],
    ["something after it", ({ addresses }) => `${addresses.first}/x`],
    ["a final slash", ({ addresses }) => `${addresses.first}/`],
    [
      "a percent-encoded token",
      ({ addresses }) =>
        addresses.first.replace(".", "%2E").replace(parts(addresses.first).kid, (kid) => `%3${kid[0]}${kid.slice(1)}`),
    ],
    [
      "a payment id in capitals",
      ({ addresses }) => addresses.first.replace(parts(addresses.first).id, (id) => id.toUpperCase()),
    ],
    ["no payment id", ({ addresses }) => at("own", "pay_", parts(addresses.first).token)],
    ["a path out of it", ({ addresses }) => at("own", "..%2f..%2fhealth", parts(addresses.first).token)],
    [
      "a token at a fixed address",
      ({ addresses }) => at("cards", parts(addresses.first).id, parts(addresses.first).token),
    ],
  ];

  it.each(FORGED)("is not reached with %s", async (_, forge) => {
    const server = await createServer();
    const response = await server.handle(post(forge(server), PAID));
    expect(response.status).toBe(404);
    expect(await wholeOf(response)).toBe(await notFound(server));
    expect(server.isUntouched()).toBe(true);
  });

  it("is not reached with one character changed, at any place", async () => {
    const server = await createServer();
    const expected = await notFound(server);
    const { id, token } = parts(server.addresses.first);
    const whole = `${id}/${token}`;
    for (let index = 0; index < whole.length; index++) {
      for (const put of ["0", "1", "z", "A", "_", "-"]) {
        if (whole[index] === put || whole[index] === "/") continue;
        const changed = whole.slice(0, index) + put + whole.slice(index + 1);
        expect(await wholeOf(await server.handle(post(`${BASE}/callbacks/own/${changed}`, PAID)))).toBe(expected);
      }
    }
    expect(server.isUntouched()).toBe(true);
  });

  it("stays good while its key is only the second one, and no longer", async () => {
    const before = await createServer({ secret: OLD_SECRET });
    const keyring = (secret: readonly string[]) => ({
      ...before.bench.deps,
      keyring: createKeyring(secret),
      basePath: "/pay",
      isRunning: () => true,
    });
    const removed = await createHandler(keyring([SECRET]))(post(before.addresses.first, PAID));
    expect(await wholeOf(removed)).toBe(await notFound(before));
    expect(before.isUntouched()).toBe(true);
    const rotated = await createHandler(keyring([SECRET, OLD_SECRET]))(post(before.addresses.first, PAID));
    expect(rotated.status).toBe(200);
  });

  it("is not guessed: forged tokens read and write nothing and all look the same", async () => {
    const server = await createServer();
    const expected = await notFound(server);
    const random = seededRandom(7);
    const { id, kid } = parts(server.addresses.first);
    const runs = testRuns(undefined, 10_000);
    for (let run = 0; run < Math.max(runs, 10_000); run++) {
      const mac = Buffer.from(random(32)).toString("base64url");
      const name = run % 2 === 0 ? kid : Buffer.from(random(4)).toString("hex");
      const response = await server.handle(post(at("own", id, `${name}.${mac}`), PAID));
      if (run % 100 === 0) expect(await wholeOf(response)).toBe(expected);
      else expect(response.status).toBe(404);
    }
    expect(server.isUntouched()).toBe(true);
    expect(server.bench.logger.lines).toEqual([]);
  });
});

describe("a body", () => {
  it("of 64 KiB is taken", async () => {
    const server = await createServer();
    const body = `{"status":"succeeded","pad":"${"x".repeat(LIMIT - 31)}"}`;
    expect(body).toHaveLength(LIMIT);
    expect((await server.handle(post(server.addresses.first, body))).status).toBe(200);
  });

  it("declared as longer is refused before it is read", async () => {
    const server = await createServer();
    const { request, isCanceled } = streamed(server.addresses.first, { "content-length": String(LIMIT + 1) });
    const response = await server.handle(request);
    expect(response.status).toBe(413);
    expect(isCanceled()).toBe(false);
    expect(server.isUntouched()).toBe(true);
  });

  it("of 65 KiB is refused, whatever it declares", async () => {
    for (const headers of [{}, { "content-length": "10" }, { "content-length": "many" }, { "content-length": "-1" }]) {
      const server = await createServer();
      const response = await server.handle(post(server.addresses.first, "x".repeat(65 * 1024), { headers }));
      expect(response.status).toBe(413);
      expect(server.isUntouched()).toBe(true);
    }
  });

  it("that grows too long is given up as soon as it is too long, without waiting for its end", async () => {
    const server = await createServer();
    const { request, send, isCanceled } = streamed(server.addresses.first);
    const answering = server.handle(request);
    send(LIMIT);
    await settled();
    expect(isCanceled()).toBe(false);
    send(1);
    expect((await answering).status).toBe(413);
    expect(isCanceled()).toBe(true);
    expect(server.isUntouched()).toBe(true);
  });

  it("that comes in pieces is put together", async () => {
    const server = await createServer();
    const { request, send, end } = streamed(server.addresses.first);
    const answering = server.handle(request);
    for (const byte of new TextEncoder().encode(JSON.stringify(PAID))) send(Uint8Array.of(byte));
    end();
    expect((await answering).status).toBe(200);
    expect((await server.bench.record(server.payments.first.id)).payment.state).toBe("succeeded");
  });

  it("that does not come in ten seconds is given up, however it trickles", async () => {
    const server = await createServer();
    const { request, send, isCanceled } = streamed(server.addresses.first);
    const answering = server.handle(request);
    for (let second = 1; second < 10; second++) {
      send(1);
      await server.bench.clock.advance(1000);
    }
    expect(isCanceled()).toBe(false);
    await server.bench.clock.advance(1000);
    expect((await answering).status).toBe(408);
    expect(isCanceled()).toBe(true);
    expect(server.isUntouched()).toBe(true);
    expect(server.bench.clock.sleeping()).toEqual([]);
  });

  it("that breaks off is refused", async () => {
    const server = await createServer();
    const { request, send, breakOff } = streamed(server.addresses.first);
    const answering = server.handle(request);
    send(10);
    await settled();
    breakOff();
    expect((await answering).status).toBe(400);
    expect(server.isUntouched()).toBe(true);
    expect(server.bench.clock.sleeping()).toEqual([]);
  });

  it("that somebody read before is an error, and not taken for an empty one", async () => {
    const server = await createServer();
    const request = post(server.addresses.first, PAID);
    await request.text();
    expect((await server.handle(request)).status).toBe(500);
    expect(server.isUntouched()).toBe(true);
  });
});

describe("what is ambiguous", () => {
  it.each(["?a=%", "?a=%zz", "?a=%C3", "?%ff=1", "?a=%00", "?a=%ED%A0%80"])(
    "in the query %s is refused",
    async (query) => {
      const server = await createServer();
      for (const address of [server.addresses.first, server.addresses.cards]) {
        expect((await server.handle(post(address + query, PAID))).status).toBe(400);
      }
      expect(server.isUntouched()).toBe(true);
    },
  );

  const bytes = (...values: number[]) => Uint8Array.from(values);
  it.each([
    ["a repeated key", '{"status":"failed","status":"succeeded"}'],
    ["a key repeated by an escape", '{"status":"failed","st\\u0061tus":"succeeded"}'],
    ["__proto__", '{"__proto__":{"status":"succeeded"}}'],
    ["__proto__ deep inside", '{"status":"succeeded","a":[{"__proto__":1}]}'],
    ["invalid UTF-8", bytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ["an overlong encoding", bytes(0x22, 0xc0, 0xaf, 0x22)],
    ["a byte order mark", bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d)],
    ["NUL in a text", '{"status":"succeeded\\u0000"}'],
    ["a lone surrogate", '{"status":"succeeded","a":"\\ud800"}'],
    ["too many levels", `${"[".repeat(33)}${"]".repeat(33)}`],
    ["200,000 levels", "[".repeat(60_000)],
    ["half a document", '{"status":"succeeded"'],
    ["two documents", '{"status":"succeeded"}{}'],
    ["nothing", ""],
    ["JSON without what matters", "[1]"],
    ["a number", "1"],
  ])("in JSON, %s, is refused and told to the adapter's reply", async (_, body) => {
    const server = await createServer();
    const response = await server.handle(post(server.addresses.first, body));
    expect([response.status, await response.text()]).toEqual([401, "NO"]);
    expect(server.own.outcomes).toEqual([{ kind: "refused", reason: "malformed" }]);
    expect(server.bench.store.calls).toEqual([]);
  });

  it.each([
    ["a repeated field", "status=failed&status=succeeded"],
    ["a field repeated by an escape", "status=failed&%73tatus=succeeded"],
    ["a broken escape", "status=%E0%A4%A"],
    ["NUL", "status=succeeded%00"],
  ])("in a form, %s, is refused", async (_, body) => {
    const server = await createServer();
    server.cards.onReceive = (request) => ({
      kind: "notification",
      about: { ref: ref("R1") },
      observed: { status: request.form().get("status") === "succeeded" ? "succeeded" : "unmapped" },
    });
    expect((await server.handle(post(server.addresses.cards, body))).status).toBe(401);
    expect(server.bench.store.calls).toEqual([]);
  });

  it("is a parameter given twice, as soon as it is asked for", async () => {
    const server = await createServer();
    server.cards.onReceive = (request) => {
      request.query.get("key");
      return { kind: "notification", about: { ref: ref("R1") }, observed: { status: "succeeded" } };
    };
    expect((await server.handle(post(`${server.addresses.cards}?key=a&key=b`, PAID))).status).toBe(401);
    expect(server.bench.store.calls).toEqual([]);
  });
});
