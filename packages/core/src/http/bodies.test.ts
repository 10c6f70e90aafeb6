import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { post, streamed } from "../../test/requests.ts";
import { createServer, LIMIT, PAID, type Server } from "../../test/server.ts";
import { providerReference, readNotification } from "../testing/fake-provider.ts";
import { idle } from "../testing/manual-clock.ts";

const UNREADABLE = ["%", "%zz", "%C3", "%B3", "%u0142", "%00", "%ED%A0%80", "%C0%AF"];
const stateOf = async (server: Server) => (await server.harness.record(server.payments.first.id)).payment.state;

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
    await idle();
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
    expect((await server.harness.record(server.payments.first.id)).payment.state).toBe("succeeded");
  });

  it("that does not come in ten seconds is given up, however it trickles", async () => {
    const server = await createServer();
    const { request, send, isCanceled } = streamed(server.addresses.first);
    const answering = server.handle(request);
    for (let second = 1; second < 10; second++) {
      send(1);
      await server.harness.clock.advance(1000);
    }
    expect(isCanceled()).toBe(false);
    await server.harness.clock.advance(1000);
    expect((await answering).status).toBe(408);
    expect(isCanceled()).toBe(true);
    expect(server.isUntouched()).toBe(true);
    expect(server.harness.clock.sleeping()).toEqual([]);
  });

  it("that breaks off is refused", async () => {
    const server = await createServer();
    const { request, send, breakOff } = streamed(server.addresses.first);
    const answering = server.handle(request);
    send(10);
    await idle();
    breakOff();
    expect((await answering).status).toBe(400);
    expect(server.isUntouched()).toBe(true);
    expect(server.harness.clock.sleeping()).toEqual([]);
  });

  it("that somebody read before is an error, and not taken for an empty one", async () => {
    const server = await createServer();
    const request = post(server.addresses.first, PAID);
    await request.text();
    expect((await server.handle(request)).status).toBe(500);
    expect(server.isUntouched()).toBe(true);
  });
});

describe("a packed body", () => {
  const PACKERS = {
    gzip: gzipSync,
    "x-gzip": gzipSync,
    " GZIP": gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
  };
  const packed = (server: Server, encoding: string, body: Uint8Array) =>
    server.handle(post(server.addresses.first, body, { headers: { "content-encoding": encoding } }));

  it.each(Object.entries(PACKERS))("is unpacked: %s", async (encoding, pack) => {
    const server = await createServer();
    let seen: unknown;
    server.own.onReceive = (request) => {
      seen = Buffer.from(request.rawBody).toString();
      return readNotification(request);
    };
    expect((await packed(server, encoding, pack(JSON.stringify(PAID)))).status).toBe(200);
    expect([seen, await stateOf(server)]).toEqual([JSON.stringify(PAID), "succeeded"]);
  });

  it.each(Object.entries(PACKERS))("is unpacked to 64 KiB and no further: %s", async (encoding, pack) => {
    const server = await createServer();
    const body = JSON.stringify(PAID).padEnd(LIMIT);
    expect((await packed(server, encoding, pack(`${body} `))).status).toBe(413);
    expect((await packed(server, encoding, pack("x".repeat(40_000_000)))).status).toBe(413);
    expect(server.isUntouched()).toBe(true);
    expect((await packed(server, encoding, pack(body))).status).toBe(200);
  });

  it("is refused if it is damaged, cut or no such thing", async () => {
    const server = await createServer();
    const whole = gzipSync(JSON.stringify(PAID));
    for (const body of [whole.subarray(0, -1), whole.subarray(0, 12), deflateSync(JSON.stringify(PAID))]) {
      expect((await packed(server, "gzip", body)).status).toBe(400);
    }
    expect(server.isUntouched()).toBe(true);
  });

  // Gateways write the charset there: https://github.com/strapi/strapi/issues/18062
  it.each(["utf-8", "UTF-8", "ISO-8859-2", "none", "8bit", "gzip", "deflate", "br", "zstd", "gzip, gzip"])(
    "is read as it came if it is text, whatever the header says: a charset, or what a proxy has unpacked: %s",
    async (encoding) => {
      const server = await createServer();
      const latin2 = Buffer.from('{\r\n\t"status":"succeeded","a":"\xb3"}', "latin1");
      expect((await packed(server, encoding, latin2)).status).toBe(200);
      expect(await stateOf(server)).toBe("succeeded");
    },
  );

  it.each(["zstd", "gzip, gzip", "constructor", "compress"])(
    "in an unknown encoding is refused: %s",
    async (encoding) => {
      const server = await createServer();
      const response = await packed(server, encoding, gzipSync(gzipSync(JSON.stringify(PAID))));
      expect([response.status, response.headers.get("accept-encoding")]).toEqual([415, "gzip, deflate, br"]);
      expect(server.isUntouched()).toBe(true);
    },
  );

  it.each(["identity", ""])("may also be called none: %j", async (encoding) => {
    const server = await createServer();
    expect((await packed(server, encoding, Buffer.from(JSON.stringify(PAID)))).status).toBe(200);
  });
});

