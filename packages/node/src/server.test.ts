import { Agent, createServer, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createPay, memoryStore } from "@pay/core";
import { sellly } from "@pay/sellly";
import { type Listening, listening } from "../test/listening.ts";
import { raw, statuses } from "../test/raw.ts";
import { toNodeHandler } from "./handler.ts";
import { createPayServer, limitServer } from "./server.ts";

const pay = { fetch: async ({ url }: Request) => new Response(new URL(url).pathname) };
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  maxHeadersCount: 100,
};

let served: Listening | undefined;

afterEach(async () => {
  await served?.close();
  served = undefined;
});

describe("limitServer", () => {
  it("replaces what Node leaves generous, on the app's own server", () => {
    const server = createServer();
    expect(limitServer(server)).toBe(server);
    expect(server).toMatchObject(LIMITS);
  });
});

const BAD_ADDRESS = [{ status: 400, reason: "bad_address", count: 1 }];
const BAD_ADDRESS_LOGGED = { ...BAD_ADDRESS[0], remedy: expect.stringContaining("proxy_set_header Host $host") };

/** A Pay with all its parts, and the fields of its warnings. */
function realPay() {
  const logged: unknown[] = [];
  const real = createPay({
    providers: { cards: sellly({ shopId: "SHOP1", secretKey: "key", operator: "stripe" }) },
    store: memoryStore(),
    baseUrl: "http://localhost/pay",
    secret: "a secret of at least 32 characters",
    logger: { info() {}, error() {}, warn: (_message, fields) => logged.push(fields) },
  });
  return { logged, real };
}

/** Sends bytes to a server of its own: the statuses of the answers, what it counted and what it logged. */
async function refusalOf(request: string) {
  const { logged, real } = realPay();
  const one = await listening(createPayServer(real));
  try {
    return [statuses(await raw(one.port, request)), (await real.health()).refusedCallbacks, logged];
  } finally {
    await one.close();
  }
}

