import { Agent, createServer, type IncomingMessage, request, type Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { type AnyPay, createPay, memoryStore } from "@pay/core";
import { sellly } from "@pay/sellly";
import { type Listening, listening } from "../test/listening.ts";
import { raw, statuses } from "../test/raw.ts";
import { type Mountable, type RawRequest, type RawResponse, toNodeHandler } from "./handler.ts";

const { Request: OriginalRequest, Response: OriginalResponse } = globalThis;

let served: Listening;

async function serve(fetching: Mountable["fetch"], server: Server = createServer()): Promise<string> {
  server.on("request", toNodeHandler({ fetch: fetching }));
  served = await listening(server);
  return served.url;
}

afterEach(() => served.close());

/** Starts a request whose body the test sends in pieces. */
function begin(url: string, agent: Agent | false, headers: Record<string, string> = {}) {
  const outgoing = request(url, { method: "POST", agent, headers });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
  });
  return { outgoing, answer };
}

describe("a request arrives", () => {
  it("with its body as the bytes that were sent, whatever they mean", async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, at) => at % 256);
    const url = await serve(async (given) => new Response(await given.arrayBuffer()));
    const echoed = await fetch(url, { method: "POST", body: bytes, headers: { "content-type": "application/json" } });
    expect(new Uint8Array(await echoed.arrayBuffer())).toEqual(bytes);
  });

  it("with its method, path, query and headers as they were", async () => {
    const url = await serve(async ({ method, url, headers }) => Response.json([method, url, headers.get("x-test")]));
    const answer = await fetch(`${url}/pay/a%2Fb?x=1&x=%C4%85&y=a+b`, { method: "PUT", headers: { "x-test": "one" } });
    expect(await answer.json()).toEqual(["PUT", `${url}/pay/a%2Fb?x=1&x=%C4%85&y=a+b`, "one"]);
  });

  it("with a repeated header joined, so that neither of two values is hidden", async () => {
    const url = await serve(async ({ headers }) => new Response(headers.get("x-test")));
    const answer = await fetch(url, {
      headers: [
        ["x-test", "one"],
        ["x-test", "two"],
      ],
    });
    expect(await answer.text()).toBe("one, two");
  });

  it("while its body is still under way, so that a limit counts as it streams", async () => {
    const url = await serve(async ({ body }) => {
      const { value } = await body!.getReader().read();
      return new Response(`saw ${value!.byteLength}`, { status: 413 });
    });
    const { outgoing, answer } = begin(url, false, { "content-length": "1000000" });
    outgoing.write("x".repeat(100));
    const refused = await answer;
    expect([refused.statusCode, await text(refused)]).toEqual([413, "saw 100"]);
    outgoing.destroy();
  });
});

describe("an answer leaves", () => {
  it("with its status, headers and body as they were given", async () => {
    const url = await serve(
      async () => new Response("Nie ma", { status: 404, headers: { "referrer-policy": "no-referrer", "x-test": "1" } }),
    );
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toEqual([404, "Nie ma"]);
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.headers.get("x-test")).toBe("1");
  });

  it("without a body to HEAD", async () => {
    const url = await serve(async () => new Response("OK"));
    const answers = await raw(Number(new URL(url).port), "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(statuses(answers)).toEqual([200]);
    expect(answers).toMatch(/\r\n\r\n$/);
  });
});

