import { channel } from "node:diagnostics_channel";
import type { KyInstance, ResponsePromise } from "ky";
import type { Call, Rejection } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";

/** Longest answer that Pay reads, in bytes. Gateways answer with a few hundred. */
export const ANSWER_LIMIT_BYTES: number = 256 * 1024;

/** How a request ended. `cause` names the failure by its code alone: errors of HTTP clients hold the request, and with it secrets. */
export type SendOutcome<T> =
  | { readonly kind: "answered"; readonly body: T }
  | Rejection
  | { readonly kind: "not_sent"; readonly cause: Error }
  | { readonly kind: "unknown"; readonly cause: Error };

/** A complete answer, before it is interpreted. */
export interface Answer {
  readonly status: number;
  /** Decoded from UTF-8; U+FFFD stands for what was none. `parseStrictJson` refuses it where it is read. */
  readonly text: string;
}

export interface SendRequest<T> {
  readonly method: "POST" | "GET" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as UTF-8. The adapter sets the `content-type` header. */
  readonly body?: string;
  /**
   * Reads a 2xx answer, and one with a status of `alsoReads`. Return `undefined`, or throw, if it is not what the gateway documents; the
   * outcome is then `unknown`.
   */
  readonly read: (answer: Answer) => T | undefined;
  /**
   * Recognises a documented refusal in a complete answer of any status. It runs before `read`, so the refusal may be in a 500 or a 200.
   * A throw counts as `undefined`.
   */
  readonly refusal?: (answer: Answer) => Rejection | undefined;
  /**
   * Other statuses under which the gateway documents an accepted request. Some answer a create with 302, whose body says the same as the
   * address; `send` does not go there.
   *
   * @default none
   */
  readonly alsoReads?: readonly number[];
}

/**
 * Sends one request and returns an outcome for every way it can end. It never throws, never sends twice and follows no redirect.
 *
 * | event | outcome |
 * |---|---|
 * | no DNS name, no connection, no TLS; the time was up before; HTTP cannot carry the request | `not_sent` |
 * | a refusal that the adapter recognises | as the adapter returns it |
 * | 429 | `rejected`, retryable |
 * | 4xx except 408 and 409 | `rejected` |
 * | 2xx, or a status of `alsoReads`, that `read` accepts | `answered` |
 * | anything else: 408, 409 (the payment may exist), 3xx, 5xx, reset, timeout, a cut, too long or unreadable answer | `unknown` |
 */
export async function send<T>(call: Call, request: SendRequest<T>): Promise<SendOutcome<T>> {
  watchConnections();
  const began = performance.now();
  const reportSent = LazyCall.reportOf(call);
  const at = reportSent === undefined ? 0 : call.now();
  let started = false;
  let answer: Answer;
  try {
    await loadHttp();
    if (call.signal.aborted) return { kind: "not_sent", cause: new Error("time is up") };
    const pending = begin(call, request);
    started = true;
    const response = await pending;
    answer = { status: response.status, text: await readText(response) };
  } catch (error) {
    const chain = causes(error);
    const cause = new Error(chain.map(codeOf).find(Boolean) ?? (call.signal.aborted ? "time is up" : "failed"));
    const neverLeft = !started || chain.some((one) => isRefusedConnection(one, began) || isBlockedPort(one));
    if (started) reportSent?.({ request, at, error: CODE.test(cause.message) ? cause.message : "failed" });
    return { kind: neverLeft ? "not_sent" : "unknown", cause };
  }
  reportSent?.({ request, at, answer });
  return interpret(answer, request);
}

/** Codes and texts that Pay may show. Any other code or message may quote anything. */
const CODE = /^(?:[A-Z][A-Z0-9_]{2,59}|time is up)$/;

/** A sent request, and how it ended. */
export interface Sent {
  readonly request: Pick<SendRequest<unknown>, "method" | "url" | "headers" | "body">;
  /** When it was sent, in Unix milliseconds by the call's clock. */
  readonly at: number;
  readonly answer?: Answer;
  readonly error?: string;
}

let client: KyInstance | undefined;

/**
 * Loads the HTTP client, once. `pay.start()` calls it, so that no checkout waits for it and a missing package shows at once. Importing Pay
 * does not load it, since ky and Node's fetch take as long to load as all of Pay.
 */
export async function loadHttp(): Promise<void> {
  if (client !== undefined) return;
  const { default: ky } = await import("ky");
  client ??= ky.create({ retry: 0, timeout: false, throwHttpErrors: false, redirect: "manual" });
}

function loaded(): KyInstance {
  if (client === undefined) {
    throw new PayError(
      "NOT_STARTED",
      "The HTTP client is not loaded: call pay.start() first, or loadHttp() in code that runs without a Pay.",
    );
  }
  return client;
}

/** Makes a call that ends when the signal aborts. Use it once. The engine makes calls, and tests may. */
export function createCall(signal: AbortSignal, now: () => number = Date.now, reportSent?: (sent: Sent) => void): Call {
  let http: KyInstance | undefined;
  const call: Call = {
    signal,
    get http() {
      http ??= loaded().extend({ signal });
      return http;
    },
    now,
  };
  ours.set(call, reportSent);
  return call;
}

/** The calls made here, with the function that receives their requests. Such a call's own ky instance adds nothing to a request. */
const ours = new WeakMap<Call, ((sent: Sent) => void) | undefined>();

