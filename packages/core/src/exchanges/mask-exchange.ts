import type { HttpExchange } from "../contract/http-exchange.ts";
import { type Masking, maskedBody, maskedUrl } from "./mask.ts";

/** An unmasked exchange. It never leaves this folder. */
export interface UnmaskedHttpExchange extends Omit<HttpExchange, "request" | "response"> {
  readonly request: { readonly method: string; readonly url: string; readonly body?: string | Uint8Array | undefined };
  readonly response?: { readonly status: number; readonly body: string } | undefined;
}

/** Masks an exchange. Two passes, since the value of a private field is also private where it was quoted earlier. */
export function maskedExchange(raw: UnmaskedHttpExchange, masking: Masking): HttpExchange {
  pass(raw, masking);
  return pass(raw, masking);
}

function pass({ request, response, ...rest }: UnmaskedHttpExchange, masking: Masking): HttpExchange {
  const { body, method, url } = request;
  return {
    ...rest,
    request: { method, url: maskedUrl(url, masking), ...(body !== undefined && { body: maskedBody(body, masking) }) },
    ...(response && { response: { status: response.status, body: maskedBody(response.body, masking) } }),
  };
}