describe("an unread field refuses no callback:", () => {
  it.each(UNREADABLE.flatMap((value) => [`?a=${value}`, `?${value}=1`, `?${value}`]))(
    "in the query %s",
    async (query) => {
      const server = await createServer();
      expect((await server.handle(post(server.addresses.first + query, PAID))).status).toBe(200);
      expect(await stateOf(server)).toBe("succeeded");
    },
  );

  const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
  it.each([
    ["a letter in ISO-8859-2", latin1('{"status":"succeeded","a":"\xb3"}')],
    ["a key in ISO-8859-2", latin1('{"status":"succeeded","\xb3":1}')],
    ["an overlong encoding", latin1('{"status":"succeeded","a":"\xc0\xaf"}')],
    ["a byte order mark", '\ufeff{"status":"succeeded"}'],
    ["NUL", '{"status":"succeeded","a":"\\u0000"}'],
    ["a lone surrogate", '{"status":"succeeded","a":"\\ud800"}'],
    ["a key twice", '{"a":1,"status":"succeeded","a":2}'],
    ["too many levels", `{"status":"succeeded","a":${"[".repeat(33)}${"]".repeat(33)}}`],
    ["a number past all numbers", '{"status":"succeeded","a":1e400}'],
  ])("in JSON, %s", async (_, body) => {
    const server = await createServer();
    expect((await server.handle(post(server.addresses.first, body))).status).toBe(200);
    expect(await stateOf(server)).toBe("succeeded");
  });

  it("and one that is asked for and unreadable is named in the history", async () => {
    const server = await createServer();
    server.own.onReceive = ({ json, paymentId, query }) => {
      const { channel } = json(["channel"]) as { channel?: string };
      const details = { channel: channel ?? "unknown", lang: query.getIfReadable("lang") ?? "unknown" };
      return { kind: "notification", about: { paymentId: paymentId! }, reported: { status: "succeeded" }, details };
    };
    const body = latin1('{"channel":"p\xb3atno\xb6\xe6"}');
    expect((await server.handle(post(`${server.addresses.first}?lang=%B3`, body))).status).toBe(200);
    const last = (await server.harness.store.history(server.payments.first.id)).at(-1);
    expect(last?.fact).toMatchObject({
      details: { channel: "unknown", lang: "unknown", unreadable: "channel, lang" },
    });
  });
});

