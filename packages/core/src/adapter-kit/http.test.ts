import { getEventListeners } from "node:events";
import net from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import {
  callThat,
  callWith,
  causeOf,
  cleanups,
  gateway,
  http,
  listen,
  secureGateway,
  sent,
  trustCertificate,
} from "../../../../test/support/raw-gateway.ts";
import { ANSWER_LIMIT_BYTES, createCall, type SendRequest, send } from "./http.ts";

describe("a request that never left is not_sent:", () => {
  it("to a port that Fetch connects to for nobody", async () => {
    const outcome = await sent("http://127.0.0.1:9");
    expect([outcome.kind, causeOf(outcome)]).toEqual(["not_sent", "BLOCKED_PORT"]);
  });

  const refused = async () => {
    const server = net.createServer();
    const port = await listen(server);
    await cleanups.pop()!();
    return `127.0.0.1:${port}`;
  };

  it("connection refused", async () => {
    const outcome = await sent(`http://${await refused()}`);
    expect([outcome.kind, causeOf(outcome)]).toEqual(["not_sent", "ECONNREFUSED"]);
  });

  it("connection refused, TLS", async () => {
    expect((await sent(`https://${await refused()}`)).kind).toBe("not_sent");
  });

  it("connection refused at every address of a name", async () => {
    const outcome = await sent((await refused()).replace("127.0.0.1", "http://localhost"));
    expect([outcome.kind, causeOf(outcome)]).toEqual(["not_sent", "ECONNREFUSED"]);
  });

  it("a name that does not exist", async () => {
    const outcome = await sent("https://something.invalid");
    expect(outcome.kind).toBe("not_sent");
    expect(causeOf(outcome)).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it("a certificate nobody vouches for", async () => {
    const { port, requests } = await secureGateway();
    const outcome = await sent(`https://127.0.0.1:${port}`);
    expect([outcome.kind, causeOf(outcome)]).toEqual(["not_sent", "DEPTH_ZERO_SELF_SIGNED_CERT"]);
    expect(requests).toEqual([]);
  });

  it("a certificate for another name", async () => {
    trustCertificate();
    const { port, requests } = await secureGateway();
    const outcome = await sent(`https://localhost:${port}`);
    expect([outcome.kind, causeOf(outcome)]).toEqual(["not_sent", "ERR_TLS_CERT_ALTNAME_INVALID"]);
    expect(requests).toEqual([]);
  });

  it("TLS to a port that speaks plain HTTP", async () => {
    const plain = await gateway(
      () => {},
      (socket) => socket.once("data", () => socket.end(http(400))),
    );
    expect((await sent(plain.origin.replace("http:", "https:"))).kind).toBe("not_sent");
  });

  it.each([
    ["closed", (socket: net.Socket) => socket.end()],
    ["reset", (socket: net.Socket) => socket.resetAndDestroy()],
  ])("a connection %s during the TLS handshake", async (_, end) => {
    const rude = await gateway(
      () => {},
      (socket) => socket.once("data", () => end(socket)),
    );
    const outcome = await sent(rude.origin.replace("http:", "https:"));
    expect([outcome.kind, causeOf(outcome)]).toEqual(["not_sent", "ECONNRESET"]);
  });

  it("time was up before", async () => {
    const { origin, sockets } = await gateway((socket) => socket.end(http(200, "id=1")));
    const outcome = await sent(origin, {}, createCall(AbortSignal.abort(new Error("canary-reason"))));
    expect([outcome.kind, causeOf(outcome)]).toEqual(["not_sent", "time is up"]);
    expect(sockets).toEqual([]);
  });

  it.each([
    ["a header HTTP cannot carry", { headers: { "x-key": "canary-ż" } }],
    ["a line break in a header", { headers: { "x-key": "canary\r\nx: y" } }],
    ["an address that is none", { url: "canary" }],
  ])("%s", async (_, request) => {
    const { origin, sockets } = await gateway((socket) => socket.end(http(200, "id=1")));
    expect((await sent(origin, request)).kind).toBe("not_sent");
    expect(sockets).toEqual([]);
  });
});

describe("an answer that came in full is", () => {
  const reject = () => ({ kind: "rejected", code: "configuration", retryable: false, providerCode: "602" }) as const;
  const declined = (status: number) => ({
    kind: "rejected",
    code: "declined",
    retryable: false,
    providerCode: String(status),
  });
  const unavailable = { kind: "rejected", code: "unavailable", retryable: true, providerCode: "429" };
  const unknown = (message: string) => ({ kind: "unknown", cause: new Error(message) });
  const boom = () => {
    throw new Error("canary-thrown");
  };
  const cases: [string, Buffer, Partial<SendRequest<string>>, unknown][] = [
    ["answered: 200 that read accepts", http(200, "id=1"), {}, { kind: "answered", body: "id=1" }],
    ["answered: 201 that read accepts", http(201, "id=1"), {}, { kind: "answered", body: "id=1" }],
    ["answered: 204 without a body", http(204), { read: (it) => `[${it.text}]` }, { kind: "answered", body: "[]" }],
    [
      "answered: compressed",
      http(200, gzipSync("id=1"), ["content-encoding: gzip"]),
      {},
      { kind: "answered", body: "id=1" },
    ],
    [
      "answered: as long as the limit",
      http(200, "x".repeat(ANSWER_LIMIT_BYTES)),
      { read: ({ text }) => String(text.length) },
      { kind: "answered", body: String(ANSWER_LIMIT_BYTES) },
    ],
    ["rejected, retryable: 429", http(429, "canary"), {}, unavailable],
    ...[400, 401, 402, 403, 404, 405, 410, 413, 415, 421, 422, 425, 451].map(
      (status) => [`rejected: ${status}`, http(status, "canary"), {}, declined(status)] as (typeof cases)[number],
    ),
    ["rejected as documented: 500", http(500, "602 canary"), { refusal: reject }, reject()],
    ["rejected as documented: 200", http(200, "602 canary"), { refusal: reject }, reject()],
    ["rejected as documented: 429", http(429, "602 canary"), { refusal: reject }, reject()],
    [
      "unknown: 500 that refusal does not recognise",
      http(500, "canary"),
      { refusal: () => undefined },
      unknown("HTTP 500"),
    ],
    ["rejected: 400 on which refusal throws", http(400, "canary"), { refusal: boom }, declined(400)],
    ["unknown: 500 on which refusal throws", http(500, "canary"), { refusal: boom }, unknown("HTTP 500")],
    ...[408, 409, 500, 502, 503, 504, 304, 300].map(
      (status) => [`unknown: ${status}`, http(status), {}, unknown(`HTTP ${status}`)] as (typeof cases)[number],
    ),
    ["unknown: 200 that read does not know", http(200, "<p>canary"), {}, unknown("HTTP 200 with an unreadable answer")],
    [
      "unknown: 200 on which read throws",
      http(200, "canary"),
      { read: boom },
      unknown("HTTP 200 with an unreadable answer"),
    ],
    ["unknown: 200 without a body", http(200), {}, unknown("HTTP 200 with an unreadable answer")],
    [
      "answered: with a letter that is not UTF-8, as U+FFFD",
      http(200, Buffer.from("id=p\xb3atno", "latin1")),
      {},
      { kind: "answered", body: "id=p\ufffdatno" },
    ],
    [
      "answered: with UTF-8 that stops within a character, as U+FFFD",
      http(200, Buffer.from("id=\xc5", "latin1")),
      {},
      { kind: "answered", body: "id=\ufffd" },
    ],
    [
      "unknown: longer than the limit, packed in less",
      http(200, gzipSync("x".repeat(ANSWER_LIMIT_BYTES + 1)), ["content-encoding: gzip"]),
      {},
      unknown("failed"),
    ],
    ["unknown: gzip that is none", http(200, "id=canary", ["content-encoding: gzip"]), {}, unknown("Z_DATA_ERROR")],
    ["unknown: not HTTP", Buffer.from("220 canary ESMTP\r\n\r\n"), {}, unknown("failed")],
    [
      "unknown: two lengths",
      http(200, "id=1", ["content-length: 4", "content-length: 5"]),
      {},
      unknown("UND_ERR_RES_CONTENT_LENGTH_MISMATCH"),
    ],
    [
      "unknown: headers over 16 KiB",
      http(200, "id=1", [`x: ${"canary".repeat(4000)}`]),
      {},
      unknown("UND_ERR_HEADERS_OVERFLOW"),
    ],
  ];

  it.each(cases)("%s", async (_, bytes, request, expected) => {
    const { origin, requests } = await gateway((socket) => socket.write(bytes));
    expect(await sent(origin, request)).toEqual(expected);
    expect(requests).toHaveLength(1);
  });

  it("answered: a character that arrives in two parts", async () => {
    const [first, second] = [Buffer.from("id=\xc5", "latin1"), Buffer.from("\xbc", "latin1")];
    const { origin, sockets } = await gateway((socket) => socket.write(http(200, first, ["content-length: 5"])));
    const call = callThat(() => sockets[0]?.write(second));
    expect(await sent(origin, {}, call)).toEqual({ kind: "answered", body: "id=ż" });
  });

  it.each([301, 302, 303, 307, 308])("unknown: %d, and its target is never asked", async (status) => {
    const target = await gateway((socket) => socket.write(http(200, "id=1")));
    const location = [`location: ${target.origin}/canary-location`];
    const { origin, requests } = await gateway((socket) => socket.write(http(status, "", location)));
    expect(await sent(origin)).toEqual(unknown(`HTTP ${status}`));
    expect(requests).toHaveLength(1);
    expect(target.sockets).toEqual([]);
  });

  it("answered: a status that the gateway documents for what it accepted, whose target is never asked", async () => {
    const target = await gateway((socket) => socket.write(http(200, "id=2")));
    const { origin } = await gateway((socket) => socket.write(http(302, "id=1", [`location: ${target.origin}/`])));
    expect(await sent(origin, { alsoReads: [302] })).toEqual({ kind: "answered", body: "id=1" });
    expect(await sent(origin, { alsoReads: [301] })).toEqual(unknown("HTTP 302"));
    expect(target.sockets).toEqual([]);
  });

  it("unknown: such a status with an answer that cannot be read, as a proxy may give", async () => {
    const { origin } = await gateway((socket) => socket.write(http(302, "<html>", ["location: /login"])));
    expect(await sent(origin, { alsoReads: [302] })).toEqual(unknown("HTTP 302 with an unreadable answer"));
  });
});

describe("a request", () => {
  it("arrives as it was given, with its length", async () => {
    const { origin, requests } = await gateway((socket) => socket.write(http(200, "id=1")));
    await sent(origin, { body: "key=zażółć" });
    const [head, body] = requests[0]!.split("\r\n\r\n");
    expect(head).toMatch(/^POST \/canary-path\?token=canary-query HTTP\/1\.1\r\n/);
    expect(head).toMatch(/^x-key: canary-header\r$/m);
    expect(head).toMatch(/^content-type: application\/x-www-form-urlencoded\r$/m);
    expect(head).toMatch(/^content-length: 14\r?$/m);
    expect(head).not.toMatch(/^transfer-encoding/im);
    expect(Buffer.from(body!, "latin1").toString("utf8")).toBe("key=zażółć");
  });

  it.each(["POST", "PUT", "DELETE"] as const)(
    "%s without a body is sent once as well, even if answered 421",
    async (method) => {
      const { origin, requests } = await gateway((socket) => socket.write(http(421)));
      const request = { method, url: origin, read: () => "" };
      const head = expect.stringMatching(new RegExp(`^${method} / HTTP/1.1\r\n`));
      expect((await send(createCall(new AbortController().signal), request)).kind).toBe("rejected");
      expect(requests).toEqual([head]);
      // Also through the caller's own client.
      expect((await send(callWith(fetch), request)).kind).toBe("rejected");
      expect(requests).toEqual([head, head]);
    },
  );

  it("GET has neither body nor length", async () => {
    const { origin, requests } = await gateway((socket) => socket.write(http(200, "id=1")));
    expect((await sent(origin, { method: "GET" })).kind).toBe("answered");
    expect(requests).toEqual([expect.stringMatching(/^GET .*\r\n\r\n$/s)]);
    expect(requests[0]).not.toMatch(/content-length|transfer-encoding/i);
  });

  it("goes over TLS to a gateway whose certificate is trusted", async () => {
    trustCertificate();
    const { port, requests } = await secureGateway();
    expect(await sent(`https://127.0.0.1:${port}`)).toEqual({ kind: "answered", body: "id=1" });
    expect(requests).toHaveLength(1);
  });

  it("is judged by its own connection, not by one that fails meanwhile", async () => {
    const { origin } = await gateway((socket) => socket.resetAndDestroy());
    const outcomes = await Promise.all([
      sent("http://something.invalid"),
      sent(origin),
      sent("http://something.invalid"),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["not_sent", "unknown", "not_sent"]);
  });
});

describe("a call", () => {
  it("makes its HTTP client when first asked, once, and listens to nothing before", () => {
    const { signal } = new AbortController();
    const call = createCall(signal, () => 42);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(Reflect.getOwnPropertyDescriptor(call, "http")?.get).toBeDefined();
    expect(call.http).toBe(call.http);
    expect(call.now()).toBe(42);
    expect(call.signal).toBe(signal);
    // An adapter may derive its own client.
    expect({ ...call }.signal).toBe(signal);
  });

  it("tells the time by itself", () => {
    expect(Math.abs(createCall(new AbortController().signal).now() - Date.now())).toBeLessThan(5000);
  });

  it("may send many at a time without a warning of leaked listeners", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on("warning", warn);
    const { origin, requests } = await gateway((socket) => socket.write(http(200, "id=1")));
    const call = createCall(new AbortController().signal);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => sent(origin, {}, call)));
    await new Promise(setImmediate);
    process.off("warning", warn);
    expect(outcomes.every(({ kind }) => kind === "answered")).toBe(true);
    expect(requests).toHaveLength(50);
    expect(warnings).toEqual([]);
  });
});
