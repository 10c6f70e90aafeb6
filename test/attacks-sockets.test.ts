import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CheckoutResult } from "@pay/core";
import { raw, statuses } from "../packages/node/test/raw.ts";
import { type Gateway, type Shop, startShop } from "./support/shop.ts";

const LONG = process.env.PAY_TEST_LONG === "1";

let shop: Shop;
let psc: CheckoutResult;
let cards: CheckoutResult;
/** Path and, for Sellly, query of a genuine callback. */
let paths: Readonly<Record<Gateway, string>>;
let genuine: string;

beforeAll(async () => {
  shop = await startShop();
  psc = await shop.checkout("psc");
  cards = await shop.checkout("cards");
  const { url, init } = shop.callback(psc, true);
  genuine = String(init.body);
  paths = { psc: url.slice(shop.url.length), cards: shop.callback(cards, true).url.slice(shop.url.length) };
});

afterAll(() => shop.close());

const CLOSE = "Connection: close\r\n";

/** A genuine callback of GOSetti.pl with these header lines and body. */
function callback(headers: string, body: string = genuine): string {
  return `POST ${paths.psc} HTTP/1.1\r\nHost: a\r\n${CLOSE}${headers}\r\n${body}`;
}

/** The statuses of the answers. It checks that nothing was written. */
async function refused(bytes: string | Uint8Array): Promise<readonly number[]> {
  const before = shop.database.dump();
  const answers = statuses(await raw(shop.port, bytes));
  expect(shop.database.dump()).toEqual(before);
  return answers;
}

describe("a request that can be read in two ways", () => {
  const length = () => `Content-Length: ${genuine.length}\r\n`;
  const chunk = (size: string) => `${size}\r\n${genuine}\r\n0\r\n\r\n`;
  const chunked = "Transfer-Encoding: chunked\r\n";
  const hex = () => genuine.length.toString(16);

  it.each<[string, number, () => string]>([
    ["a length and chunks", 400, () => callback(length() + chunked, chunk(hex()))],
    ["chunks and a length", 400, () => callback(chunked + length(), chunk(hex()))],
    ["two different lengths", 400, () => callback(`${length()}Content-Length: 5\r\n`)],
    ["the same length twice", 400, () => callback(length() + length())],
    ["a list of lengths", 400, () => callback(`Content-Length: ${genuine.length}, ${genuine.length}\r\n`)],
    ["a negative length", 400, () => callback("Content-Length: -1\r\n")],
    ["a length with a sign", 400, () => callback(`Content-Length: +${genuine.length}\r\n`)],
    ["a length in hex", 400, () => callback(`Content-Length: 0x${hex()}\r\n`)],
    ["a length past counting", 400, () => callback(`Content-Length: ${"9".repeat(30)}\r\n`)],
    ["an encoding nobody knows", 400, () => callback("Transfer-Encoding: chunkedx\r\n", chunk(hex()))],
    ["two encodings", 400, () => callback(`${chunked}Transfer-Encoding: identity\r\n`, chunk(hex()))],
    ["a chunk size that is none", 400, () => callback(chunked, chunk("zz"))],
    ["a chunk shorter than it says", 400, () => callback(chunked, chunk((genuine.length - 3).toString(16)))],
    ["a space before a colon", 400, () => callback(`Content-Length : ${genuine.length}\r\n`)],
    ["a folded header", 400, () => callback(`X: a\r\n b\r\n${length()}`)],
    ["a NUL in a header", 400, () => callback(`X: a\0b\r\n${length()}`)],
    ["a line that ends in CR alone", 400, () => callback(`X: a\rY: b\r\n${length()}`)],
    ["no colon", 400, () => callback(`X\r\n${length()}`)],
    ["a head over 16 KiB", 431, () => callback(`X: ${"x".repeat(17 * 1024)}\r\n${length()}`)],
    ["a head over 16 KiB in many lines", 431, () => callback(`${"X: yyyyyyyy\r\n".repeat(1_500)}${length()}`)],
    ["an address over 16 KiB", 431, () => `GET ${paths.cards}&x=${"x".repeat(17 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ["a line break in its path", 400, () => callback(length()).replace("/callbacks", "/call\r\nbacks")],
    ["a space in its path", 400, () => callback(length()).replace("/callbacks", "/call backs")],
    ["an escaped line break in its path", 404, () => callback(length()).replace("/psc/", "/psc%0d%0aX:%20y/")],
    ["an escaped slash in its path", 404, () => callback(length()).replace("/psc/", "/psc%2f")],
    ["a method nobody knows", 400, () => callback(length()).replace("POST", "HACK")],
    ["a method in lower case", 400, () => callback(length()).replace("POST", "post")],
    ["TRACE", 405, () => `TRACE ${paths.psc} HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`],
    ["OPTIONS of everything", 400, () => `OPTIONS * HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`],
    ["a version to come", 400, () => callback(length()).replace("HTTP/1.1", "HTTP/9.9")],
    ["the preface of HTTP/2", 400, () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a TLS greeting", 400, () => "\u0016\u0003\u0001\u0002\u0000\u0001\u0000"],
  ])("(%s) is answered %i and changes nothing", async (_, status, bytes) => {
    expect(await refused(bytes())).toEqual([status]);
  });

  it.each<[string, number, string, () => Uint8Array | string]>([
    [
      "a form that says it is JSON",
      400,
      "application/json",
      () => `PaySafeCardTransactionId=${psc.providerReference}&Finished=true`,
    ],
    [
      "a form",
      400,
      "application/x-www-form-urlencoded",
      () => `PaySafeCardTransactionId=${psc.providerReference}&Finished=true`,
    ],
    ["JSON in a form", 400, "application/x-www-form-urlencoded", () => `body=${encodeURIComponent(genuine)}`],
    ["parts", 400, "multipart/form-data; boundary=x", () => `--x\r\n\r\n${genuine}\r\n--x--\r\n`],
    ["XML", 400, "text/xml", () => `<Finished>true</Finished>`],
    [
      "compressed JSON that is cut",
      400,
      "application/json\r\nContent-Encoding: gzip",
      () => gzipSync(genuine).subarray(0, -9),
    ],
    ["JSON packed in an unknown way", 415, "application/json\r\nContent-Encoding: zstd-x", () => gzipSync(genuine)],
    [
      "JSON packed in another way than it says",
      400,
      "application/json\r\nContent-Encoding: br",
      () => gzipSync(genuine),
    ],
    ["JSON in UTF-16", 400, "application/json; charset=utf-16", () => Buffer.from(genuine, "utf16le")],
    ["JSON with a content type of 8 KiB", 400, `application/json;${"x".repeat(8_192)}`, () => `${genuine},`],
  ])("(%s) is answered %i and changes nothing", async (_, status, type, body) => {
    const bytes = Buffer.from(body());
    const head = callback(`Content-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n`, "");
    expect(await refused(Buffer.concat([Buffer.from(head, "latin1"), bytes]))).toEqual([status]);
  });

  it("is not what the genuine one is: the refusals above were for what they say", async () => {
    expect(statuses(await raw(shop.port, callback(length())))).toEqual([200]);
    expect(shop.database.story(psc.id)).toMatchObject({ state: "succeeded", inbox: 1 });
  });

  it("does not let the content type decide what a body means", async () => {
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const answer = await fetch(shop.url + paths.psc, {
        method: "POST",
        headers: { "content-type": type },
        body: genuine,
      });
      expect(await answer.json()).toEqual({ RedirectUrl: `https://shop.example/thanks?payment=${psc.id}` });
    }
    expect(shop.database.story(psc.id)).toMatchObject({ inbox: 1, events: ["payment.succeeded"] });
  });
});

