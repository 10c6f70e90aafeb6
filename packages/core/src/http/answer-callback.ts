import { callUntil } from "../adapter-kit/http.ts";
import { parseMultipart } from "../adapter-kit/multipart.ts";
import { parseStrictJson } from "../adapter-kit/strict-json.ts";
import { asciiForm, parseStrictParams } from "../adapter-kit/strict-params.ts";
import { handleCallback } from "../callbacks/handle.ts";
import type { Context } from "../context.ts";
import type { CallbackRequest, StrictParams } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import type { RawRequest, RawResponse } from "../contract/raw-http.ts";
import type { Clock } from "../contract/runtime.ts";
import type { PaymentId } from "../model/ids.ts";
import { createDeadline } from "../runtime/deadline.ts";
import { FAILED, methodNotAllowed, plain, withOwnHeaders } from "./responses.ts";
import { unpack } from "./unpack.ts";

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
  { paymentId, provider, providerName }: CallbackAddress,
): Promise<RawResponse> {
  const { methods } = provider.traits.callback;
  if (!methods.includes(request.method)) return methodNotAllowed(methods);
  if (!context.isRunning()) return plain(503, "Not ready");
  // Asking for the body of these makes servers build one.
  const isBodiless = request.method === "GET" || request.method === "HEAD";
  const body = isBodiless ? EMPTY : await readBody(context.clock, request);
  if (!(body instanceof Uint8Array)) return body;
  const watch = context.exchanges?.received({
    ...{ providerName, provider, paymentId },
    ...{ method: request.method, url: request.url, body: isBodiless ? undefined : body },
  });
  const deadline = createDeadline(context.clock, CALLBACK_TIMEOUT_MS);
  try {
    const callback = new Callback(request, body, encodedQuery, paymentId);
    const call = callUntil(deadline, context.now, watch?.reportSent);
    const handled = handleCallback(context, providerName, provider, callback, call, watch?.notes);
    const { body: text, headers, status } = handled instanceof Promise ? await handled : handled;
    if (!isStatus(status)) throw new TypeError("The adapter's reply has a status that HTTP does not know.");
    const response = { status, headers: withOwnHeaders(headers), body: BODILESS.includes(status) ? "" : text };
    watch?.finish(response);
    return response;
  } catch (error) {
    watch?.finish(FAILED);
    throw error;
  } finally {
    deadline.clear();
  }
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

  readonly multipart = (): Promise<StrictParams> =>
    parseMultipart(this.rawBody, this.headers.get("content-type"), this.unreadable);

  readonly json = (ifReadable?: readonly string[]): unknown =>
    parseStrictJson(this.rawBody, ifReadable, this.unreadable);
}

async function readBody(clock: Clock, request: RawRequest): Promise<Uint8Array | RawResponse> {
  const deadline = createDeadline(clock, BODY_TIMEOUT_MS);
  try {
    const reading = request.readBody(BODY_LIMIT_BYTES, deadline.signal);
    const body = await reading.catch(() => (deadline.signal.aborted ? "too slow" : "broken off"));
    if (typeof body !== "string") return await unpacked(body, request);
    if (body === "too large") return plain(413, "Body too large");
    return body === "too slow" ? plain(408, "The body did not arrive in time") : plain(400, "The body broke off");
  } finally {
    deadline.clear();
  }
}

function unpacked(body: Uint8Array, { headers }: RawRequest): Uint8Array | Promise<Uint8Array | RawResponse> {
  const encoding = body.byteLength === 0 ? null : headers.get("content-encoding");
  return encoding === null || /^\s*(?:identity)?\s*$/i.test(encoding) ? body : unpack(body, encoding, BODY_LIMIT_BYTES);
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}
