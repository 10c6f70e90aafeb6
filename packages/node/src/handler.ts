import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, type Http2Bindings, type HttpBindings, RequestError } from "@hono/node-server";
import { DRAIN_TIMEOUT_MS } from "./unreadable.ts";

/** The request that `pay.handle` takes: `RawRequest` of `@pay/core`. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readBody(limit: number, signal: AbortSignal): Promise<Uint8Array | "too large" | "already read">;
}

/** The response that it gives: `RawResponse` of `@pay/core`. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What can be mounted: a Pay, or any object with a `fetch`, such as one that guards Pay's own. */
export interface Mountable {
  /** Once it has answered, the rest of the request's body is discarded. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Used in place of `fetch` for HTTP/1, if present, because it is faster. */
  readonly handle?: ((request: RawRequest) => Promise<RawResponse>) & {
    /**
     * Gets the status of each answer to what never became a request, or 0 for a connection that was closed to make room; and the reason, if
     * it was not that Node could not read it.
     */
    readonly unreadable?: (status: number, reason?: "bad_address" | "too_many_connections") => void;
  };
}

export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * A host, a path and a query that need no `new URL`. A part of a path that begins with a dot may be resolved. A client that adds the port to
 * the host itself may have none to add: `Host: shop.example:`, as RFC 9110 allows.
 */
