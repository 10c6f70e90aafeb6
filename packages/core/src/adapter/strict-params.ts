import type { StrictParams } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";

/**
 * Reads `a=1&b=2`. `URLSearchParams.get` takes the first of two equal names, others take the last: here a repeated name
 * throws when it is asked for. Percent-encoding must be valid UTF-8, without NUL.
 *
 * @throws PayError `MALFORMED`
 */
export function parseStrictParams(encoded: string): StrictParams {
  const values = new Map<string, string[]>();
  for (const pair of encoded.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : decode(pair.slice(at + 1));
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return {
    get(name) {
      const found = values.get(name);
      if (found !== undefined && found.length > 1)
        throw new PayError("MALFORMED", "A parameter is repeated.", { field: name });
      return found?.[0];
    },
  };
}

/** Most values are nothing but these, and say what they mean. */
const PLAIN = /^[\w.~@:/-]*$/;

function decode(text: string): string {
  if (PLAIN.test(text)) return text;
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