describe("a multipart body", () => {
  const TYPE = { headers: { "content-type": 'multipart/form-data; boundary="b"' } };
  const part = (name: string, value: string, more = "") =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const latin1 = (text: string) => new Uint8Array(Buffer.from(`${text}--b--\r\n`, "latin1"));

  async function send(body: Uint8Array, init: RequestInit = TYPE) {
    const server = await createServer();
    server.own.onReceive = ({ multipart, paymentId }) => {
      const parts = multipart();
      const status = parts.get("status") === "paid" ? "succeeded" : "unrecognized";
      const details = { channel: parts.getIfReadable("channel") ?? "none" };
      return { kind: "notification", about: { paymentId: paymentId! }, reported: { status }, details };
    };
    const response = await server.handle(post(server.addresses.first, body, init));
    const facts = await server.harness.store.history(server.payments.first.id);
    return { status: response.status, fact: facts.at(-1)?.fact };
  }

  it.each([
    ["read", part("channel", "card"), { channel: "card" }],
    ["read with a channel that is not UTF-8", part("channel", "p\xb3atno"), { channel: "none", unreadable: "channel" }],
    [
      "read with two channels",
      part("channel", "card") + part("channel", "swift"),
      { channel: "none", unreadable: "channel" },
    ],
    [
      "read with a file as channel",
      part("channel", "card", '; filename="x"'),
      { channel: "none", unreadable: "channel" },
    ],
    [
      "read with unread parts of any kind",
      [part("\xb3", "\xb3"), part("x", "\0"), "--b\r\n\r\nx\r\n", part("x", "1").repeat(100)].join(""),
      { channel: "none" },
    ],
  ])("is %s", async (_, more, details) => {
    const { fact, status } = await send(latin1(part("status", "paid") + more));
    expect(status).toBe(200);
    expect(fact).toEqual({ kind: "succeeded", details });
  });

  it.each([
    ["a repeated field", latin1(part("status", "paid") + part("status", "paid"))],
    ["a field that is also a file", latin1(part("status", "paid") + part("status", "x", '; filename="x"'))],
    ["a file as status", latin1(part("status", "paid", '; filename="x"'))],
    ["a status that is not UTF-8", latin1(part("status", "paid\xb3"))],
    ["no end", latin1(part("status", "paid")).subarray(0, -8)],
    ["a form", new Uint8Array(Buffer.from("status=paid"))],
  ])("is refused with %s", async (_, body) => {
    const { fact, status } = await send(body);
    expect([status, fact?.kind]).toEqual([401, "create_accepted"]);
  });

  it("is refused under another content type", async () => {
    for (const type of [
      "application/x-www-form-urlencoded",
      "text/plain",
      "multipart/mixed; boundary=b",
      "multipart/form-data",
    ]) {
      const { status } = await send(latin1(part("status", "paid")), { headers: { "content-type": type } });
      expect(status).toBe(401);
    }
    const form = new Uint8Array(Buffer.from("status=paid"));
    const { status } = await send(form, { headers: { "content-type": "application/x-www-form-urlencoded" } });
    expect(status).toBe(401);
  });
});

describe("what is ambiguous", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  it.each([
    ["a repeated key", '{"status":"failed","status":"succeeded"}'],
    ["a key repeated by an escape", '{"status":"failed","st\\u0061tus":"succeeded"}'],
    ["__proto__", '{"__proto__":{"status":"succeeded"}}'],
    ["invalid UTF-8 in what is read", bytes(...Buffer.from('{"status":"succeeded'), 0xb3, 0x22, 0x7d)],
    ["an overlong encoding in what is read", bytes(...Buffer.from('{"status":"'), 0xc1, 0xb3, 0x22, 0x7d)],
    ["a key of what is read beside an unreadable one", '{"status":"\\ud800","status":"succeeded"}'],
    ["UTF-16", bytes(0xff, 0xfe, ...Buffer.from('{"status":"succeeded"}', "utf16le"))],
    ["two byte order marks", '\ufeff\ufeff{"status":"succeeded"}'],
    ["__proto__ deep inside", '{"status":"succeeded","a":[{"__proto__":1}]}'],
    ["invalid UTF-8", bytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ["an overlong encoding", bytes(0x22, 0xc0, 0xaf, 0x22)],
    ["NUL in a text", '{"status":"succeeded\\u0000"}'],
    ["a lone surrogate in a text", '{"status":"succeeded\\ud800"}'],
    ["too many levels", `{"status":${"[".repeat(33)}${"]".repeat(33)}}`],
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
    expect(server.harness.store.calls).toEqual([]);
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
      about: { providerReference: providerReference("R1") },
      reported: { status: request.form().get("status") === "succeeded" ? "succeeded" : "unrecognized" },
    });
    expect((await server.handle(post(server.addresses.cards, body))).status).toBe(401);
    expect(server.harness.store.calls).toEqual([]);
  });

  it("is a parameter given twice, as soon as it is asked for", async () => {
    const server = await createServer();
    server.cards.onReceive = (request) => {
      request.query.get("key");
      return {
        kind: "notification",
        about: { providerReference: providerReference("R1") },
        reported: { status: "succeeded" },
      };
    };
    expect((await server.handle(post(`${server.addresses.cards}?key=a&key=b`, PAID))).status).toBe(401);
    expect(server.harness.store.calls).toEqual([]);
  });
});