describe("slow connections", () => {
  it("have limits on the server that carries callbacks", () => {
    expect(shop.server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 65_000,
      maxHeadersCount: 100,
    });
  });

  it("get 408 when a body at a genuine address does not come in time, and nothing changes", async () => {
    const payment = await shop.checkout("psc");
    const path = shop.callback(payment, true).url.slice(shop.url.length);
    const before = shop.database.dump();
    const socket = connect(shop.port, "127.0.0.1");
    const arrived = new Promise((resolve) => shop.server.once("request", resolve));
    socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\n${CLOSE}Content-Length: ${genuine.length}\r\n\r\n{`);
    await arrived;
    await shop.clock.advance(10_000);
    expect(statuses(await text(socket))).toEqual([408]);
    expect(shop.database.dump()).toEqual(before);
  });

  it("get 404 at a guessed address before a byte of their body came", async () => {
    const head = `POST ${paths.psc}x HTTP/1.1\r\nHost: a\r\n${CLOSE}Content-Length: 1000\r\n\r\n`;
    expect(statuses(await raw(shop.port, head))).toEqual([404]);
  });

  it("that break off half-way change nothing", async () => {
    const payment = await shop.checkout("psc");
    const path = shop.callback(payment, true).url.slice(shop.url.length);
    const before = shop.database.dump();
    const socket = connect(shop.port, "127.0.0.1");
    socket.end(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${genuine.length}\r\n\r\n${genuine.slice(0, 20)}`);
    expect(statuses(await text(socket))).toEqual([400]);
    expect(shop.database.dump()).toEqual(before);
  });

  it("(500 that never finish their head) keep no honest callback from its answer", async () => {
    const heads = [`POST ${paths.psc} HTTP/1.1\r\nHost: a\r\nX-`, "G", `GET ${paths.cards} HTTP/1.1\r\n`];
    const alone = await slowest();
    const slow: Socket[] = [];
    for (let count = 0; count < 500; count++) {
      const socket = connect(shop.port, "127.0.0.1");
      socket.on("error", () => {});
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      socket.write(heads[count % heads.length]!);
      slow.push(socket);
    }
    const among = await slowest();
    for (const socket of slow) {
      expect(socket.readyState).toBe("open");
      socket.destroy();
    }
    // On a shared machine, only many requests give meaningful figures.
    if (LONG) expect(among).toBeLessThan(2 * alone + 5);
  }, 120_000);

  /** Pays through both gateways repeatedly. Returns the 99th percentile of a callback's time in milliseconds. */
  async function slowest(): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < (LONG ? 500 : 5); round++) {
      for (const gateway of ["psc", "cards"] as const) {
        const payment = await shop.checkout(gateway);
        const start = performance.now();
        expect((await shop.notify(payment, true)).status).toBe(200);
        times.push(performance.now() - start);
        expect(shop.database.story(payment.id).state).toBe("succeeded");
      }
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99) - 1]!;
  }
});
