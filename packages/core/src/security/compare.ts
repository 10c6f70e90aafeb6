import { hash, timingSafeEqual } from "node:crypto";

/**
 * Compares two secrets in constant time. Both are hashed first, so neither their length nor the place of the first
 * difference shows, and lengths need not match. Hashed as UTF-16: in UTF-8 all lone surrogates would be one and the same.
 */
export function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return hash("sha256", Buffer.from(text, "utf16le"), "buffer");
}
