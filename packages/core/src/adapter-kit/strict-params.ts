import type { StrictParams } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";

/**
 * Parses `a=1&b=2`. Of two equal names, `URLSearchParams.get` takes the first and other parsers the last; here `get` throws for a repeated
 * name. Percent-encoding must be valid UTF-8, without NUL.
 *
 * @throws PayError `MALFORMED`
 */
export function parseStrictParams(encoded: string): StrictParams {
  const values = new Map<string, string | typeof REPEATED>();
  for (const pair of encoded.split("&")) {
    if (pair === "") continue;
    const read = PLAIN.test(pair) ? asItIs : decode;
    const at = pair.indexOf("=");
    const name = read(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : read(pair.slice(at + 1));
    values.set(name, values.has(name) ? REPEATED : value);
  }
  return {
    get(name) {
      const value = values.get(name);
      if (value === REPEATED) throw new PayError("MALFORMED", "A parameter is repeated.", { field: name });
      return value;
    },
  };
}

const REPEATED = Symbol("repeated");
/** Most texts consist of these characters only, and need no decoding. */
const PLAIN = /^[\w.~@:/=-]*$/;

function asItIs(text: string): string {
  return text;
}

function decode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new PayError("MALFORMED", "A parameter is not percent-encoded UTF-8.");
  }
  if (decoded.includes("\0") || !decoded.isWellFormed()) {
    throw new PayError("MALFORMED", "A parameter has a NUL character or a lone surrogate.");
  }
  return decoded;
}
