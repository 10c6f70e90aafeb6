import { failure } from "../engine/failure.ts";
import type { HttpExchange, HttpRequestMessage } from "./model.ts";

/** Header fields that curl writes itself. */
const OWN = new Set(["host", "content-length", "connection", "transfer-encoding"]);

/**
 * A command for a POSIX shell that sends an exchange's request again, secret key included. Throws `unknown_exchange` if
 * nothing was sent.
 */
export function curlOf({ request }: HttpExchange): string {
  if (request === null) throw failure("unknown_exchange", "This exchange has no request that could be sent again");
  const { body, headers, method, url } = request;
  const fields = headers
    .filter(([name]) => !OWN.has(name.toLowerCase()))
    .map(([name, value]) => `-H ${quote(field(name, value))}`);
  const isEmpty = body.kind === "text" && body.text === "";
  const parts = [
    // Without it, curl reads brackets and braces of an address as patterns.
    `curl --globoff${method === "GET" ? "" : ` -X ${quote(method)}`} ${quote(url)}`,
    ...fields,
    ...(isEmpty || hasType(request) ? [] : ["-H 'content-type:'"]),
    ...(isEmpty ? [] : [body.kind === "text" ? `--data-raw ${quote(body.text)}` : "--data-binary @-"]),
  ];
  const command = parts.join(" \\\n  ");
  return body.kind === "base64" ? `printf %s ${quote(body.base64)} | base64 -d | ${command}` : command;
}

/** Quotes any text as one word for the shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function field(name: string, value: string): string {
  // curl removes the field for "name:" and sends an empty one for "name;".
  return value === "" ? `${name};` : `${name}: ${value}`;
}

function hasType({ headers }: HttpRequestMessage): boolean {
  return headers.some(([name]) => name.toLowerCase() === "content-type");
}
