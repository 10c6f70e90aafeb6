import { channel } from "node:diagnostics_channel";
import type { KyInstance, ResponsePromise } from "ky";
import type { Call, Rejection } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";

/** Largest answer that is read, in bytes. Gateways answer with a few hundred. */
export const ANSWER_LIMIT: number = 256 * 1024;

/** What came of a request. `cause` names the failure by its code alone: errors of HTTP clients carry the request, and with it secrets. */
export type SendOutcome<T> =
  | { readonly kind: "answered"; readonly body: T }
  | Rejection
  | { readonly kind: "not_sent"; readonly cause: Error }
  | { readonly kind: "unknown"; readonly cause: Error };

/** A complete answer, before it is interpreted. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface SendRequest<T> {
  readonly method: "POST" | "GET" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as UTF-8. Its `content-type` is the adapter's to set. */
  readonly body?: string;
  /** Reads a 2xx answer. `undefined`, or a throw, if it is not what the gateway documents: the outcome is then unknown. */
  readonly read: (answer: Answer) => T | undefined;
  /** Recognises a documented refusal in any complete answer. Asked first, so it may stand in a 500 or a 200. A throw counts as `undefined`. */
  readonly refusal?: (answer: Answer) => Rejection | undefined;
}

/**
 * Sends one request and sorts every way it can end; it never throws. Nothing is sent twice and no redirect is followed.
 *
 * | what happened | outcome |
 * |---|---|
 * | no name, no connection, no TLS; time was up before; a request HTTP cannot carry | `not_sent` |
 * | a refusal the adapter recognises | as it says |
 * | 429 | `rejected`, retryable |
 * | 4xx but 408 and 409 | `rejected` |
 * | 2xx that `read` accepts | `answered` |
 * | everything else: 408, 409 (it may be there already), 3xx, 5xx, reset, time up, cut or over-long or unreadable answer | `unknown` |
 */
export async function send<T>(call: Call, request: SendRequest<T>): Promise<SendOutcome<T>> {
  watchConnections();
  const began = performance.now();
  const heard = LazyCall.heardBy(call);
  const at = heard === undefined ? 0 : call.now();
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
    if (started) heard?.({ request, at, error: CODE.test(cause.message) ? cause.message : "failed" });
    return { kind: neverLeft ? "not_sent" : "unknown", cause };
  }
  heard?.({ request, at, answer });
  return interpret(answer, request);
}

/** What may be told of a failure. Other codes, and what is said of it, may quote anything. */
const CODE = /^(?:[A-Z][A-Z0-9_]{2,59}|time is up)$/;

/** A request that was sent, and what came of it. */
export interface Sent {
  readonly request: Pick<SendRequest<unknown>, "method" | "url" | "headers" | "body">;
  /** When it was, by the call's clock. */
  readonly at: number;
  readonly answer?: Answer;
  readonly error?: string;
}

let client: KyInstance | undefined;

/**
 * Loads what requests go through, once. `pay.start()` does, so that no checkout waits for it and an install without it shows at
 * once: ky and Node's fetch behind it take as long as all of Pay, which whoever imports Pay need not wait for.
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
      "The HTTP client is loaded by pay.start(); what runs without a Pay awaits loadHttp().",
    );
  }
  return client;
}

/** A call that ends when the signal aborts. One per use; the engine makes them, tests may. */
export function createCall(signal: AbortSignal, now: () => number = Date.now, heard?: (sent: Sent) => void): Call {
  let http: KyInstance | undefined;
  const call: Call = {
    signal,
    get http() {
      http ??= loaded().extend({ signal });
      return http;
    },
    now,
  };
  ours.set(call, heard);
  return call;
}

/** Calls made here, and who hears of what they send. An instance of their own says no more than what each request is sent with. */
const ours = new WeakMap<Call, ((sent: Sent) => void) | undefined>();

/** The same for callbacks, few of which ask for anything: there may be no timer behind the signal before somebody looks. */
export function callUntil(
  deadline: { readonly signal: AbortSignal },
  now: () => number,
  heard?: (sent: Sent) => void,
): Call {
  return new LazyCall(deadline, now, heard);
}

/** A class, since it costs next to nothing. */
class LazyCall implements Call {
  readonly now: () => number;
  readonly #deadline: { readonly signal: AbortSignal };
  readonly #heard: ((sent: Sent) => void) | undefined;
  #http: KyInstance | undefined;

  constructor(deadline: { readonly signal: AbortSignal }, now: () => number, heard?: (sent: Sent) => void) {
    this.#deadline = deadline;
    this.now = now;
    this.#heard = heard;
  }

  /** Who is told of what is sent with a call; nobody where it was made elsewhere. */
  static heardBy(call: Call): ((sent: Sent) => void) | undefined {
    return #heard in call ? call.#heard : ours.get(call);
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
  // Of these, ky makes a request that fetch copies, with a second stream and a third signal: fetch gets them from here.
  return ours.has(call) || call instanceof LazyCall
    ? loaded()(url, { ...head, fetch: (request) => fetch(request, rest) })
    : call.http(url, { ...head, ...rest });
}

/**
 * Errors of connections that could not be made, from the name to the TLS handshake: Node's HTTP client reports them here.
 * Only this says for certain that no byte of a request left: the codes of such errors also occur on connections that were made.
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

/** Not one of an earlier request, which may come back as the reason of an abort. */
function isRefusedConnection(error: unknown, since: number): boolean {
  if (typeof error !== "object" || error === null) return false;
  return (refusedConnections.get(error) ?? Number.NEGATIVE_INFINITY) >= since;
}

/**
 * A body goes out as a stream with its length. Node's client repeats a request that was answered 421 if it has the body
 * at hand, and a stream is gone once read. A GET it may repeat.
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
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const length = response.headers.get("content-length");
  // HTTP holds it to its length, unless it is packed: no stream has to be watched then.
  if (length !== null && Number(length) <= ANSWER_LIMIT && !response.headers.has("content-encoding")) {
    return decoder.decode(await response.arrayBuffer());
  }
  let text = "";
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT) throw new Error("answer too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function interpret<T>(answer: Answer, request: SendRequest<T>): SendOutcome<T> {
  const refusal = attempt(request.refusal, answer);
  if (refusal !== undefined) return refusal;
  const { status } = answer;
  if (status === 429) return { kind: "rejected", code: "unavailable", retryable: true, providerCode: "429" };
  if (status >= 400 && status < 500 && status !== 408 && status !== 409) {
    return { kind: "rejected", code: "declined", retryable: false, providerCode: String(status) };
  }
  if (status < 200 || status >= 300) return { kind: "unknown", cause: new Error(`HTTP ${status}`) };
  const body = attempt(request.read, answer);
  if (body === undefined) return { kind: "unknown", cause: new Error(`HTTP ${status} with an unreadable answer`) };
  return { kind: "answered", body };
}

/** A reader that throws has not recognised the answer. Its error may quote what it read, and is dropped. */
function attempt<T>(reader: ((answer: Answer) => T | undefined) | undefined, answer: Answer): T | undefined {
  try {
    return reader?.(answer);
  } catch {
    return undefined;
  }
}

/** The error and what it wraps: HTTP clients wrap. */
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

/** Ports that Fetch connects to for nobody, such as 25: https://fetch.spec.whatwg.org/#port-blocking. It has no code. */
function isBlockedPort(error: unknown): boolean {
  return (error as { readonly message?: unknown }).message === "bad port";
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : undefined;
}