describe("createPayServer", () => {
  it("serves Pay with the same limits", async () => {
    const server = createPayServer(pay);
    served = await listening(server);
    expect(server).toMatchObject(LIMITS);
    expect(await (await fetch(`${served.url}/pay/health`)).text()).toBe("/pay/health");
  });

  it("answers 431 to a head over 16 KiB, also when it is told otherwise", async () => {
    // @ts-expect-error: the compiler refuses it, and JavaScript gets the same limit.
    served = await listening(createPayServer(pay, { maxHeaderSize: 1024 * 1024 }));
    const request = (size: number) =>
      raw(served!.port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ${"x".repeat(size)}\r\n\r\n`);
    expect(statuses(await request(15 * 1024))).toEqual([200]);
    expect(statuses(await request(16 * 1024))).toEqual([431]);
  });

  it("takes no option for the times that it sets itself", () => {
    // @ts-expect-error: use a server of your own.
    const server = createPayServer(pay, { headersTimeout: 1, requestTimeout: 1 });
    expect(server).toMatchObject(LIMITS);
  });

  it("keeps an idle connection as long as it is told, by default longer than the 60 s of balancers", () => {
    expect(createPayServer(pay, { keepAliveTimeout: 5_000 }).keepAliveTimeout).toBe(5_000);
    expect(createPayServer(pay).keepAliveTimeout).toBeGreaterThan(60_000);
  });

  it("does not cut an idle connection when the time for a request's head is over", async () => {
    const server = createPayServer(pay, { connectionsCheckingInterval: 10 });
    // Its own times would only make the test longer.
    Object.assign(server, { headersTimeout: 30, requestTimeout: 40 });
    served = await listening(server);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<boolean>((resolve, reject) => {
        const asking = request(served!.url, { agent }, (answer) => {
          answer.resume().on("end", () => resolve(asking.reusedSocket));
        });
        asking.on("error", reject).end();
      });
    expect(await ask()).toBe(false);
    // Two connections, each begun after the answer, have their time run out meanwhile.
    for (let late = 0; late < 2; late++) {
      expect(statuses(await raw(served.port, "GET / HTTP/1.1\r\nHost:"))).toEqual([408]);
    }
    expect(await ask()).toBe(true);
    agent.destroy();
  });

  it.each([
    [{ keepAliveTimeout: 0 }, "keepAliveTimeout must be whole milliseconds, 1 or more."],
    [{ keepAliveTimeout: Number.POSITIVE_INFINITY }, "keepAliveTimeout must be whole milliseconds, 1 or more."],
    [{ maxConnections: Number.NaN }, "maxConnections must be a number, 1 or more; Infinity for no limit."],
    [{ maxConnectionsPerAddress: 0 }, "maxConnectionsPerAddress must be a number, 1 or more; Infinity for no limit."],
  ])("refuses %j and names the remedy", (limits, message) => {
    expect(() => createPayServer(pay, limits)).toThrow(new TypeError(message));
    expect(() => limitServer(createServer(), limits)).toThrow(new TypeError(message));
  });

  it.each([
    ["a raw letter in its query", "GET /pay/callbacks/cards?name=\u0142 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["too large a head", `GET /pay/callbacks/cards?a=${"x".repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  ])(
    "has what it refuses before Pay could read it counted and logged, with a remedy: %s",
    async (_, request, status) => {
      const { logged, real } = realPay();
      served = await listening(createPayServer(real));
      const answer = await raw(served.port, request);
      expect([statuses(answer), /\r\nconnection: close\r\n/i.test(answer)]).toEqual([[status], true]);
      const refused = { status, reason: "not_http", count: 1 };
      expect((await real.health()).refusedCallbacks).toEqual([refused]);
      expect(logged).toEqual([{ ...refused, remedy: expect.stringContaining("a letter such as ł") }]);
    },
  );

  it.each([
    ...[
      "a b",
      "[::1",
      "[::1]x",
      "x:99999",
      "x:80a",
      ":80",
      "ł",
      "a/b",
      "a?b",
      "a#b",
      "a\\b",
      "u@h",
      "%zz",
      "a%2fb",
      "a,b",
    ],
    ...["1.2.3.999", "a\tb", "a\r\nHost: b", "a\r\nHost: a", "\r\nhost: "],
  ])("refuses a host that is none, or two, and has it counted and logged with the remedy: %j", async (host) => {
    // An ordinary address, one that has to be read as a URL, and one that brings a body.
    for (const request of [
      `GET /pay/callbacks/cards HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      `GET /pay/./callbacks/cards HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      `POST /pay/callbacks/cards HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=1`,
    ]) {
      expect(await refusalOf(request)).toEqual([[400], BAD_ADDRESS, [BAD_ADDRESS_LOGGED]]);
    }
  });

  it.each(["a.b.", "a_b:8080", "a:", "[::1]:80", "[::ffff:127.0.0.1]", "xn--zcia-gra.pl", "127.0.0.1", "a~b", ""])(
    "serves a host of any form: %j",
    async (host) => {
      for (const path of ["/pay/health", "/pay/./health"]) {
        const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
        expect(await refusalOf(request)).toEqual([[200], [], []]);
      }
    },
  );

  it.each(["ftp://x/pay/callbacks/cards", "http://[::1/pay", "http://e:99999/pay", "*", "/pay\\callbacks"])(
    "refuses an address that is none, and has it counted and logged with the remedy: %s",
    async (target) => {
      const request = `OPTIONS ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
      expect(await refusalOf(request)).toEqual([[400], BAD_ADDRESS, [BAD_ADDRESS_LOGGED]]);
    },
  );

  it.each([
    "http://other.example/pay/health",
    "https://u:p@other.example:8/pay/health",
    "//pay/health",
    "/pay/%68ealth",
  ])("serves an address whose path is Pay's, as proxies send it: %s", async (target) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    expect(await refusalOf(request)).toEqual([[200], [], []]);
  });

  it.each([
    ["createPayServer", () => createPayServer(pay)],
    ["limitServer, for a server of your own", () => limitServer(createServer(toNodeHandler(pay)))],
  ])("%s has the body of what it refuses come whole, so that no connection is reset", async (_, make) => {
    served = await listening(make());
    const head = "POST /?name=\u0142 HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n";
    expect(statuses(await raw(served.port, head + "x".repeat(4_000_000)))).toEqual([400]);
  });

  it("hangs up on what it refuses, although its body never comes", async () => {
    const unread: number[] = [];
    const handle = Object.assign(async () => ({ status: 200, headers: {}, body: "" }), {
      unreadable: (status: number) => void unread.push(status),
    });
    const server = createPayServer({ ...pay, handle });
    const closed = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)));
    served = await listening(server);
    // It does not hang up itself.
    const socket = connect({ port: served.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.write("POST /?name=\u0142 HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nno request\r\n\r\n");
    expect(statuses(await text(socket))).toEqual([400]);
    await closed;
    socket.destroy();
    expect(unread).toEqual([400]);
  });

  it("has the connections that it closes to make room counted and logged, with a remedy", async () => {
    const { logged, real } = realPay();
    const server = createPayServer(real, { maxConnections: 1 });
    served = await listening(server);
    const sockets = Array.from({ length: 3 }, () => connect(served!.port, "127.0.0.1").on("error", () => {}));
    await Promise.race(sockets.map((socket) => text(socket).catch(() => "")));
    const closed = { status: 0, reason: "too_many_connections", count: 1 };
    expect((await real.health()).refusedCallbacks).toEqual([closed]);
    expect(logged).toEqual([{ ...closed, remedy: expect.stringContaining("maxConnections") }]);
    for (const socket of sockets) socket.destroy();
  });

  it("leaves such connections to a listener of the app's own", async () => {
    const server = createServer().on("clientError", (_, socket) => socket.end("HTTP/1.1 418 Own\r\n\r\n"));
    served = await listening(limitServer(server));
    expect(statuses(await raw(served.port, "no request\r\n\r\n"))).toEqual([418]);
  });

  it.each([
    ["an empty Expect", "Host: a\r\nExpect: \r\n"],
    ["an Expect that is not 100-continue", "Host: a\r\nExpect: a-miracle\r\n"],
    ["no host", ""],
  ])("serves what Node would refuse without a trace: a request with %s", async (_, headers) => {
    served = await listening(createPayServer(pay));
    const answer = await raw(served.port, `GET /pay/health HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
    expect([statuses(answer), answer.endsWith("/pay/health")]).toEqual([[200], true]);
  });

  it("counts no connection that breaks off", async () => {
    const counted: number[] = [];
    const handle = Object.assign(async () => ({ status: 200, headers: {}, body: "" }), {
      unreadable: (status: number) => void counted.push(status),
    });
    served = await listening(createPayServer({ ...pay, handle }));
    for (const [bytes, answers] of [
      ["GET / HTTP/1.1\r\nHo", [400]],
      ["no request\r\n\r\n", [400]],
    ] as const) {
      const socket = connect(served.port, "127.0.0.1").end(bytes);
      expect(statuses(await text(socket))).toEqual(answers);
    }
    expect(counted).toEqual([400]);
  });

  it("writes no refusal into an answer that is under way", async () => {
    const endless = new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from("half")) });
    served = await listening(createPayServer({ fetch: async () => new Response(endless) }));
    const socket = connect(served.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = "";
    for await (const data of socket) {
      answer += data;
      if (String(data).includes("half")) socket.write("no request\r\n\r\n");
    }
    expect(statuses(answer)).toEqual([200]);
  });

  it("ends a connection whose head never comes whole with 408", async () => {
    const server = createPayServer(pay, { connectionsCheckingInterval: 10 });
    // Its own 10 s would only make the test longer.
    server.headersTimeout = 30;
    served = await listening(server);
    expect(statuses(await raw(served.port, "GET / HTTP/1.1\r\nHost:"))).toEqual([408]);
  });
});

describe.each([
  ["toNodeHandler", toNodeHandler],
  ["createPayServer", createPayServer],
])("%s without a Pay", (_, mount) => {
  it.each([undefined, null, {}, { fetch: "no" }])("refuses %p at once", (given) => {
    expect(() => mount(given as never)).toThrow(
      new TypeError("toNodeHandler needs a Pay, or an object with a fetch function."),
    );
  });

  it("names the remedy for a promise", () => {
    expect(() => mount(Promise.resolve(pay) as never)).toThrow("it got a promise: await it first.");
  });
});

describe("a listener of the app's own", () => {
  it("can hand over the paths under baseUrl and keep the others", async () => {
    const handler = toNodeHandler(pay);
    served = await listening(
      createServer((incoming, outgoing) => {
        if (incoming.url?.startsWith("/pay/")) handler(incoming, outgoing);
        else outgoing.end("the shop");
      }),
    );
    expect(await (await fetch(`${served.url}/pay/health`)).text()).toBe("/pay/health");
    expect(await (await fetch(`${served.url}/`)).text()).toBe("the shop");
  });
});
