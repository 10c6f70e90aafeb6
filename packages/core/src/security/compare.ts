import { hash, timingSafeEqual } from "node:crypto";

/**
 * Compares two secrets in constant time. Both are hashed first, so neither their length nor the place of the first
 * difference shows, and lengths need not match. Hashed as UTF-16: in UTF-8 all lone surrogates would be one and the same.
 */
export function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * Whether what a callback brought is one of the texts it may be: a secret, or the signature made with each key while keys
 * are changed. Every one is compared, in constant time, so that the time taken does not tell which fits. Texts must be
 * equal to the letter: a signature in another case, encoding or length is just another text.
 *
 * @param given absent or empty is equal to nothing, not even to an empty text
 */
export function equalsAny(given: string | null | undefined, expected: readonly string[]): boolean {
  const own = digest(given ?? "");
  const isEqual = digestsOf(expected)
    .map((text) => timingSafeEqual(own, text))
    .includes(true);
  return isEqual && Boolean(given);
}

/** Of frozen lists, which are an adapter's secrets: any other may hold something else the next time. */
const known = new WeakMap<readonly string[], readonly Buffer[]>();

function digestsOf(texts: readonly string[]): readonly Buffer[] {
  if (!Object.isFrozen(texts)) return texts.map(digest);
  const digests = known.get(texts) ?? texts.map(digest);
  known.set(texts, digests);
  return digests;
}

/** By way of a text: the buffer that `hash` would give has memory of its own, which costs more than the digest. */
function digest(text: string): Buffer {
  return Buffer.from(hash("sha256", Buffer.from(text, "utf16le"), "binary"), "binary");
}
