import { createCall } from "./adapter/http.ts";
import { decodeUtf8, parseStrictJson } from "./adapter/strict-json.ts";
import { parseStrictParams } from "./adapter/strict-params.ts";
import type { AnyProvider } from "./contract/checkout.ts";
import type { CallbackRequest, StrictParams } from "./contract/provider.ts";
import type { Clock } from "./contract/runtime.ts";
import { type CallbackDeps, handleCallback } from "./flow/callback.ts";
import { startDeadline } from "./flow/deadline.ts";
import { formPage, gonePage } from "./flow/form-page.ts";
import { takeForm } from "./flow/open-form.ts";
import { className, isPayError } from "./model/errors.ts";
import { type PaymentId, parsePaymentId } from "./model/ids.ts";
import { verifyCallbackToken } from "./security/callback-tokens.ts";
import { verifyFormToken } from "./security/sealed-form.ts";

export interface HttpDeps extends CallbackDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, AnyProvider>;
  /** Path of the public address, without a final slash. */
  readonly basePath: string;
  readonly isRunning: () => boolean;
}

/** Largest callback body, in bytes. Gateways send a few hundred. */
export const BODY_LIMIT: number = 64 * 1024;
/** Milliseconds in which a body has to be there. */
const BODY_TIMEOUT = 10_000;
/** Milliseconds an adapter's calls may take while the gateway waits. */
const CALLBACK_TIMEOUT = 20_000;

/** Milliseconds between reports of unknown addresses. */
const STRAY_INTERVAL = 60_000;

const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "content-type": "text/plain; charset=utf-8",
};

/**
 * Serves `{baseUrl}/callbacks/{instance}`, `{baseUrl}/callbacks/{instance}/{paymentId}/{token}`,
 * `{baseUrl}/go/{paymentId}/{token}` and `{baseUrl}/health`.
 * Whatever is wrong with an address is answered alike, so that guessing teaches nothing.
 */
export function createHandler(deps: HttpDeps): (request: Request) => Promise<Response> {
  const strays = strayReport(deps);
  return async (request) => {
    try {
      const response = await route(deps, request);
      if (response.status === 404) strays();
      return response;
    } catch (error) {
      deps.logger.error("A request failed.", { error: className(error) });
      return plain(500, "Internal error");
    }
  };
}

/**
 * Tells the operator, at most once a minute, that requests come to addresses nobody has: guesses, or a handler mounted
 * under another path than that of `baseUrl`, or a `secret` taken away while payments were open.
 */
function strayReport({ clock, logger, basePath }: HttpDeps): () => void {
  let count = 0;
  let silentUntil = Number.NEGATIVE_INFINITY;
  return () => {
    count++;
    const now = clock.now();
    if (now < silentUntil) return;
    logger.warn("Requests to unknown addresses were answered 404.", { count, basePath });
    count = 0;
    silentUntil = now + STRAY_INTERVAL;
  };
}

async function route(deps: HttpDeps, request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (!url.pathname.startsWith(`${deps.basePath}/`)) return notFound();
  const [kind, instance, id, token, ...rest] = url.pathname.slice(deps.basePath.length + 1).split("/");
  if (kind === "health" && instance === undefined) {
    return deps.isRunning() ? plain(200, "OK") : plain(503, "Not ready");
  }
  if (kind === "go" && token === undefined) return goToGateway(deps, request, instance, id);
  const provider = instance === undefined ? undefined : deps.providers.get(instance);
  if (kind !== "callbacks" || instance === undefined || provider === undefined || rest.length > 0) return notFound();
  const address = verifiedAddress(deps, instance, provider, id, token);
  if (address === undefined) return notFound();
  const { methods } = provider.traits.callback;
  if (!methods.includes(request.method)) return plain(405, "Method not allowed", { allow: methods.join(", ") });
  if (!deps.isRunning()) return plain(503, "Not ready");
  const body = await readBody(deps.clock, request);
  if (!(body instanceof Uint8Array)) return body;
  const query = readQuery(url.search);
  if (query === undefined) return plain(400, "Malformed query");
  const deadline = startDeadline(deps.clock, CALLBACK_TIMEOUT);
  try {
    const callback: CallbackRequest = {
      method: request.method,
      headers: request.headers,
      rawBody: body,
      query,
      form: () => parseStrictParams(decodeUtf8(body)),
      json: () => parseStrictJson(body),
      ...address,
    };
    const call = createCall(deadline.signal, deps.clock.now);
    const reply = await handleCallback(deps, instance, provider, callback, call);
    // Some statuses, such as 204, may not even have an empty body.
    const content = reply.body === "" ? null : reply.body;
    return new Response(content, { status: reply.status, headers: { ...HEADERS, ...reply.headers } });
  } finally {
    deadline.clear();
  }
}

/** Hands the buyer's browser the form that it posts to the gateway. */
async function goToGateway(
  deps: HttpDeps,
  request: Request,
  id: string | undefined,
  token: string | undefined,
): Promise<Response> {
  const paymentId = id === undefined ? undefined : parsePaymentId(id);
  if (paymentId === undefined || token === undefined) return notFound();
  if (!verifyFormToken(deps.keyring, paymentId, token)) return notFound();
  if (request.method !== "GET") return plain(405, "Method not allowed", { allow: "GET" });
  if (!deps.isRunning()) return plain(503, "Not ready");
  // A browser that loads ahead of its user would use the form up; it asks again when the user goes there.
  if (isAhead(request.headers)) return plain(503, "Not ahead of time");
  const languages = request.headers.get("accept-language");
  const form = await takeForm(deps, paymentId);
  const { html, policy, status } = form === undefined ? gonePage(languages) : formPage(form, languages);
  const headers = { ...HEADERS, "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
  return new Response(html, { status, headers });
}

function isAhead(headers: Headers): boolean {
  return ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) =>
    /prefetch|prerender|preview/i.test(headers.get(name) ?? ""),
  );
}

/** The payment of a per-payment address, or nothing for the fixed one; `undefined` if the provider has no such address. */
function verifiedAddress(
  { keyring }: HttpDeps,
  instance: string,
  provider: AnyProvider,
  id: string | undefined,
  token: string | undefined,
): { readonly paymentId?: PaymentId } | undefined {
  if (provider.traits.callback.correlation !== "callback-url") return id === undefined ? {} : undefined;
  const paymentId = id === undefined ? undefined : parsePaymentId(id);
  if (paymentId === undefined || token === undefined) return undefined;
  return verifyCallbackToken(keyring, instance, paymentId, token) ? { paymentId } : undefined;
}

async function readBody(clock: Clock, request: Request): Promise<Uint8Array | Response> {
  if (request.body === null) return new Uint8Array();
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT) return plain(413, "Body too large");
  const reader = request.body.getReader();
  const deadline = startDeadline(clock, BODY_TIMEOUT);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), deadline.passed]);
      if (next === "time is up") return plain(408, "The body did not arrive in time");
      if (next.done) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      size += next.value.byteLength;
      if (size > BODY_LIMIT) return plain(413, "Body too large");
      chunks.push(next.value);
    }
  } catch {
    return plain(400, "The body broke off");
  } finally {
    deadline.clear();
    reader.cancel().catch(() => {});
  }
}

function readQuery(search: string): StrictParams | undefined {
  try {
    return parseStrictParams(search.slice(1));
  } catch (error) {
    if (isPayError(error)) return undefined;
    throw error;
  }
}

function notFound(): Response {
  return plain(404, "Not found");
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { ...HEADERS, ...headers } });
}