const HOST = /^[\w.-]+(?::\d{0,5})?$/;
/** All that may name a host. */
const ANY_HOST = /^(?:[\w.~!$&'()*+;=-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i;
const TARGET = /^(?:\/(?!\.)[\w.~:@!$&'()*+,;=-]*)+(?:\?[\w.~:@!$%&()*+,;=/?-]*)?$/;
/**
 * Stands for the host of a request that names none, as HTTP/1.0 allows: balancers check health in this way. Pay reads only the path. A
 * server of Node refuses HTTP/1.1 without the header, unless it is made with `requireHostHeader: false`.
 */
const NO_HOST = "localhost";
const FAILED: RawResponse = {
  status: 500,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "Internal error",
};
const BAD_ADDRESS: RawResponse = { ...FAILED, status: 400, body: "Bad request" };

/**
 * Serves a Pay as a listener of `node:http`, alone or for the paths under `baseUrl` of a server of your own. Pay itself answers 413 to a
 * body over 64 KiB and 408 to a slow one; `limitServer` sets what only a server can limit. Mount it before any body parser: to a body that
 * other code has read, Pay answers 500 and logs the remedy, because no bytes are left to check.
 *
 * @throws TypeError if there is no `fetch` function, for example on a promise that was not awaited
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import type { Pay } from "@pay/core";
 * import { limitServer, toNodeHandler } from "@pay/node";
 *
 * declare const pay: Pay;
 * limitServer(createServer(toNodeHandler(pay))).listen(3000);
 * ```
 */
export function toNodeHandler(pay: Mountable): NodeHandler {
  checkMountable(pay);
  const fetching = async (request: Request, { incoming }: HttpBindings | Http2Bindings) => {
    try {
      return await pay.fetch(isTouched(incoming) ? withoutBody(request) : request);
    } finally {
      if (isHttp1(incoming)) await discardRest(incoming);
    }
  };
  const listener = getRequestListener(fetching, {
    hostname: NO_HOST,
    // The app's own Request and Response stay as they are.
    overrideGlobalObjects: false,
    // The client learns only which side failed.
    errorHandler(error) {
      if (!(error instanceof RequestError)) return new Response("Internal error", { status: 500 });
      pay.handle?.unreadable?.(400, "bad_address");
      return new Response("Bad request", { status: 400 });
    },
  });
  const refuse = async () => {
    pay.handle?.unreadable?.(400, "bad_address");
    return BAD_ADDRESS;
  };
  return (incoming, outgoing) => {
    const address = hasSoundHost(incoming) ? addressOf(incoming) : undefined;
    if (address === undefined) return void bridge(refuse, "", incoming, outgoing);
    const { fetch, handle } = pay;
    // The `fetch` of a guard is not the one that `handle` belongs to.
    const isUnguarded = handle !== undefined && (!("fetch" in handle) || handle.fetch === fetch);
    if (isUnguarded && isHttp1(incoming)) return void bridge(handle, address, incoming, outgoing);
    // The listener takes a host only as `URL` writes it.
    const { headers } = incoming;
    if (headers.host) headers.host = new URL(`http://${headers.host}/`).host;
    void listener(incoming, outgoing);
  };
}

/** The same request with a body that counts as read. Made anew from one that other code has read, it would look empty. */
function withoutBody({ headers, method, url }: Request): Request {
  if (method === "GET" || method === "HEAD") return new Request(url, { headers, method });
  const request = new Request(url, { headers, method, body: "read before" });
  void request.body?.cancel();
  return request;
}

/** Plain JavaScript can pass anything, and the first request would be too late to notice. */
function checkMountable(pay: unknown): void {
  const given = pay as Partial<Record<"fetch" | "then", unknown>> | null | undefined;
  if (typeof given?.fetch === "function") return;
  const remedy = typeof given?.then === "function" ? "; it got a promise: await it first" : "";
  throw new TypeError(`toNodeHandler needs a Pay, or an object with a fetch function${remedy}.`);
}

/** Whether a request names one host or none, as RFC 9112 has it: of two, a proxy in front may have read the other. */
function hasSoundHost({ headers: { host = "" }, rawHeaders }: IncomingMessage): boolean {
  const isHost = host === "" || (ANY_HOST.test(host) && URL.canParse(`http://${host}/`));
  return isHost && rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host").length <= 1;
}

/** The address of a request as a URL, or `undefined` if it has none. Clients of proxies send a whole one, such as `http://shop.example/`. */
function addressOf({ headers, url: target = "" }: IncomingMessage): string | undefined {
  const host = headers.host || NO_HOST;
  if (HOST.test(host) && TARGET.test(target)) return `http://${host}${target}`;
  const isWhole = /^https?:\/\//.test(target);
  const address = isWhole ? target : `http://${host}${target}`;
  // `URL` takes a backslash for a slash; a proxy in front may not.
  const hasPath = (isWhole || target.startsWith("/")) && !/^[^?]*\\/.test(target);
  return hasPath && URL.canParse(address) ? new URL(address).href : undefined;
}

function isHttp1(incoming: HttpBindings["incoming"] | Http2Bindings["incoming"]): incoming is IncomingMessage {
  return incoming.httpVersionMajor === 1;
}

/**
 * Whether other code, such as a body parser, has read the body or has had it decoded, so that its bytes are gone. Platforms that keep the
 * bytes of a body they read put them in `rawBody`.
 */
function isTouched(incoming: Pick<IncomingMessage, "readableDidRead" | "readableEncoding">): boolean {
  const isKept = "rawBody" in incoming && incoming.rawBody instanceof Uint8Array;
  return (incoming.readableDidRead || incoming.readableEncoding !== null) && !isKept;
}

/** Passes a request on and writes the response, without building a Request or a Response. Never rejects. */
async function bridge(
  handle: (request: RawRequest) => Promise<RawResponse>,
  address: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    const answer = await answerOf(handle, new Incoming(incoming, address));
    await discardRest(incoming);
    write(outgoing, answer);
  } catch {
    // The client gets no detail.
    if (!outgoing.headersSent) write(outgoing, FAILED);
  }
  if (incoming.complete) return;
  // Earlier requests on the connection may still wait for their responses.
  if (outgoing.writableFinished) drain(incoming);
  else outgoing.once("finish", () => drain(incoming));
}

async function answerOf(handle: (request: RawRequest) => Promise<RawResponse>, request: RawRequest) {
  try {
    return await handle(request);
  } catch {
    return FAILED;
  }
}

class Incoming implements RawRequest {
  readonly method: string;
  readonly url: string;
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage, url: string) {
    this.method = incoming.method ?? "";
    this.url = url;
    this.#incoming = incoming;
  }

  get headers(): Headers {
    return headersOf(this.#incoming);
  }

  readBody(limit: number, signal: AbortSignal): ReturnType<RawRequest["readBody"]> {
    if (isTouched(this.#incoming)) return Promise.resolve("already read");
    return readBody(this.#incoming, limit, signal);
  }
}

/** All headers as they came: Node's own object keeps only the first of some repeated ones. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  return headers;
}

function readBody(
  incoming: IncomingMessage & { readonly rawBody?: unknown },
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | "too large"> {
  const { rawBody } = incoming;
  if (rawBody instanceof Uint8Array) return Promise.resolve(rawBody.byteLength > limit ? "too large" : rawBody);
  if (Number(incoming.headers["content-length"] ?? 0) > limit) return Promise.resolve("too large");
  // The body broke off before this code listened: no event will follow.
  if (incoming.destroyed && !incoming.complete) return Promise.reject(new Error("The body did not come whole."));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // Without a listener, Node discards the rest as it arrives.
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

function write(outgoing: ServerResponse, { status, headers, body }: RawResponse): void {
  // These have no body, and 204 has no length.
  const isBodiless = status === 204 || status === 304;
  const all = isBodiless ? { ...headers } : { ...headers, "content-length": Buffer.byteLength(body) };
  outgoing.writeHead(status, all).end(body);
}

/**
 * Discards the rest of a body before the answer, for a limited time, as `drain` does after it. A server that closes a connection with bytes unread resets it, and a
 * proxy that still sends the body then takes the server for dead. nginx has each connection closed, unless it is told to keep them.
 */
function discardRest(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return Promise.resolve();
  // A reader that was left would pause the body.
  incoming.removeAllListeners("data").resume();
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(over, DRAIN_TIMEOUT_MS).unref();
    incoming.once("end", over).once("close", over);
  });
}

/** Node discards the rest as it arrives, for as long as it arrives: this limits the time. */
function drain(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.socket.destroySoon(), DRAIN_TIMEOUT_MS).unref();
  incoming.once("end", () => clearTimeout(timer));
}
