import { channel } from "node:diagnostics_channel";
import type net from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import {
  allClosed,
  CHUNKED,
  callThat,
  callWith,
  causeOf,
  cleanups,
  framed,
  gateway,
  http,
  sent,
} from "../../../../test/support/raw-gateway.ts";
import { ANSWER_LIMIT_BYTES, createCall } from "./http.ts";

function* forever(block: Uint8Array): Generator<Uint8Array> {
  while (true) yield block;
}

describe("a request nobody answered in full is unknown:", () => {
  const half = http(200, "id=canary", ["content-length: 100"]);
  const chunk = http(200, framed("id=canary"), CHUNKED);
  const FIN = (socket: net.Socket) => socket.end();
  const RST = (socket: net.Socket) => socket.resetAndDestroy();
  const cases: [string, Buffer | "", (socket: net.Socket) => unknown, string][] = [
    ["closed once it was read", "", FIN, "UND_ERR_SOCKET"],
    ["reset once it was read", "", RST, "ECONNRESET"],
    ["closed within the status line", Buffer.from("HTTP/1.1 2"), FIN, "UND_ERR_SOCKET"],
    ["closed within the headers", http(200).subarray(0, 30), FIN, "UND_ERR_SOCKET"],
    ["closed within a body of known length", half, FIN, "UND_ERR_SOCKET"],
    ["closed within a chunked body", chunk, FIN, "UND_ERR_SOCKET"],
    ["closed before the last chunk's end", Buffer.concat([chunk, Buffer.from("0\r\n")]), FIN, "UND_ERR_SOCKET"],
  ];

  it.each(cases)("%s", async (_, bytes, end, code) => {
    const { origin, requests } = await gateway((socket) => socket.write(bytes, () => end(socket)));
    const outcome = await sent(origin);
    expect(outcome.kind).toBe("unknown");
    expect(causeOf(outcome)).toBe(code);
    expect(requests).toHaveLength(1);
  });

  it.each(["GET", "POST", "PUT", "DELETE"] as const)("%s answered 503 or not at all, sent once", async (method) => {
    const { origin, requests } = await gateway((socket, _, index) =>
      index === 0 ? socket.write(http(503, "", ["retry-after: 0"])) : socket.resetAndDestroy(),
    );
    expect((await sent(origin, { method })).kind).toBe("unknown");
    expect(requests).toHaveLength(1);
    expect((await sent(origin, { method })).kind).toBe("unknown");
    expect(requests).toHaveLength(2);
  });

  it("reset within the body", async () => {
    const { origin, requests, sockets } = await gateway((socket) => socket.write(half));
    const call = callThat(() => sockets[0]?.resetAndDestroy());
    expect((await sent(origin, {}, call)).kind).toBe("unknown");
    expect(requests).toHaveLength(1);
  });

  it("reset before it was read, as it had left", async () => {
    const accepted = Promise.withResolvers<net.Socket>();
    const written = Promise.withResolvers<void>();
    const onHeaders = () => written.resolve();
    channel("undici:client:sendHeaders").subscribe(onHeaders);
    cleanups.push(async () => channel("undici:client:sendHeaders").unsubscribe(onHeaders));
    const { origin } = await gateway(
      () => {},
      (socket) => accepted.resolve(socket),
    );
    const outcome = sent(origin);
    const [socket] = await Promise.all([accepted.promise, written.promise]);
    socket.resetAndDestroy();
    expect((await outcome).kind).toBe("unknown");
  });

  it("time is up before an answer begins", async () => {
    const clock = new AbortController();
    const { origin, requests, sockets } = await gateway(() => clock.abort(new Error("canary-reason")));
    const outcome = await sent(origin, {}, createCall(clock.signal));
    expect([outcome.kind, causeOf(outcome)]).toEqual(["unknown", "time is up"]);
    await allClosed(sockets);
    expect(requests).toHaveLength(1);
  });

  it.each([
    ["a body of known length", half],
    ["a chunked body", chunk],
    [
      "a compressed body",
      http(200, framed(gzipSync("id=canary").subarray(0, 12)), [...CHUNKED, "content-encoding: gzip"]),
    ],
    ["the body of a refusal", http(400, "canary", ["content-length: 100"])],
  ])("time is up within %s", async (_, bytes) => {
    const clock = new AbortController();
    const { origin, requests, sockets } = await gateway((socket) => socket.write(bytes));
    const call = callThat(() => clock.abort(), clock.signal);
    const outcome = await sent(origin, {}, call);
    expect([outcome.kind, causeOf(outcome)]).toEqual(["unknown", "time is up"]);
    await allClosed(sockets);
    expect(requests).toHaveLength(1);
  });

  const block = Buffer.alloc(64 * 1024, "canary");
  it.each<[string, Buffer, Uint8Array, boolean]>([
    ["of a length that says so", http(200, "", ["content-length: 1000000000000"]), block, false],
    ["in chunks", http(200, "", CHUNKED), framed(block), false],
    ["that only the end of the connection ends", http(200, "", ["connection: close"]), block, false],
    [
      "compressed to a thousandth",
      http(200, "", ["connection: close", "content-encoding: gzip"]),
      Buffer.alloc(65536),
      true,
    ],
    ["of a refusal", http(400, "", CHUNKED), framed(block), false],
  ])("an answer without end, %s, of which reading stops", async (_, head, part, zipped) => {
    const { origin, requests, sockets } = await gateway((socket) => {
      socket.write(head);
      const body = Readable.from(forever(part));
      (zipped ? pipeline(body, createGzip(), socket) : pipeline(body, socket)).catch(() => {});
    });
    const outcome = await sent(origin);
    expect([outcome.kind, causeOf(outcome)]).toEqual(["unknown", "failed"]);
    await allClosed(sockets);
    expect(requests).toHaveLength(1);
  });

  it("an answer one byte over the limit", async () => {
    const { origin } = await gateway((socket) => socket.write(http(200, "x".repeat(ANSWER_LIMIT_BYTES + 1))));
    expect((await sent(origin, { read: ({ text }) => text })).kind).toBe("unknown");
  });

  it.each(["EHOSTUNREACH", "ECONNREFUSED", "ERR_SSL_WRONG_VERSION_NUMBER"])(
    "%s that does not come from connecting",
    async (code) => {
      const failure = new TypeError("fetch failed", {
        cause: Object.assign(new Error("canary"), { code, syscall: "read" }),
      });
      const outcome = await sent(
        "https://127.0.0.1",
        {},
        callWith(async () => Promise.reject(failure)),
      );
      expect([outcome.kind, causeOf(outcome)]).toEqual(["unknown", code]);
    },
  );

  it("a client that fails with what is no error, or an endless chain of them", async () => {
    const circular: { cause?: unknown } = {};
    circular.cause = circular;
    for (const thrown of [undefined, null, "canary", circular]) {
      const outcome = await sent(
        "https://127.0.0.1",
        {},
        callWith(async () => Promise.reject(thrown)),
      );
      expect([outcome.kind, causeOf(outcome)]).toEqual(["unknown", "failed"]);
    }
  });
});

