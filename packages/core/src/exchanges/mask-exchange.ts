import type { HttpExchange } from "../contract/http-exchange.ts";
import { type Masking, maskedBody, maskedUrl } from "./mask.ts";

/** An exchange as it went. Nobody outside of this folder sees one. */
export interface RawHttpExchange extends Omit<HttpExchange, "request" | "response"> {
  readonly request: { readonly method: string; readonly url: string; readonly body?: string | Uint8Array | undefined };
  readonly response?: { readonly status: number; readonly body: string } | undefined;
}

/** The exchange as it may be seen. Looked through twice: what a private field holds is private where it was quoted before, too. */
export function maskedExchange(raw: RawHttpExchange, masking: Masking): HttpExchange {
  pass(raw, masking);
  return pass(raw, masking);
}

function pass({ request, response, ...rest }: RawHttpExchange, masking: Masking): HttpExchange {
  const { body, method, url } = request;
  return {
    ...rest,
    request: { method, url: maskedUrl(url, masking), ...(body !== undefined && { body: maskedBody(body, masking) }) },
    ...(response && { response: { status: response.status, body: maskedBody(response.body, masking) } }),
  };
}
