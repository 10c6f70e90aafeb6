import { isUtf8 } from "node:buffer";
import type { StrictParams } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";

/**
 * Reads `a=1&b=2`. Only the parameters that are asked for are decoded, so no other one refuses a callback. Of two equal names,
 * `URLSearchParams.get` takes the first and other parsers the last; here `get` throws for a repeated name. A name
 * that is not percent-encoded UTF-8 is left out.
 *
 * @param unreadable receives the names that `getIfReadable` could not read
 */
export function parseStrictParams(encoded: string, unreadable: string[] = []): StrictParams {
  const values = new Map<string, string | typeof REPEATED>();
  for (const pair of encoded.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decoded(at < 0 ? pair : pair.slice(0, at));
    if (name !== undefined) values.set(name, values.has(name) ? REPEATED : at < 0 ? "" : pair.slice(at + 1));
  }
  return strictParams(values, decoded, unreadable);
}

export const REPEATED: unique symbol = Symbol("repeated");

/** Parameters that are decoded when they are asked for. `decode` returns `undefined` for an unreadable value. */
export function strictParams<T>(
  values: ReadonlyMap<string, T | typeof REPEATED>,
  decode: (value: T) => string | undefined,
  unreadable: string[],
): StrictParams {
  const read = (name: string, otherwise: (why: string) => undefined): string | undefined => {
    const value = values.get(name);
    if (value === undefined) return undefined;
    if (value === REPEATED) return otherwise("A parameter is repeated.");
    return decode(value) ?? otherwise("A parameter is no readable text.");
  };
  return {
    get: (name) =>
      read(name, (why) => {
        throw new PayError("MALFORMED", why, { field: name });
      }),
    getIfReadable: (name) => read(name, () => void unreadable.push(name)),
  };
}

/** A form as ASCII, in which every other byte is percent-encoded. Leaves out a byte order mark. */
export function asciiForm(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text.replace(/^\xef\xbb\xbf/, "").replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
}

/** Most texts consist of these characters only, and need no decoding. */
const PLAIN = /^[\w.~@:/=-]*$/;

function decoded(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  if (!isDecodable(text)) return undefined;
  const plain = decodeURIComponent(text.replaceAll("+", " "));
  return isReadable(plain) ? plain : undefined;
}

/** Whether `decodeURIComponent` takes the text. Anybody may send thousands of names that it does not, and an error each costs much. */
function isDecodable(text: string): boolean {
  if (/%(?![0-9a-f]{2})/i.test(text)) return false;
  const runs = text.match(/(?:%[89a-f][0-9a-f])+/gi) ?? [];
  return runs.every((run) => isUtf8(Buffer.from(run.replaceAll("%", ""), "hex")));
}

/** Whether every store and page can hold the text: it has no NUL and no half of a character. */
export function isReadable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
