import type { IncomingMessage } from "node:http";
import type { AnswerBody, CallbackRequest } from "../engine/model.ts";
import type { HttpMessage, HttpRequestMessage } from "./model.ts";

/** Bytes as text if they are valid UTF-8, otherwise as base64. */
export function bodyOf(bytes: Uint8Array): AnswerBody {
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { kind: "base64", base64: Buffer.from(bytes).toString("base64") };
  }
}

/** The header fields of a message, in order and as spelt. */
export function fieldsOf({ rawHeaders }: IncomingMessage): HttpMessage["headers"] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return names.map((name, index) => [name, rawHeaders[2 * index + 1]!] as const);
}

/** A callback as node:http transmits it. */
export function requestMessage({ body, headers, method, url }: CallbackRequest): HttpRequestMessage {
  const { pathname, search } = new URL(url);
  return {
    method,
    url,
    start: `${method} ${pathname}${search} HTTP/1.1`,
    headers: Object.entries(headers),
    body: { kind: "text", text: body ?? "" },
  };
}

/** The whole message for reading. A body that is not text is shown as base64. */
export function asText({ start, headers, body }: HttpMessage): string {
  const fields = headers.map(([name, value]) => `${name}: ${value}`);
  return [start, ...fields, "", body.kind === "text" ? body.text : body.base64].join("\n");
}