describe("an answer as plain data", () => {
  type Handle = (request: RawRequest) => Promise<RawResponse>;

  async function answering(handle: Handle): Promise<string> {
    const server = createServer();
    server.on("request", toNodeHandler({ fetch: async () => new Response("not asked"), handle }));
    served = await listening(server);
    return served.url;
  }

  it("leaves with its status, headers and body, and its length in bytes", async () => {
    const url = await answering(async ({ method, url: asked }) => {
      return {
        status: 404,
        headers: { "x-test": "1", "content-type": "text/plain; charset=utf-8" },
        body: `Żółć ${method} ${asked}`,
      };
    });
    const answer = await fetch(`${url}/pay/x?y=1`, { method: "POST", body: "read by nobody" });
    expect([answer.status, await answer.text()]).toEqual([404, `Żółć POST ${url}/pay/x?y=1`]);
    expect(answer.headers.get("x-test")).toBe("1");
    expect(Number(answer.headers.get("content-length"))).toBe(Buffer.byteLength(`Żółć POST ${url}/pay/x?y=1`));
  });

  it.each<[string, string, RawResponse]>([
    ["to HEAD", "HEAD", { status: 200, headers: {}, body: "OK" }],
    ["with 204", "GET", { status: 204, headers: {}, body: "" }],
    ["with 304, whatever the adapter says", "GET", { status: 304, headers: {}, body: "nothing" }],
  ])("has no body %s", async (_, method, answer) => {
    await answering(async () => answer);
    const bytes = await raw(served.port, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(statuses(bytes)).toEqual([answer.status]);
    expect(bytes).toMatch(/\r\n\r\n$/);
  });

  it.each<[string, Handle]>([
    ["rejects", () => Promise.reject(new Error("secret detail"))],
    [
      "has a header that would begin another",
      async () => ({ status: 200, headers: { "x-test": "1\r\nset-cookie: a=b" }, body: "" }),
    ],
  ])("that %s is 500 without a detail", async (_, failing) => {
    const answer = await fetch(await answering(failing));
    expect([answer.status, await answer.text(), answer.headers.get("set-cookie")]).toEqual([
      500,
      "Internal error",
      null,
    ]);
  });

  const newPay = (): AnyPay =>
    createPay({
      providers: { cards: sellly({ shopId: "SHOP1", secretKey: "s3cret-key", operator: "cashbill" }) },
      store: memoryStore(),
      baseUrl: "https://shop.example/pay",
      secret: "a secret of the tests, long enough to be one",
    });
  const no = async () => new Response("no", { status: 403 });

  it.each<[string, (pay: AnyPay) => Mountable]>([
    ["in a copy of a Pay", (pay) => ({ ...pay, fetch: no })],
    ["on the Pay itself", (pay) => Object.assign(pay, { fetch: no })],
    ["on an object that inherits from a Pay", (pay) => Object.create(pay, { fetch: { value: no } })],
    [
      "through a proxy of a Pay",
      (pay) => new Proxy(pay, { get: (target, key, self) => (key === "fetch" ? no : Reflect.get(target, key, self)) }),
    ],
    [
      "through a proxy that reads from the Pay itself",
      (pay) => new Proxy(pay, { get: (target, key) => (key === "fetch" ? no : target[key as "fetch"]) }),
    ],
  ])("does not go past a guard of fetch %s", async (_, guarded) => {
    served = await listening(createServer(toNodeHandler(guarded(newPay()))));
    expect((await fetch(`${served.url}/pay/health`)).status).toBe(403);
  });

  it("comes from a Pay whose fetch is its own", async () => {
    const pay = newPay();
    expect(pay.handle).toBeInstanceOf(Function);
    served = await listening(createServer(toNodeHandler(pay)));
    expect((await fetch(`${served.url}/pay/ready`)).status).toBe(503);
  });

  it("goes on over the same connection", async () => {
    let count = 0;
    const url = await answering(async (given) => ({
      status: 200,
      headers: {},
      body: `${++count} ${(await given.readBody(60_000, AbortSignal.any([]))).length}`,
    }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const size of [0, 5, 60_000]) {
      const { outgoing, answer } = begin(url, agent, { "content-length": String(size) });
      outgoing.end("x".repeat(size));
      expect(await text(await answer)).toBe(`${count} ${size}`);
    }
    expect(count).toBe(3);
    agent.destroy();
  });
});

describe("a body that a body parser read before", () => {
  const POST = "POST /pay/callbacks/cards HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

  it.each([
    ["with its length", `${POST}Content-Length: 2\r\n\r\n{}`],
    ["in chunks", `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ["at an address that goes the long way", `${POST.replace("/cards", "/c%61rds")}Content-Length: 2\r\n\r\n{}`],
  ])("is told to Pay as read, and not as empty, %s, also through a guard", async (_, bytes) => {
    const used: boolean[] = [];
    const given: Mountable = {
      async fetch({ bodyUsed }) {
        used.push(bodyUsed);
        return new Response("no", { status: 500 });
      },
    };
    const handler = toNodeHandler(given);
    const parsing = createServer(async (incoming, outgoing) => {
      Object.assign(incoming, { body: JSON.parse(await text(incoming)) });
      handler(incoming, outgoing);
    });
    served = await listening(parsing);
    expect(statuses(await raw(served.port, bytes))).toEqual([500]);
    expect(used).toEqual([true]);
  });
});

describe("the app's own globals", () => {
  it("stay as they were", async () => {
    await serve(async () => new Response("OK"));
    expect(globalThis.Request).toBe(OriginalRequest);
    expect(globalThis.Response).toBe(OriginalResponse);
  });
});

describe("a handler that fails", () => {
  it.each<[string, Mountable["fetch"]]>([
    ["rejects", () => Promise.reject(new Error("secret detail"))],
    [
      "throws",
      () => {
        throw new Error("secret detail");
      },
    ],
    ["rejects with no error", () => Promise.reject("secret detail")],
  ])("because it %s is answered 500 without a detail, and nothing is printed", async (_, failing) => {
    const printed = (["log", "info", "warn", "error"] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation(() => {}),
    );
    const url = await serve(failing);
    const answer = await fetch(url, { method: "POST", body: "x" });
    expect([answer.status, await answer.text()]).toEqual([500, "Internal error"]);
    for (const spy of printed) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

describe("a request that is none", () => {
  it.each([
    ["a host no address can have", "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
    ["a host with a path", "GET / HTTP/1.1\r\nHost: a/b?\r\nConnection: close\r\n\r\n"],
    ["a backslash in its path", "GET /pay\\x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["an absolute address that is none", "GET http://[ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
  ])("(%s) is answered 400 and never reaches the handler", async (_, bytes) => {
    let reached = 0;
    await serve(async () => {
      reached++;
      return new Response("OK");
    });
    expect(statuses(await raw(served.port, bytes))).toEqual([400]);
    expect(reached).toBe(0);
  });
});

describe("one connection for many requests", () => {
  it.each([
    ["a body of 100 KiB nobody read", "POST", 100 * 1024],
    ["a body with GET", "GET", 1024],
    ["an empty body", "POST", 0],
  ])("goes on after %s", async (_, method, size) => {
    let count = 0;
    await serve(async ({ url }) => new Response(`${++count} ${new URL(url).pathname}`));
    const first = `${method} /first HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`;
    const second = "GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const answers = await raw(served.port, first + second);
    expect(statuses(answers)).toEqual([200, 200]);
    expect(answers).toMatch(/1 \/first[\s\S]*2 \/second$/);
  });

  it("takes nothing of a body for the next request", async () => {
    const seen: string[] = [];
    await serve(async ({ url }) => {
      seen.push(new URL(url).pathname);
      return new Response("OK");
    });
    const inner = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    const outer = `POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
    await raw(served.port, `${outer}GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(seen).toEqual(["/first", "/second"]);
  });

  it.each([
    ["nobody read", () => {}],
    ["was refused half-way", ({ body }: Request) => body?.getReader().read()],
  ])("goes on after a body of 4 MB that %s", async (_, read) => {
    await serve(async (given) => {
      if (given.method === "POST") await read(given);
      return new Response(given.method, { status: given.method === "POST" ? 413 : 200 });
    });
    const size = 4_000_000;
    const first = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`;
    const answers = await raw(served.port, `${first}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(statuses(answers)).toEqual([413, 200]);
  });

  it("serves another request by the same agent after a body was refused half-way", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = await serve(async ({ body }) => {
      await body?.getReader().read();
      return new Response("too large", { status: 413 });
    });
    for (let round = 0; round < 3; round++) {
      const { outgoing, answer } = begin(url, agent);
      outgoing.end("x".repeat(80 * 1024));
      const refused = await answer;
      expect([refused.statusCode, await text(refused)]).toEqual([413, "too large"]);
    }
    agent.destroy();
  });
});

describe("a client that leaves", () => {
  it("half-way through its body fails the handler's read, and nobody else", async () => {
    const ended = Promise.withResolvers<unknown>();
    const url = await serve(async (given) => {
      if (given.method === "GET") return new Response("OK");
      await given.arrayBuffer().then(ended.resolve, ended.reject);
      return new Response("read");
    });
    const socket = connect(served.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf of it", () => socket.destroy());
    await expect(ended.promise).rejects.toThrow();
    expect(await (await fetch(url)).text()).toBe("OK");
  });

  it("before the answer costs nobody else theirs", async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const url = await serve(async (given) => {
      if (given.method === "GET") return new Response("OK");
      begun.resolve();
      await release.promise;
      return new Response("too late");
    });
    const socket = connect(served.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    await begun.promise;
    const gone = new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await gone;
    release.resolve();
    expect(await (await fetch(url)).text()).toBe("OK");
  });
});
