import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Listening, listening } from "../test/listening.ts";
import { raw, statuses } from "../test/raw.ts";
import { type RawRequest, type RawResponse, toNodeHandler } from "./handler.ts";

const NEVER = new AbortController().signal;
const OK: RawResponse = { status: 200, headers: {}, body: "OK" };
const CLOSE = "Connection: close\r\n\r\n";
const refused = (given: RawRequest, limit: number, signal = NEVER) =>
  given.readBody(limit, signal).then(
    (body) => ({ status: 200, headers: {}, body: typeof body === "string" ? body : `${body.byteLength} bytes` }),
    () => ({ status: 400, headers: {}, body: "broken off" }),
  );

let served: Listening;

afterEach(() => served.close());

/** `before` is what an app does with a request before it hands it on. */
async function serve(
  handle: (request: RawRequest) => Promise<RawResponse>,
  before: (...parts: Parameters<ReturnType<typeof toNodeHandler>>) => unknown = () => {},
): Promise<void> {
  const fetch = async () => new Response("by Fetch");
  const handler = toNodeHandler({ fetch, handle });
  const server = createServer(async (incoming, outgoing) => {
    await before(incoming, outgoing);
    handler(incoming, outgoing);
  });
  served = await listening(server);
}

describe("an address", () => {
  const seen = async ({ url }: RawRequest) => ({ status: 200, headers: {}, body: `plainly: ${url}` });

  it.each([
    "/",
    "/pay/callbacks/own/pay_1/a.b-c_d",
    "//pay",
    "/pay?",
    "/pay?a=%40&b=%&c=/../?",
    "/a@b:c;d=(e)!$&'*+,~",
  ])("%s is handed on as it is, and as a URL has it", async (target) => {
    await serve(seen);
    const answer = await raw(served.port, `GET ${target} HTTP/1.1\r\nHost: shop.example:3000\r\n${CLOSE}`);
    expect(answer.split("\r\n\r\n")[1]).toBe(`plainly: ${new URL(`http://shop.example:3000${target}`)}`);
  });

  it.each([
    ["/pay/../health", "http://shop.example/health"],
    ["/./pay", "http://shop.example/pay"],
    ["/pay/..", "http://shop.example/"],
    ["/pay/%2e%2e/health", "http://shop.example/health"],
    ["/pay/a%2Fb", "http://shop.example/pay/a%2Fb"],
    ["/pay#?x", "http://shop.example/pay#?x"],
    ["http://other.example/pay", "http://other.example/pay"],
    ["/pay?a[]=1&b={}|^'\"", "http://shop.example/pay?a[]=1&b={}|^%27%22"],
  ])("%s is read as a URL reads it", async (target, url) => {
    await serve(seen);
    const answer = await raw(served.port, `GET ${target} HTTP/1.1\r\nHost: shop.example\r\n${CLOSE}`);
    expect(answer).toContain(`plainly: ${url}`);
  });

  it.each([
    ["no host, as HTTP/1.0 allows and balancers check health", "GET /pay/health HTTP/1.0\r\n"],
    ["an empty host", "GET /pay/health HTTP/1.1\r\nHost:\r\n"],
  ])("with %s is served: its path says everything", async (_, head) => {
    await serve(seen);
    expect(await raw(served.port, `${head}${CLOSE}`)).toContain("plainly: http://localhost/pay/health");
    const target = head.replace("/health", "/callbacks/%70sc");
    expect(await raw(served.port, `${target}${CLOSE}`)).toContain("plainly: http://localhost/pay/callbacks/%70sc");
  });

  it("with a colon behind its host and no port is served", async () => {
    await serve(seen);
    const target = "/pay/callbacks/psc?name=%B3";
    expect(await raw(served.port, `GET ${target} HTTP/1.1\r\nHost: shop.example:\r\n${CLOSE}`)).toContain(target);
  });

  it.each([
    ["a host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n"],
    ["a host with a path", "GET / HTTP/1.1\r\nHost: a/b?\r\n"],
    ["a host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n"],
    ["a backslash", "GET /pay\\x HTTP/1.1\r\nHost: a\r\n"],
    ["no path", "OPTIONS * HTTP/1.1\r\nHost: a\r\n"],
    ["an absolute address that is none", "GET http://[ HTTP/1.1\r\nHost: a\r\n"],
    ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n"],
  ])("with %s is answered 400 and never reaches Pay", async (_, head) => {
    let reached = 0;
    await serve(async () => {
      reached++;
      return OK;
    });
    expect(statuses(await raw(served.port, `${head}${CLOSE}`))).toEqual([400]);
    expect(reached).toBe(0);
  });
});

describe("headers", () => {
  it("come joined where they are repeated, also those that Node keeps only the first of", async () => {
    await serve(async ({ headers }) => ({
      status: 200,
      headers: {},
      body: `${headers.get("X-Sign")} ${headers.get("user-agent")}`,
    }));
    const head = "GET / HTTP/1.1\r\nHost: a\r\nx-sign: 1\r\nX-SIGN:  2 \r\nUser-Agent: b\r\nUser-Agent: c\r\n";
    expect(await raw(served.port, head + CLOSE)).toMatch(/\r\n\r\n1, 2 b, c$/);
  });
});

describe("a body", () => {
  const chunked = (...sizes: readonly number[]) =>
    sizes.map((size) => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`).join("");
  const POST = "POST / HTTP/1.1\r\nHost: a\r\n";

  it.each([
    ["up to the limit", `Content-Length: 10\r\n${CLOSE}${"x".repeat(10)}`, "10 bytes"],
    ["in chunks up to the limit", `Transfer-Encoding: chunked\r\n${CLOSE}${chunked(4, 6, 0)}`, "10 bytes"],
    ["that is none", CLOSE, "0 bytes"],
    ["declared as longer", `Content-Length: 11\r\n${CLOSE}`, "too large"],
    ["that grows longer, before its end", `Transfer-Encoding: chunked\r\n${CLOSE}${chunked(6, 6)}`, "too large"],
  ])("%s", async (_, rest, body) => {
    await serve((given) => refused(given, 10));
    expect(await raw(served.port, POST + rest)).toMatch(new RegExp(`\r\n\r\n${body}$`));
  });

  it.each([
    ["nobody read", () => Promise.resolve(OK)],
    ["grew too long", (given: RawRequest) => refused(given, 10)],
    ["took too long", (given: RawRequest) => refused(given, 1e9, AbortSignal.abort())],
  ])("that %s is no part of the next request", async (_, answer) => {
    const methods: string[] = [];
    await serve((given) => {
      methods.push(given.method);
      return given.method === "POST" ? answer(given) : Promise.resolve(OK);
    });
    const inner = `DELETE / HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(4000);
    const outer = `${POST}Content-Length: ${inner.length}\r\n\r\n${inner}`;
    const answers = await raw(served.port, `${outer}GET / HTTP/1.1\r\nHost: a\r\n${CLOSE}`);
    expect(statuses(answers)).toHaveLength(2);
    expect(methods).toEqual(["POST", "GET"]);
  });

  it("that never ends costs its sender the connection, after the answer", async () => {
    await serve((given) => refused(given, 10));
    const socket = connect(served.port, "127.0.0.1");
    socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n${chunked(20)}`);
    // Nothing more is sent, and no end: the server hangs up.
    expect(await text(socket)).toMatch(/too large$/);
  });

  it("that breaks off fails the read, and nobody else", async () => {
    const ended = Promise.withResolvers<string>();
    await serve(async (given) => {
      if (given.method === "POST") ended.resolve((await refused(given, 100)).body);
      return OK;
    });
    const socket = connect(served.port, "127.0.0.1");
    socket.write(`${POST}Content-Length: 100\r\n\r\nhalf of it`, () => socket.destroy());
    expect(await ended.promise).toBe("broken off");
    expect(statuses(await raw(served.port, `GET / HTTP/1.1\r\nHost: a\r\n${CLOSE}`))).toEqual([200]);
  });

  it("that broke off before anybody listened fails the read at once", async () => {
    const ended = Promise.withResolvers<string>();
    await serve(
      async (given) => {
        ended.resolve((await refused(given, 100)).body);
        return OK;
      },
      (incoming) => new Promise((resolve) => incoming.once("close", resolve)),
    );
    const socket = connect(served.port, "127.0.0.1");
    socket.write(`${POST}Content-Length: 100\r\n\r\nhalf of it`, () => socket.destroy());
    expect(await ended.promise).toBe("broken off");
  });

  it.each<[string, (incoming: Parameters<ReturnType<typeof toNodeHandler>>[0]) => unknown]>([
    ["somebody read before", (incoming) => text(incoming)],
    ["somebody wants as text", (incoming) => incoming.setEncoding("utf8")],
  ])("that %s is already read", async (_, before) => {
    const read = Promise.withResolvers<unknown>();
    await serve(async (given) => {
      read.resolve(await given.readBody(10, NEVER));
      return OK;
    }, before);
    expect(statuses(await raw(served.port, `${POST}Content-Length: 4\r\n${CLOSE}body`))).toEqual([200]);
    expect(await read.promise).toBe("already read");
  });

  it.each([
    ["is read from there", 4, "4 bytes"],
    ["may be too large as well", 3, "too large"],
  ])("whose bytes a platform kept in rawBody %s", async (_, limit, body) => {
    await serve(
      (given) => refused(given, limit),
      async (incoming) => Object.assign(incoming, { rawBody: Buffer.from(await text(incoming)) }),
    );
    const answer = await raw(served.port, `${POST}Content-Length: 4\r\n${CLOSE}body`);
    expect(answer).toMatch(new RegExp(`\r\n\r\n${body}$`));
  });

  it("whose bytes are gone is already read, although there is some other rawBody", async () => {
    const read = Promise.withResolvers<unknown>();
    await serve(
      async (given) => {
        read.resolve(await given.readBody(10, NEVER));
        return OK;
      },
      async (incoming) => Object.assign(incoming, { rawBody: await text(incoming) }),
    );
    await raw(served.port, `${POST}Content-Length: 4\r\n${CLOSE}body`);
    expect(await read.promise).toBe("already read");
  });
});

describe("an answer", () => {
  it("of 204 has no length, and one to HEAD that of its body", async () => {
    await serve(async ({ method }) => (method === "HEAD" ? OK : { status: 204, headers: {}, body: "" }));
    expect(await raw(served.port, `GET / HTTP/1.1\r\nHost: a\r\n${CLOSE}`)).not.toMatch(/content-length|chunked/i);
    expect(await raw(served.port, `HEAD / HTTP/1.1\r\nHost: a\r\n${CLOSE}`)).toMatch(/content-length: 2\r\n/);
  });

  it("comes with the headers the app has set before", async () => {
    await serve(
      async () => OK,
      (_, outgoing) => outgoing.setHeader("x-app", "1"),
    );
    expect(await raw(served.port, `GET / HTTP/1.1\r\nHost: a\r\n${CLOSE}`)).toMatch(/x-app: 1\r\n[\s\S]*\r\n\r\nOK$/);
  });

  it("is not sent after one of the app's own, and nothing fails", async () => {
    const answered = Promise.withResolvers<void>();
    let own: ServerResponse | undefined;
    await serve(
      async () => {
        own?.end("the app's");
        answered.resolve();
        return OK;
      },
      (_, outgoing) => {
        own = outgoing;
      },
    );
    expect(await raw(served.port, `GET / HTTP/1.1\r\nHost: a\r\n${CLOSE}`)).toMatch(/the app's$/);
    await answered.promise;
  });

  it("that throws at once is 500 without a detail", async () => {
    await serve(() => {
      throw new Error("secret detail");
    });
    expect(await raw(served.port, `GET / HTTP/1.1\r\nHost: a\r\n${CLOSE}`)).toMatch(
      / 500 [\s\S]*\r\n\r\nInternal error$/,
    );
  });
});
