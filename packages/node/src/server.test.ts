import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Listening, listening } from "../test/listening.ts";
import { raw, statuses } from "../test/raw.ts";
import { toNodeHandler } from "./handler.ts";
import { createPayServer, limitServer } from "./server.ts";

const pay = { fetch: async ({ url }: Request) => new Response(new URL(url).pathname) };
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  maxConnections: 1_000,
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
    const server = createPayServer(pay, { headersTimeout: 1, requestTimeout: 1, keepAliveTimeout: 1 });
    expect(server).toMatchObject(LIMITS);
  });

  it("ends a connection whose head never comes whole with 408", async () => {
    const server = createPayServer(pay, { connectionsCheckingInterval: 10 });
    // Its own 10 s would only make the test longer.
    server.headersTimeout = 30;
    served = await listening(server);
    expect(statuses(await raw(served.port, "GET / HTTP/1.1\r\nHost:"))).toEqual([408]);
  });

  it("drops connections beyond its number, and keeps those it has", async () => {
    const server = createPayServer(pay);
    server.maxConnections = 1;
    served = await listening(server);
    const first = connect(served.port, "127.0.0.1");
    await new Promise((resolve) => server.once("connection", resolve));
    expect(await raw(served.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").catch(() => "")).toBe("");
    first.write("GET /mine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(await text(first)).toMatch(/\/mine$/);
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
