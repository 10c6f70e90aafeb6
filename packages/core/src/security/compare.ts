import { hash, timingSafeEqual } from "node:crypto";

/**
 * Compares two secrets in constant time. It hashes both first, so that neither their length nor the place of the first difference shows,
 * and lengths may differ. It hashes UTF-16, since UTF-8 would make all lone surrogates equal.
 */
export function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * Tests whether a text of a callback is one of the expected texts: a secret, or the signatures by each key while keys are rotated. It
 * compares with every text, in constant time, so that the time does not show which one is equal. Texts must be equal to the letter: a
 * signature in another case, encoding or length is another text.
 *
 * @param given absent or empty equals nothing, not even an empty text
 */
export function equalsAny(given: string | null | undefined, expected: readonly string[]): boolean {
  const own = digest(given ?? "");
  const isEqual = digestsOf(expected)
    .map((text) => timingSafeEqual(own, text))
    .includes(true);
  return isEqual && Boolean(given);
}

/** Only for frozen lists, such as an adapter's secrets; any other list may change. */
const known = new WeakMap<readonly string[], readonly Buffer[]>();

function digestsOf(texts: readonly string[]): readonly Buffer[] {
  if (!Object.isFrozen(texts)) return texts.map(digest);
  const digests = known.get(texts) ?? texts.map(digest);
  known.set(texts, digests);
  return digests;
}

/** Goes through a text, since the buffer that `hash` returns allocates memory of its own, which costs more than the digest. */
function digest(text: string): Buffer {
  return Buffer.from(hash("sha256", Buffer.from(text, "utf16le"), "binary"), "binary");
}
