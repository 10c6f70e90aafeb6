import { callUntil } from "../adapter-kit/http.ts";
import { decodeUtf8, parseStrictJson } from "../adapter-kit/strict-json.ts";
import { parseStrictParams } from "../adapter-kit/strict-params.ts";
import { type CallbackDeps, handleCallback } from "../callbacks/handle.ts";
import { takeForm } from "../checkout/take-form.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { RawRequest } from "../contract/pay.ts";
import type { CallbackReply, CallbackRequest, StrictParams } from "../contract/provider.ts";
import type { Clock } from "../contract/runtime.ts";
import { className, isPayError } from "../model/errors.ts";
import { type PaymentId, parsePaymentId } from "../model/ids.ts";
import { createDeadline } from "../runtime/deadline.ts";
import type { Work } from "../runtime/in-flight.ts";
import { createReport } from "../runtime/limited-log.ts";
import { verifyCallbackToken } from "../security/callback-tokens.ts";
import { verifyFormToken } from "../security/sealed-form.ts";
import { formPage, gonePage } from "./form-page.ts";

export interface HttpDeps extends CallbackDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, AnyProvider>;
  /** Path of the public address, without a final slash. */
  readonly basePath: string;
  readonly isRunning: () => boolean;
  readonly working: Work;
}

/** Largest callback body, in bytes. Gateways send a few hundred. */
export const BODY_LIMIT: number = 64 * 1024;
/** Milliseconds in which a body has to be there. */
const BODY_TIMEOUT = 10_000;
/** Milliseconds an adapter's calls may take while the gateway waits. */
const CALLBACK_TIMEOUT = 20_000;

const EMPTY = new Uint8Array();
const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "content-type": "text/plain; charset=utf-8",
});

/**
 * Serves `{baseUrl}/callbacks/{instance}`, `{baseUrl}/callbacks/{instance}/{paymentId}/{token}`,
 * `{baseUrl}/redirect/{paymentId}/{token}` and `{baseUrl}/health`.
 * Whatever is wrong with an address is answered alike, so that guessing teaches nothing.
 */
export function createAnswering(deps: HttpDeps): Answering {
  // Guesses, or a handler mounted under another path than that of `baseUrl`, or a `secret` taken away while payments were open.
  const strays = createReport(deps, "Requests to unknown addresses were answered 404.");
  return async (request) => {
    deps.working.begin();
    try {
      const reply = await route(deps, request);
      if (reply.status === 404) strays({ basePath: deps.basePath });
      return reply;
    } catch (error) {
      deps.logger.error("A request failed.", { error: className(error) });
      return FAILED;
    } finally {
      deps.working.end();
    }
  };
}

const FAILED = plain(500, "Internal error");

export type Answering = (request: RawRequest) => Promise<CallbackReply>;

async function route(deps: HttpDeps, request: RawRequest): Promise<CallbackReply> {
  const { path, query: encoded } = partsOf(request.url);
  if (!path.startsWith(`${deps.basePath}/`)) return notFound();
  const [kind, providerName, id, token, ...rest] = path.slice(deps.basePath.length + 1).split("/");
  if (kind === "health" && providerName === undefined) {
    return deps.isRunning() ? plain(200, "OK") : plain(503, "Not ready");
  }
  if (kind === "redirect" && token === undefined) return serveForm(deps, request, providerName, id);
  const provider = providerName === undefined ? undefined : deps.providers.get(providerName);
  if (kind !== "callbacks" || providerName === undefined || provider === undefined || rest.length > 0)
    return notFound();
  const address = verifiedAddress(deps, providerName, provider, id, token);
  if (address === undefined) return notFound();
  const { methods } = provider.traits.callback;
  if (!methods.includes(request.method)) return plain(405, "Method not allowed", { allow: methods.join(", ") });
  if (!deps.isRunning()) return plain(503, "Not ready");
  // They have none, and asking makes servers build one.
  const isBodiless = request.method === "GET" || request.method === "HEAD";
  const body = isBodiless ? EMPTY : await readBody(deps.clock, request);
  if (!(body instanceof Uint8Array)) return body;
  const query = readQuery(encoded);
  if (query === undefined) return plain(400, "Malformed query");
  const { paymentId } = address;
  const watch = deps.exchanges?.received({
    ...{ providerName, provider, paymentId },
    ...{ method: request.method, url: request.url, body: isBodiless ? undefined : body },
  });
  const deadline = createDeadline(deps.clock, CALLBACK_TIMEOUT);
  try {
    const callback = new Callback(request, body, query, paymentId);
    const call = callUntil(deadline, deps.now, watch?.heard);
    const given = handleCallback(deps, providerName, provider, callback, call, watch?.notes);
    const { body: text, headers, status } = given instanceof Promise ? await given : given;
    if (!isStatus(status)) throw new TypeError("The adapter's reply has a status that HTTP does not know.");
    const reply = { status, headers: replyHeaders(headers), body: BODILESS.includes(status) ? "" : text };
    watch?.tell(reply);
    return reply;
  } catch (error) {
    watch?.tell(FAILED);
    throw error;
  } finally {
    deadline.clear();
  }
}

/** A class, so that headers are built only for an adapter that looks. */
class Callback implements CallbackRequest {
  readonly method: string;
  readonly rawBody: Uint8Array;
  readonly query: StrictParams;
  declare readonly paymentId?: PaymentId;
  readonly #request: RawRequest;

  constructor(request: RawRequest, rawBody: Uint8Array, query: StrictParams, paymentId: PaymentId | undefined) {
    this.method = request.method;
    this.rawBody = rawBody;
    this.query = query;
    this.#request = request;
    if (paymentId !== undefined) this.paymentId = paymentId;
  }

