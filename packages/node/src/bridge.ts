import type { IncomingMessage, ServerResponse } from "node:http";

/** What Pay takes as a request, and gives as its answer. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readBody(limit: number, signal: AbortSignal): Promise<Uint8Array | "too large">;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A host, and a path and query, that a URL would write as they are. With a dot at its start a part of a path may mean another. */
const HOST = /^[\w.-]+(?::\d{1,5})?$/;
const TARGET = /^(?:\/(?!\.)[\w.~:@!$&'()*+,;=-]*)+(?:\?[\w.~:@!$%&()*+,;=/?-]*)?$/;
const FAILED: Answer = {
  status: 500,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "Internal error",
};
/** Milliseconds in which the rest of a body that nobody wants has to come, so that its connection can go on. */
const DRAIN_TIMEOUT = 500;

/** Whether nothing about a request is odd: its address, its protocol, or that somebody has a hand in its body. */
export function isPlain(incoming: IncomingMessage): boolean {
  const { headers, httpVersionMajor, readableDidRead, readableEncoding, url = "" } = incoming;
  const isUntouched = !readableDidRead && readableEncoding === null;
  return httpVersionMajor === 1 && isUntouched && HOST.test(headers.host ?? "") && TARGET.test(url);
}

/** Hands a plain request over and writes the answer, without a Request or Response in between. Never rejects. */
export async function bridge(
  answer: (request: RawRequest) => Promise<Answer>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    write(outgoing, await answer(new Incoming(incoming)));
  } catch {
    // What is wrong stays here.
    if (!outgoing.headersSent) write(outgoing, FAILED);
  }
  if (incoming.complete) return;
  // Those before it on the connection may not have their answers yet.
  if (outgoing.writableFinished) drain(incoming);
  else outgoing.once("finish", () => drain(incoming));
}

class Incoming implements RawRequest {
  readonly method: string;
  readonly url: string;
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    this.method = incoming.method ?? "";
    this.url = `http://${incoming.headers.host}${incoming.url}`;
    this.#incoming = incoming;
  }

  get headers(): Headers {
    return headersOf(this.#incoming);
  }

  readBody(limit: number, signal: AbortSignal): Promise<Uint8Array | "too large"> {
    return readBody(this.#incoming, limit, signal);
  }
}

/** As they came: Node's own object has only the first of some that were repeated. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  return headers;
}

function readBody(incoming: IncomingMessage, limit: number, signal: AbortSignal): Promise<Uint8Array | "too large"> {
  if (Number(incoming.headers["content-length"] ?? 0) > limit) return Promise.resolve("too large");
  // Broken off before anybody listened: nothing more will be heard of it.
  if (incoming.destroyed && !incoming.complete) return Promise.reject(new Error("The body did not come whole."));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // Without anybody who takes it, what still comes is thrown away.
    const stop = () => incoming.off("data", take);
    const take = (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= limit) return void chunks.push(chunk);
      stop();
      resolve("too large");
    };
    const fail = () => {
      stop();
      reject(new Error("The body did not come whole."));
    };
    incoming.on("data", take);
    incoming.once("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    incoming.once("close", fail);
    signal.addEventListener("abort", fail);
  });
}

function write(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  // These have no body, and 204 no length.
  const isBodiless = status === 204 || status === 304;
  const all = isBodiless ? { ...headers } : { ...headers, "content-length": Buffer.byteLength(body) };
  outgoing.writeHead(status, all).end(body);
}

/** Node throws it away as it comes, and would for as long as it comes. */
function drain(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.socket.destroySoon(), DRAIN_TIMEOUT).unref();
  incoming.once("end", () => clearTimeout(timer));
}
