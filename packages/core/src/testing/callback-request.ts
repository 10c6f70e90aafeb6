import { parseMultipart } from "../adapter-kit/multipart.ts";
import { parseStrictJson } from "../adapter-kit/strict-json.ts";
import { asciiForm, parseStrictParams } from "../adapter-kit/strict-params.ts";
import type { CallbackRequest } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";

/** A callback as the gateway sends it, in plain texts. */
export interface CallbackRequestParts {
  /** @default "POST" with a body, "GET" without */
  readonly method?: string;
  /** Encoded, without `?`. @default none */
  readonly query?: string;
  /** @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default empty */
  readonly body?: string | Uint8Array;
  /** The payment whose own callback address it came to. @default it came to the provider's fixed address */
  readonly paymentId?: string;
}

/**
 * The `CallbackRequest` that Pay hands to an adapter's `receive`, for the adapter's own tests. It reads query, form and JSON
 * as strictly as Pay does, and is frozen, since an adapter must not change it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createCall } from "@pay/core/adapter";
 * import { callbackRequest } from "@pay/core/testing";
 * import { sellly } from "@pay/sellly";
 *
 * const cards = sellly({ shopId: "SHOP1", secretKey: "s3cret-key", operator: "cashbill" });
 * const forged = callbackRequest({ query: "secret_key=guess&id=SELLLY-1&status=OK" });
 * const parsed = await cards.receive(forged, createCall(AbortSignal.timeout(1000)));
 * assert.equal(parsed.kind, "refused");
 * ```
 */
export function callbackRequest(parts: CallbackRequestParts = {}): CallbackRequest {
  const { body, headers, method = body === undefined ? "GET" : "POST", paymentId, query = "" } = parts;
  const rawBody = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body ?? []);
  const all = new Headers(headers);
  return Object.freeze({
    method,
    headers: all,
    rawBody,
    query: Object.freeze(parseStrictParams(query)),
    form: () => parseStrictParams(asciiForm(rawBody)),
    multipart: () => parseMultipart(rawBody, all.get("content-type")),
    json: (ifReadable?: readonly string[]) => parseStrictJson(rawBody, ifReadable),
    ...(paymentId !== undefined && { paymentId: paymentId as PaymentId }),
  });
}
