import { failure } from "../failure.ts";
import type { Exchange, HttpRequestMessage } from "./model.ts";

/** Fields that curl writes by itself, to fit what it sends. */
const OWN = new Set(["host", "content-length", "connection", "transfer-encoding"]);

/**
 * A command for a POSIX shell that sends an exchange's request again. Throws `unknown_exchange` when nothing was sent.
 * It holds the request as it was, secret key included.
 */
export function curlOf({ request }: Exchange): string {
  if (request === null) throw failure("unknown_exchange", "Nothing was sent that could be sent again");
  const { body, headers, method, url } = request;
  const fields = headers
    .filter(([name]) => !OWN.has(name.toLowerCase()))
    .map(([name, value]) => `-H ${quote(field(name, value))}`);
  const isEmpty = body.kind === "text" && body.text === "";
  const parts = [
    // Without it, brackets and braces of an address would be patterns.
    `curl --globoff${method === "GET" ? "" : ` -X ${quote(method)}`} ${quote(url)}`,
    ...fields,
    ...(isEmpty || hasType(request) ? [] : ["-H 'content-type:'"]),
    ...(isEmpty ? [] : [body.kind === "text" ? `--data-raw ${quote(body.text)}` : "--data-binary @-"]),
  ];
  const command = parts.join(" \\\n  ");
  return body.kind === "base64" ? `printf %s ${quote(body.base64)} | base64 -d | ${command}` : command;
}

/** One word for the shell, whatever it holds. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function field(name: string, value: string): string {
  // curl reads "name:" as a field to leave out, and "name;" as an empty one.
  return value === "" ? `${name};` : `${name}: ${value}`;
}

function hasType({ headers }: HttpRequestMessage): boolean {
  return headers.some(([name]) => name.toLowerCase() === "content-type");
}
