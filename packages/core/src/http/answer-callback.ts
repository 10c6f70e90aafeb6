import { callUntil } from "../adapter-kit/http.ts";
import { parseMultipart } from "../adapter-kit/multipart.ts";
import { parseStrictJson } from "../adapter-kit/strict-json.ts";
import { asciiForm, parseStrictParams } from "../adapter-kit/strict-params.ts";
import { handleCallback } from "../callbacks/handle.ts";
import type { Context } from "../context.ts";
import type { RefusalReason } from "../contract/health.ts";
import type { CallbackRequest, StrictParams } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import type { RawRequest, RawResponse } from "../contract/raw-http.ts";
import type { Clock } from "../contract/runtime.ts";
import type { CallbackNotes, CallbackWatch } from "../exchanges/report-exchanges.ts";
import type { PaymentId } from "../model/ids.ts";
import { createDeadline } from "../runtime/deadline.ts";
import { FAILED, methodNotAllowed, plain, withOwnHeaders } from "./responses.ts";
import { ACCEPTED, unpack } from "./unpack.ts";

/** Largest callback body, in bytes. Gateways send a few hundred. */
export const BODY_LIMIT_BYTES: number = 64 * 1024;
/** Milliseconds in which a body has to arrive. */
const BODY_TIMEOUT_MS = 10_000;
/** Milliseconds that an adapter's calls may take while the gateway waits. */
const CALLBACK_TIMEOUT_MS = 20_000;

const EMPTY = new Uint8Array();
const BODILESS: readonly number[] = [204, 205, 304];

/** The provider that an address belongs to, and the payment of a per-payment address. */
export interface CallbackAddress {
  readonly providerName: string;
  readonly provider: AnyProvider;
  readonly paymentId?: PaymentId;
}

/** Reads a callback, has it handled, and answers with the adapter's reply. */
export async function answerCallback(
  context: Context,
  request: RawRequest,
  encodedQuery: string,
  address: CallbackAddress,
): Promise<RawResponse> {
  const { paymentId, provider, providerName } = address;
  const watch = watched(context, request, address);
  const { methods } = provider.traits.callback;
  if (!methods.includes(request.method))
    return refuse(context, watch, address, methodNotAllowed(methods), "wrong_method");
  if (!context.isRunning()) return refuse(context, watch, address, plain(503, "Not ready"), "not_running");
  // Asking for the body of these makes servers build one.
  const isBodiless = request.method === "GET" || request.method === "HEAD";
  const body = isBodiless ? EMPTY : await readBody(context.clock, request);
  if (!(body instanceof Uint8Array)) return refuse(context, watch, address, body.response, body.reason);
  const deadline = createDeadline(context.clock, CALLBACK_TIMEOUT_MS);
  const notes = watch?.notes ?? {};
  try {
    const callback = new Callback(request, body, encodedQuery, paymentId);
    const call = callUntil(deadline, context.now, watch?.reportSent);
    const handled = handleCallback(context, providerName, provider, callback, call, notes);
    const { body: text, headers, status } = handled instanceof Promise ? await handled : handled;
    if (!isStatus(status)) throw new TypeError("The adapter's reply has a status that HTTP does not know.");
    const response = { status, headers: withOwnHeaders(headers), body: BODILESS.includes(status) ? "" : text };
    const reason = reasonOf(notes, status);
    if (reason !== undefined) context.refusals.add({ providerName, status, reason });
    watch?.finish(response, isBodiless ? undefined : body);
    return response;
  } catch (error) {
    context.refusals.add({ providerName, status: FAILED.status, reason: "adapter_failed" });
    watch?.finish(FAILED, isBodiless ? undefined : body);
    throw error;
  } finally {
    deadline.clear();
  }
}

/** Answers a callback that reaches no adapter: counted, logged and shown like any other. */
export function refuseCallback(
  context: Context,
  request: RawRequest,
  address: CallbackAddress,
  response: RawResponse,
  reason: RefusalReason,
): RawResponse {
  return refuse(context, watched(context, request, address), address, response, reason);
}

function watched({ exchanges }: Context, request: RawRequest, address: CallbackAddress): CallbackWatch | undefined {
  return exchanges?.received({ ...address, method: request.method, url: request.url });
}

