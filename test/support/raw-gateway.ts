import { once } from "node:events";
import { readFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { inspect } from "node:util";
import { afterEach, beforeAll, expect } from "@jest/globals";
import type { Call } from "@pay/core/adapter";
import { createCall, loadHttp, type SendOutcome, type SendRequest, send } from "@pay/core/adapter";

/** A gateway on a real socket: it collects requests byte by byte, and answers as the test wants. */
export interface Gateway {
  readonly origin: string;
  /** Complete requests of all connections. */
  readonly requests: string[];
  readonly sockets: net.Socket[];
}

type Handler = (socket: net.Socket, request: string, index: number) => unknown;

beforeAll(loadHttp);

export const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  });
  cleanups.push(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as net.AddressInfo).port;
}

export async function gateway(onRequest: Handler, onConnection?: (socket: net.Socket) => void): Promise<Gateway> {
  const requests: string[] = [];
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    if (onConnection) return onConnection(socket);
    let bytes = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      bytes += chunk;
      const head = bytes.indexOf("\r\n\r\n") + 4;
      const length = Number(/^content-length: (\d+)\r$/im.exec(bytes.slice(0, head))?.[1] ?? 0);
      if (head < 4 || bytes.length < head + length) return;
      const request = bytes.slice(0, head + length);
      bytes = bytes.slice(head + length);
      onRequest(socket, request, requests.push(request) - 1);
    });
  });
  return { origin: `http://127.0.0.1:${await listen(server)}`, requests, sockets };
}

/** A complete answer as bytes on the wire, with a text that must not appear anywhere. */
export function http(status: number, body: string | Uint8Array = "", headers: readonly string[] = []): Buffer {
  const lines = [`HTTP/1.1 ${status} canary-reason`, "x-echo: canary-reply-header", ...headers];
  if (status !== 204 && !headers.some((line) => /^(content-length|transfer-encoding|connection):/.test(line))) {
    lines.push(`content-length: ${Buffer.byteLength(body)}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}

/** Part of a chunked body. */
export const framed = (bytes: string | Uint8Array) =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`), Buffer.from(bytes), Buffer.from("\r\n")]);

export const CHUNKED = ["transfer-encoding: chunked"];

export async function sent(
  origin: string,
  request: Partial<SendRequest<string>> = {},
  call: Call = createCall(new AbortController().signal),
): Promise<SendOutcome<string>> {
  const outcome = await send(call, {
    method: "POST",
    url: `${origin}/canary-path?token=canary-query`,
    headers: { "content-type": "application/x-www-form-urlencoded", "x-key": "canary-header" },
    body: "key=canary-body",
    read: ({ text }) => (text.startsWith("id=") ? text : undefined),
    ...request,
  });
  if (outcome.kind !== "answered") {
    const everything = inspect(outcome, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true });
    expect(everything).not.toMatch(/canary/i);
    expect(everything).not.toContain(new URL(origin).host);
  }
  return outcome;
}

export const causeOf = (outcome: SendOutcome<string>) => (outcome as { cause?: Error }).cause?.message;

const CERTIFICATE = readFileSync(new URL("./self-signed.test.pem", import.meta.url), "utf8");

export function trustCertificate(): void {
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, CERTIFICATE]);
  cleanups.push(async () => tls.setDefaultCACertificates(before));
}

export async function secureGateway() {
  const requests: string[] = [];
  const server = https.createServer({ key: CERTIFICATE, cert: CERTIFICATE }, (request, response) => {
    requests.push(request.url ?? "");
    response.end("id=1");
  });
  return { port: await listen(server), requests };
}

/** A call with this `fetch`. */
export function callWith(fetch: typeof globalThis.fetch, signal: AbortSignal = new AbortController().signal): Call {
  const call = createCall(signal);
  return { signal, http: call.http.extend({ fetch }), now: call.now };
}

/** A call during which the test can act while the answer's body is read. */
export function callThat(whileReading: () => void, signal?: AbortSignal): Call {
  return callWith(async (input, init) => {
    const response = await fetch(input, init);
    setImmediate(whileReading);
    return response;
  }, signal);
}

export function allClosed(sockets: readonly net.Socket[]): Promise<unknown> {
  return Promise.all(
    sockets.map(
      (socket) => new Promise<void>((closed) => (socket.closed ? closed() : socket.once("close", () => closed()))),
    ),
  );
}
