import type { RawResponse } from "../contract/raw-http.ts";

type Headers = Readonly<Record<string, string>>;

/** The headers of every response. */
export const HEADERS: Headers = Object.freeze({
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "content-type": "text/plain; charset=utf-8",
});

export const FAILED: RawResponse = plain(500, "Internal error");

export function notFound(): RawResponse {
  return plain(404, "Not found");
}

export function methodNotAllowed(methods: readonly string[]): RawResponse {
  return plain(405, "Method not allowed", { allow: methods.join(", ") });
}

export function plain(status: number, body: string, headers: Headers = {}): RawResponse {
  return { status, headers: { ...HEADERS, ...headers }, body };
}

/** Frozen headers are checked once: adapters reply with the same objects again and again. */
const checked = new WeakMap<Headers, Headers>();

/** The headers of an adapter's reply, added to ours. */
export function withOwnHeaders(headers: Headers | undefined): Headers {
  if (headers === undefined) return HEADERS;
  const made = checked.get(headers) ?? merge(headers);
  if (Object.isFrozen(headers)) checked.set(headers, made);
  return made;
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** No character that ends the line: an attacker could then add a header or a body. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Adapters may write names in any case; two spellings would become two headers. */
function merge(headers: Headers): Headers {
  const all: Record<string, string> = { ...HEADERS };
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new TypeError("The adapter's reply has a header that HTTP cannot carry.");
    }
    all[name.toLowerCase()] = value;
  }
  return Object.freeze(all);
}