function refuse(
  { refusals }: Context,
  watch: CallbackWatch | undefined,
  { providerName }: CallbackAddress,
  response: RawResponse,
  reason: RefusalReason,
): RawResponse {
  refusals.add({ providerName, status: response.status, reason });
  watch?.finish(response);
  return response;
}

/** Why a reply is no acknowledgement; `undefined` if it is one. */
function reasonOf({ outcome, parsed, unverified }: CallbackNotes, status: number): RefusalReason | undefined {
  if (parsed === undefined) return "adapter_failed";
  if (parsed.kind === "refused") return parsed.reason;
  if (unverified !== undefined) return unverified;
  if (outcome?.kind === "refused") return outcome.reason;
  if (outcome?.kind === "error") return "not_stored";
  if (status < 400) return undefined;
  return outcome?.kind === "unknown_payment" ? "unknown_payment" : "adapter_failed";
}

/** A class, so that headers are built only for an adapter that reads them. Its readers work without it, as adapters may take them out. */
class Callback implements CallbackRequest {
  readonly method: string;
  readonly rawBody: Uint8Array;
  readonly query: StrictParams;
  /** Names of what the adapter asked for and nobody can read. */
  readonly unreadable: string[] = [];
  declare readonly paymentId?: PaymentId;
  readonly #request: RawRequest;

  constructor(request: RawRequest, rawBody: Uint8Array, query: string, paymentId: PaymentId | undefined) {
    this.method = request.method;
    this.rawBody = rawBody;
    this.query = parseStrictParams(query, this.unreadable);
    this.#request = request;
    if (paymentId !== undefined) this.paymentId = paymentId;
  }

  get headers(): Headers {
    return this.#request.headers;
  }

  readonly form = (): StrictParams => parseStrictParams(asciiForm(this.rawBody), this.unreadable);

  readonly multipart = (): StrictParams =>
    parseMultipart(this.rawBody, this.headers.get("content-type"), this.unreadable);

  readonly json = (ifReadable?: readonly string[]): unknown =>
    parseStrictJson(this.rawBody, ifReadable, this.unreadable);
}

interface Unread {
  readonly response: RawResponse;
  readonly reason: RefusalReason;
}

async function readBody(clock: Clock, request: RawRequest): Promise<Uint8Array | Unread> {
  const deadline = createDeadline(clock, BODY_TIMEOUT_MS);
  try {
    const reading = request.readBody(BODY_LIMIT_BYTES, deadline.signal);
    const body = await reading.catch(() => (deadline.signal.aborted ? "too slow" : "broken off"));
    if (typeof body === "string") return UNREAD[body];
    if (body.byteLength > 0) return await unpacked(body, request);
    // Servers refuse a body that is shorter than it says, so other code took this one.
    return Number(request.headers.get("content-length")) > 0 ? UNREAD["already read"] : body;
  } finally {
    deadline.clear();
  }
}

async function unpacked(body: Uint8Array, { headers }: RawRequest): Promise<Uint8Array | Unread> {
  const encoding = headers.get("content-encoding");
  if (encoding === null || /^(?:identity)?$/i.test(encoding.trim())) return body;
  const unpacked = await unpack(body, encoding, BODY_LIMIT_BYTES);
  if (typeof unpacked !== "string") return unpacked;
  return unpacked !== "too large" && isText(body) ? body : UNREAD[unpacked];
}

/**
 * Gateways write the charset into `content-encoding`, and proxies that unpack a body may leave the header. So text is no packed body,
 * whatever the header says: packed bytes contain control characters.
 */
function isText(body: Uint8Array): boolean {
  return !body.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13);
}

const UNREAD = {
  "too large": { response: plain(413, "Body too large"), reason: "body_too_large" },
  "too slow": { response: plain(408, "The body did not arrive in time"), reason: "body_too_slow" },
  "broken off": { response: plain(400, "The body broke off"), reason: "body_broken_off" },
  "unknown encoding": {
    response: plain(415, "The body's content-encoding is unknown", { "accept-encoding": ACCEPTED }),
    reason: "body_encoding",
  },
  "not packed so": {
    response: plain(400, "The body is not packed as its content-encoding says"),
    reason: "body_encoding",
  },
  // 5xx: the gateway sent it well, and is to send it again once the operator has mended the server.
  "already read": { response: FAILED, reason: "body_already_read" },
} as const satisfies Readonly<Record<string, Unread>>;

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}
