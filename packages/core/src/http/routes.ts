import { authenticateAddress, normalPath } from "../callbacks/address.ts";
import { takeForm } from "../checkout/take-form.ts";
import type { Context } from "../context.ts";
import type { RefusalReason } from "../contract/health.ts";
import type { AnyPay } from "../contract/pay.ts";
import type { HandleRequest, RawRequest, RawResponse } from "../contract/raw-http.ts";
import { errorLabel } from "../model/errors.ts";
import { parsePaymentId } from "../model/ids.ts";
import { verifyFormToken } from "../security/sealed-form.ts";
import { isOfMissingKey } from "../security/tokens.ts";
import { answerCallback, refuseCallback } from "./answer-callback.ts";
import { createFetch } from "./fetch.ts";
import { formPage, gonePage, languageOf, lostPage, type Page } from "./form-page.ts";
import { FAILED, HEADERS, methodNotAllowed, notFound, plain } from "./responses.ts";

/** Adds the two doors to the rest of a Pay: `fetch`, and `handle`, which takes plain data. */
export function withHttp(context: Context, rest: Omit<AnyPay, "fetch" | "handle">): AnyPay {
  const handle = createHandle(context);
  const fetch = createFetch(handle);
  const unreadable = (status: number, reason: RefusalReason = "not_http") => context.refusals.add({ status, reason });
  // An app may guard `fetch` by replacing it, on this object, a copy or a proxy. A bridge must not find the unguarded way past it. A proxy
  // may read `handle` from this object all the same: `handle.fetch` tells the bridge whose it is.
  Object.defineProperties(handle, { fetch: { value: fetch }, unreadable: { value: unreadable } });
  const pay: Omit<AnyPay, "handle"> = { ...rest, fetch };
  return Object.defineProperty(pay, "handle", {
    get(this: AnyPay) {
      return this.fetch === fetch ? handle : undefined;
    },
  }) as AnyPay;
}

/**
 * Serves `{baseUrl}/callbacks/{providerName}`, `{baseUrl}/callbacks/{providerName}/{paymentId}/{token}`,
 * `{baseUrl}/redirect/{paymentId}/{token}`, `{baseUrl}/health` and `{baseUrl}/ready`. Every wrong address gets the same answer, so that
 * guessing teaches nothing.
 */
export function createHandle(context: Context): HandleRequest {
  const unknown = () => {
    // Causes: guesses, and a handler mounted under another path than that of `baseUrl`.
    context.rarely.warn("Requests to unknown addresses were answered 404.", { basePath: context.basePath });
    return notFound();
  };
  return async (request) => {
    context.inFlight.begin();
    try {
      return (await route(context, request)) ?? unknown();
    } catch (error) {
      context.rarely.error("A request failed.", { error: errorLabel(error) });
      return FAILED;
    } finally {
      context.inFlight.end();
    }
  };
}

/** `undefined` for an address that Pay does not serve and that is no callback's. */
function route(context: Context, request: RawRequest): RawResponse | undefined | Promise<RawResponse | undefined> {
  const { path, query } = partsOf(request.url);
  if (!path.startsWith(`${context.basePath}/`)) return elsewhere(context, request, path);
  const [kind, name, id, token, ...rest] = path.slice(context.basePath.length + 1).split("/");
  switch (kind) {
    case "health":
      return name === undefined ? plain(200, "OK") : undefined;
    case "ready":
      return name === undefined ? readiness(context) : undefined;
    case "redirect":
      return token === undefined ? serveForm(context, request, name, id) : undefined;
    case "callbacks": {
      const provider = name === undefined ? undefined : context.providers.get(name);
      if (name === undefined || provider === undefined) {
        context.refusals.add({ status: 404, reason: "unknown_address" });
        return notFound();
      }
      const proved = rest.length > 0 ? undefined : authenticateAddress(context, name, provider, id, token);
      const address = { providerName: name, provider, ...proved };
      if (proved === undefined) return refuseCallback(context, request, address, notFound(), "unknown_address");
      return answerCallback(context, request, query, address);
    }
    default:
      return elsewhere(context, request, path);
  }
}

