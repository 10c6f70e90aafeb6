import { authenticateAddress, normalPath } from "../callbacks/address.ts";
import { takeForm } from "../checkout/take-form.ts";
import type { Context } from "../context.ts";
import type { RawRequest, RawResponse } from "../contract/raw-http.ts";
import { errorLabel } from "../model/errors.ts";
import { parsePaymentId } from "../model/ids.ts";
import { createLimitedLog } from "../runtime/limited-log.ts";
import { verifyFormToken } from "../security/sealed-form.ts";
import { answerCallback } from "./answer-callback.ts";
import { formPage, gonePage, languageOf } from "./form-page.ts";
import { FAILED, HEADERS, methodNotAllowed, notFound, plain } from "./responses.ts";

export type HandleRequest = (request: RawRequest) => Promise<RawResponse>;

/**
 * Serves `{baseUrl}/callbacks/{providerName}`, `{baseUrl}/callbacks/{providerName}/{paymentId}/{token}`,
 * `{baseUrl}/redirect/{paymentId}/{token}` and `{baseUrl}/health`. Every wrong address gets the same answer, so that guessing teaches
 * nothing.
 */
export function createHandle(context: Context): HandleRequest {
  // Causes: guesses; a handler mounted under another path than that of `baseUrl`; a `secret` removed while payments were open.
  const logUnknownAddress = createLimitedLog(context, "Requests to unknown addresses were answered 404.");
  return async (request) => {
    context.inFlight.begin();
    try {
      const response = await route(context, request);
      if (response.status === 404) logUnknownAddress({ basePath: context.basePath });
      return response;
    } catch (error) {
      context.logger.error("A request failed.", { error: errorLabel(error) });
      return FAILED;
    } finally {
      context.inFlight.end();
    }
  };
}

function route(context: Context, request: RawRequest): RawResponse | Promise<RawResponse> {
  const { path, query } = partsOf(request.url);
  if (!path.startsWith(`${context.basePath}/`)) return notFound();
  const [kind, name, id, token, ...rest] = path.slice(context.basePath.length + 1).split("/");
  switch (kind) {
    case "health":
      if (name !== undefined) return notFound();
      return context.isRunning() ? plain(200, "OK") : plain(503, "Not ready");
    case "redirect":
      return token === undefined ? serveForm(context, request, name, id) : notFound();
    case "callbacks": {
      const provider = name === undefined ? undefined : context.providers.get(name);
      if (name === undefined || provider === undefined || rest.length > 0) return notFound();
      const address = authenticateAddress(context, name, provider, id, token);
      if (address === undefined) return notFound();
      return answerCallback(context, request, query, { providerName: name, provider, ...address });
    }
    default:
      return notFound();
  }
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
): Promise<RawResponse> {
  const paymentId = id === undefined ? undefined : parsePaymentId(id);
  if (paymentId === undefined || token === undefined) return notFound();
  if (!verifyFormToken(context.keyring, paymentId, token)) return notFound();
  if (request.method !== "GET") return methodNotAllowed(["GET"]);
  if (!context.isRunning()) return plain(503, "Not ready");
  // A browser that prefetches would use the form up. It requests the form again when the user goes there. Not 5xx: Pay is well.
  if (isPrefetch(request.headers)) return plain(403, "Not ahead of time");
  // Before the form is taken: it is served once, and a module that fails to load must not use it up.
  const language = await languageOf(request.headers.get("accept-language"));
  const form = await takeForm(context, paymentId);
  const { html, policy, status } = form === undefined ? gonePage(language) : formPage(form, language);
  const headers = { ...HEADERS, "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
  return { status, headers, body: html };
}

function isPrefetch(headers: Headers): boolean {
  return ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) =>
    /prefetch|prerender|preview/i.test(headers.get(name) ?? ""),
  );
}