  get headers(): Headers {
    return this.#request.headers;
  }

  form(): StrictParams {
    return parseStrictParams(decodeUtf8(this.rawBody));
  }

  json(): unknown {
    return parseStrictJson(this.rawBody);
  }
}

/** Path and query of an address that a Request has read and written anew: so a `?` ends the path, and a `#` the query. */
function partsOf(url: string): { readonly path: string; readonly query: string } {
  const fragment = url.indexOf("#");
  const whole = fragment < 0 ? url : url.slice(0, fragment);
  const start = whole.indexOf("/", whole.indexOf("//") + 2);
  const end = whole.indexOf("?", start);
  return end < 0
    ? { path: whole.slice(start), query: "" }
    : { path: whole.slice(start, end), query: whole.slice(end + 1) };
}

/** Hands the buyer's browser the form that it posts to the gateway. */
async function serveForm(
  deps: HttpDeps,
  request: RawRequest,
  id: string | undefined,
  token: string | undefined,
): Promise<CallbackReply> {
  const paymentId = id === undefined ? undefined : parsePaymentId(id);
  if (paymentId === undefined || token === undefined) return notFound();
  if (!verifyFormToken(deps.keyring, paymentId, token)) return notFound();
  if (request.method !== "GET") return plain(405, "Method not allowed", { allow: "GET" });
  if (!deps.isRunning()) return plain(503, "Not ready");
  // A browser that loads ahead of its user would use the form up; it asks again when the user goes there.
  if (isAhead(request.headers)) return plain(503, "Not ahead of time");
  const languages = request.headers.get("accept-language");
  const form = await takeForm(deps, paymentId);
  const { html, policy, status } = await (form === undefined ? gonePage(languages) : formPage(form, languages));
  const headers = { ...HEADERS, "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
  return { status, headers, body: html };
}

function isAhead(headers: Headers): boolean {
  return ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) =>
    /prefetch|prerender|preview/i.test(headers.get(name) ?? ""),
  );
}

/** The payment of a per-payment address, or nothing for the fixed one; `undefined` if the provider has no such address. */
function verifiedAddress(
  { keyring }: HttpDeps,
  providerName: string,
  provider: AnyProvider,
  id: string | undefined,
  token: string | undefined,
): { readonly paymentId?: PaymentId } | undefined {
  if (provider.traits.callback.correlation !== "callback-url") return id === undefined ? {} : undefined;
  const paymentId = id === undefined ? undefined : parsePaymentId(id);
  if (paymentId === undefined || token === undefined) return undefined;
  return verifyCallbackToken(keyring, providerName, paymentId, token) ? { paymentId } : undefined;
}

async function readBody(clock: Clock, request: RawRequest): Promise<Uint8Array | CallbackReply> {
  const deadline = createDeadline(clock, BODY_TIMEOUT);
  try {
    const reading = request.readBody(BODY_LIMIT, deadline.signal);
    const body = await reading.catch(() => (deadline.signal.aborted ? "too slow" : "broken off"));
    if (typeof body !== "string") return body;
    if (body === "too large") return plain(413, "Body too large");
    return body === "too slow" ? plain(408, "The body did not arrive in time") : plain(400, "The body broke off");
  } finally {
    deadline.clear();
  }
}

function readQuery(encoded: string): StrictParams | undefined {
  try {
    return parseStrictParams(encoded);
  } catch (error) {
    if (isPayError(error)) return undefined;
    throw error;
  }
}

function notFound(): CallbackReply {
  return plain(404, "Not found");
}

function plain(status: number, body: string, headers: CallbackReply["headers"] = {}): CallbackReply {
  return { status, headers: { ...HEADERS, ...headers }, body };
}

type Headed = Readonly<Record<string, string>>;

/** What frozen headers were made into: adapters reply with the same again and again. */
const known = new WeakMap<Headed, Headed>();

function replyHeaders(headers: Headed | undefined): Headed {
  if (headers === undefined) return HEADERS;
  const made = known.get(headers) ?? withHeaders(headers);
  if (Object.isFrozen(headers)) known.set(headers, made);
  return made;
}

/** Adapters may write names as they like; two spellings would be two headers. */
function withHeaders(headers: Headed): Headed {
  const all: Record<string, string> = { ...HEADERS };
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new TypeError("The adapter's reply has a header that HTTP cannot carry.");
    }
    all[name.toLowerCase()] = value;
  }
  return Object.freeze(all);
}

/** The same for what speaks Fetch. */
export function createHandler(answer: Answering): (request: Request) => Promise<Response> {
  return async (request) => {
    const readBody: RawRequest["readBody"] = (limit, signal) => readStream(request, limit, signal);
    const { method, url } = request;
    const { body, headers = {}, status } = await answer({ method, url, headers: request.headers, readBody });
    // Some statuses, such as 204, may not even have an empty body.
    return new Response(body === "" ? null : body, { status, headers });
  };
}

function readStream(
  { body, headers }: Request,
  limit: number,
  signal: AbortSignal,
): ReturnType<RawRequest["readBody"]> {
  if (Number(headers.get("content-length") ?? 0) > limit) return Promise.resolve("too large");
  if (body === null) return Promise.resolve(new Uint8Array());
  return readAll(body.getReader(), limit, signal);
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | "too large"> {
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const next = await reader.read();
      // A stream that was canceled looks as if it had ended.
      signal.throwIfAborted();
      if (next.done) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      size += next.value.byteLength;
      if (size > limit) return "too large";
      chunks.push(next.value);
    }
  } finally {
    cancel();
  }
}

const BODILESS: readonly number[] = [204, 205, 304];
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** Nothing that would end the line, and with it begin a header or a body of somebody else's. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}