async function readiness({ health }: Context): Promise<RawResponse> {
  const { ready } = await health();
  return ready ? plain(200, "OK") : plain(503, "Not ready");
}

/**
 * A callback whose path does not begin with that of `baseUrl`, because the shop's own server changed the path, or has the word misspelled,
 * as a person may who types it in the gateway's panel. 5xx if its address is proved, so that the gateway sends it again; the address of a
 * provider can be guessed, and a guess is 404.
 */
function elsewhere(context: Context, request: RawRequest, path: string): RawResponse | undefined {
  const isSpelled = path.includes("/callbacks/");
  const lower = path.toLowerCase();
  const at = isSpelled
    ? path.lastIndexOf("/callbacks/")
    : Math.max(lower.lastIndexOf("/callbacks/"), lower.lastIndexOf("/callback/"));
  const [, name, id, token, ...rest] = path.slice(at + 1).split("/");
  const provider = name === undefined || at < 0 ? undefined : context.providers.get(name);
  if (name === undefined || provider === undefined || rest.length > 0) return undefined;
  const proved = authenticateAddress(context, name, provider, id, token);
  const isPayments = proved?.paymentId !== undefined;
  const address = { providerName: name, provider, ...proved };
  if (isPayments) return refuseCallback(context, request, address, FAILED, "wrong_base_path");
  return refuseCallback(
    context,
    request,
    address,
    notFound(),
    proved && isSpelled ? "wrong_base_path" : "unknown_address",
  );
}

/** Normal path and query of an address that `Request` has normalised: a `?` ends the path, and a `#` the query. */
function partsOf(url: string): { readonly path: string; readonly query: string } {
  const fragment = url.indexOf("#");
  const whole = fragment < 0 ? url : url.slice(0, fragment);
  const start = whole.indexOf("/", whole.indexOf("//") + 2);
  const end = whole.indexOf("?", start);
  return end < 0
    ? { path: normalPath(whole.slice(start)), query: "" }
    : { path: normalPath(whole.slice(start, end)), query: whole.slice(end + 1) };
}

/** Serves the buyer's browser the form that it posts to the gateway. */
async function serveForm(
  context: Context,
  request: RawRequest,
  id: string | undefined,
  token: string | undefined,
): Promise<RawResponse | undefined> {
  const paymentId = id === undefined ? undefined : parsePaymentId(id);
  if (paymentId === undefined || token === undefined) return undefined;
  if (!verifyFormToken(context.keyring, paymentId, token)) {
    // Without a look at the store: a guess gets the same page as an address that we made.
    if (request.method !== "GET" || !isOfMissingKey(context.keyring, token)) return undefined;
    // Causes: guesses, and a secret that was replaced without keeping the old one.
    const remedy = "list the old secret after the new one.";
    context.rarely.warn(`A form's address is of a secret that is not configured: ${remedy}`);
    return pageResponse(lostPage(404, await languageOf(request.headers.get("accept-language"))));
  }
  if (request.method !== "GET") return methodNotAllowed(["GET"]);
  if (!context.isRunning()) return plain(503, "Not ready");
  // A browser that prefetches is no visit. It requests the form again when the user goes there. Not 5xx: Pay is well.
  if (isPrefetch(request.headers)) return plain(403, "Not ahead of time");
  // Before the form is taken: a module that fails to load must leave no trace of a visit.
  const language = await languageOf(request.headers.get("accept-language"));
  const form = await takeForm(context, paymentId);
  if (form === "lost") return pageResponse(lostPage(410, language));
  return pageResponse(form === undefined ? gonePage(language) : formPage(form, language));
}

function pageResponse({ html, policy, status }: Page): RawResponse {
  const headers = { ...HEADERS, "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
  return { status, headers, body: html };
}

function isPrefetch(headers: Headers): boolean {
  return ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) =>
    /prefetch|prerender|preview/i.test(headers.get(name) ?? ""),
  );
}