describe("on a connection kept from an earlier request", () => {
  /** Node's client reuses a connection only after a turn of the event loop. */
  const turn = () => new Promise(setImmediate);

  it("a reset is unknown and nothing is sent again", async () => {
    const { origin, requests, sockets } = await gateway((socket, _, index) =>
      index === 0 ? socket.write(http(200, "id=1")) : socket.resetAndDestroy(),
    );
    expect((await sent(origin)).kind).toBe("answered");
    await turn();
    expect((await sent(origin)).kind).toBe("unknown");
    expect([requests.length, sockets.length]).toEqual([2, 1]);
  });

  it("a close that was noticed leads to a new connection", async () => {
    const { origin, requests, sockets } = await gateway((socket, _, index) => {
      socket.write(http(200, "id=1"));
      if (index === 0) socket.end();
    });
    expect((await sent(origin)).kind).toBe("answered");
    await allClosed(sockets);
    expect((await sent(origin)).kind).toBe("answered");
    expect([requests.length, sockets.length]).toEqual([2, 2]);
  });

  it.each(["end", "resetAndDestroy"] as const)(
    "nothing is sent twice when the gateway's %s crosses a request",
    async (close) => {
      const { origin, requests } = await gateway((socket) =>
        socket.write(http(200, "id=1"), () => setImmediate(() => socket[close]())),
      );
      const ids = Array.from({ length: 60 }, (_, index) => `key=${index};`);
      for (const [index, body] of ids.entries()) {
        const { kind } = await sent(origin, { body });
        const arrived = requests.filter((request) => request.endsWith(body)).length;
        expect(arrived).toBeLessThanOrEqual(1);
        expect(["unknown", arrived === 1 && "answered"]).toContain(kind);
        for (let turns = index % 4; turns > 0; turns--) await turn();
      }
    },
  );
});
