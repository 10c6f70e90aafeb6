import type { HttpExchange } from "../contract/http-exchange.ts";
import { type Masking, readBody, readUrl } from "./mask.ts";

/** An unmasked exchange. It never leaves this folder. */
export interface UnmaskedHttpExchange extends Omit<HttpExchange, "request" | "response"> {
  readonly request: { readonly method: string; readonly url: string; readonly body?: string | Uint8Array | undefined };
  readonly response?: { readonly status: number; readonly body: string } | undefined;
}

/** Masks an exchange. It reads all of it first, since the value of a private field is also private where it was quoted earlier. */
export function maskedExchange({ request, response, ...rest }: UnmaskedHttpExchange, masking: Masking): HttpExchange {
  const showUrl = readUrl(request.url, masking);
  const showBody = request.body === undefined ? undefined : readBody(request.body, masking);
  const showResponse = response && readBody(response.body, masking);
  return {
    ...rest,
    request: { method: request.method, url: showUrl(), ...(showBody && { body: showBody() }) },
    ...(response && showResponse && { response: { status: response.status, body: showResponse() } }),
  };
}