/** Makes a call for a callback. Few callbacks send requests, so the signal's timer need not run before `signal` is read. */
export function callUntil(
  deadline: { readonly signal: AbortSignal },
  now: () => number,
  reportSent?: (sent: Sent) => void,
): Call {
  return new LazyCall(deadline, now, reportSent);
}

/** A class, since creating one costs almost nothing. `createCall` makes an object instead, whose properties an adapter may spread. */
class LazyCall implements Call {
  readonly now: () => number;
  readonly #deadline: { readonly signal: AbortSignal };
  readonly #reportSent: ((sent: Sent) => void) | undefined;
  #http: KyInstance | undefined;

  constructor(deadline: { readonly signal: AbortSignal }, now: () => number, reportSent?: (sent: Sent) => void) {
    this.#deadline = deadline;
    this.now = now;
    this.#reportSent = reportSent;
  }

  /** The function that receives the requests sent with a call; `undefined` for a call that was made elsewhere. */
  static reportOf(call: Call): ((sent: Sent) => void) | undefined {
    return #reportSent in call ? call.#reportSent : ours.get(call);
  }

  get signal(): AbortSignal {
    return this.#deadline.signal;
  }

  get http(): KyInstance {
    this.#http ??= loaded().extend({ signal: this.signal });
    return this.#http;
  }
}

function begin(call: Call, { method, headers, body, url }: SendRequest<unknown>): ResponsePromise {
  const { signal } = call;
  const { stream, length } = method === "GET" ? {} : payload(body);
  const head = { method, headers: { ...headers, ...length } };
  const rest = { signal, ...stream };
  // From these, ky would build a request that fetch copies, with a second stream and a third signal. So fetch gets them from here.
  return ours.has(call) || call instanceof LazyCall
    ? loaded()(url, { ...head, fetch: (request) => fetch(request, rest) })
    : call.http(url, { ...head, ...rest });
}

/**
 * Errors of connections that failed, from DNS to the TLS handshake, as Node's HTTP client reports them. Only this report proves that no
 * byte of a request was sent: the same error codes also occur on established connections.
 */
const refusedConnections = new WeakMap<object, number>();
let isWatching = false;

function watchConnections(): void {
  if (isWatching) return;
  isWatching = true;
  channel("undici:client:connectError").subscribe((message) => {
    const { error } = message as { readonly error: unknown };
    if (typeof error === "object" && error !== null) refusedConnections.set(error, performance.now());
  });
}

/** Ignores errors of earlier requests, which may return as the reason of an abort. */
function isRefusedConnection(error: unknown, since: number): boolean {
  if (typeof error !== "object" || error === null) return false;
  return (refusedConnections.get(error) ?? Number.NEGATIVE_INFINITY) >= since;
}

/**
 * Sends the body as a stream with its length. Node's client repeats a request that was answered with 421 if it still has the body, and a
 * stream cannot be read twice. It may repeat a GET.
 */
function payload(text = "") {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  return { stream: { body, duplex: "half" }, length: { "content-length": String(bytes.byteLength) } } as const;
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const length = response.headers.get("content-length");
  // HTTP enforces this length unless the answer is compressed, so the stream need not be counted.
  if (length !== null && Number(length) <= ANSWER_LIMIT_BYTES && !response.headers.has("content-encoding")) {
    return decoder.decode(await response.arrayBuffer());
  }
  let text = "";
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT_BYTES) throw new Error("answer too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function interpret<T>(answer: Answer, request: SendRequest<T>): SendOutcome<T> {
  const refusal = attempt(request.refusal, answer);
  if (refusal !== undefined) return refusal;
  const { status } = answer;
  const isRead = (status >= 200 && status < 300) || request.alsoReads?.includes(status);
  if (!isRead) return withoutReading(status);
  const body = attempt(request.read, answer);
  if (body === undefined) return { kind: "unknown", cause: new Error(`HTTP ${status} with an unreadable answer`) };
  return { kind: "answered", body };
}

/** The outcome that a status shows alone. */
function withoutReading(status: number): Exclude<SendOutcome<never>, { kind: "answered" }> {
  if (status === 429) return { kind: "rejected", code: "unavailable", retryable: true, providerCode: "429" };
  if (status >= 400 && status < 500 && status !== 408 && status !== 409) {
    return { kind: "rejected", code: "declined", retryable: false, providerCode: String(status) };
  }
  return { kind: "unknown", cause: new Error(`HTTP ${status}`) };
}

/** Calls a reader. If it throws, it did not recognise the answer; the error is dropped, since it may quote what it read. */
function attempt<T>(reader: ((answer: Answer) => T | undefined) | undefined, answer: Answer): T | undefined {
  try {
    return reader?.(answer);
  } catch {
    return undefined;
  }
}

/** Returns the error and the errors it wraps, since HTTP clients wrap errors. */
function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (
    let one = error;
    one !== null && one !== undefined && !chain.includes(one);
    one = (one as { cause?: unknown }).cause
  ) {
    chain.push(one);
  }
  return chain;
}

/** Fetch refuses to connect to some ports, such as 25: https://fetch.spec.whatwg.org/#port-blocking. Its error has no code. */
function isBlockedPort(error: unknown): boolean {
  return (error as { readonly message?: unknown }).message === "bad port";
}

function codeOf(error: unknown): string | undefined {
  if (isBlockedPort(error)) return "BLOCKED_PORT";
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : undefined;
}
