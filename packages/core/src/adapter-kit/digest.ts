import { createHmac, hash } from "node:crypto";

/** Algorithms that gateways sign with. MD5 and SHA-1 are broken; use them only if a gateway supports nothing better. */
export type DigestAlgorithm = (typeof ALGORITHMS)[number];
const ALGORITHMS = ["md5", "sha1", "sha256", "sha384", "sha512"] as const;

/** The text form of a digest. `HEX` has upper-case letters. `base64` is padded, `base64url` is not. */
export type DigestText = "hex" | "HEX" | "base64" | "base64url";

/**
 * Digests bytes, or a text as UTF-8. A gateway's signature over fields and a secret is
 * `digest("sha256", joinFields([…, secret], { separator: ";" }))`. Compare it with `equalsAny`.
 *
 * @param text form of the digest, see {@link DigestText}. Default `"hex"`
 * @throws TypeError for another algorithm
 */
export function digest(algorithm: DigestAlgorithm, data: string | Uint8Array, text: DigestText = "hex"): string {
  checkAlgorithm(algorithm);
  return text === "HEX" ? hash(algorithm, data, "hex").toUpperCase() : hash(algorithm, data, text);
}

/**
 * Computes the HMAC of bytes, or of a text as UTF-8. Most gateways sign the body as sent: pass `rawBody`, not the parsed body.
 *
 * @param key the bytes of the key, or a text whose UTF-8 bytes are the key. If the gateway gives the key in hex or base64 and uses it
 * decoded, the adapter must decode it
 * @param text form of the digest, see {@link DigestText}. Default `"hex"`
 * @throws TypeError for another algorithm
 */
export function hmac(
  algorithm: DigestAlgorithm,
  key: string | Uint8Array,
  data: string | Uint8Array,
  text: DigestText = "hex",
): string {
  checkAlgorithm(algorithm);
  const mac = createHmac(algorithm, key).update(data);
  return text === "HEX" ? mac.digest("hex").toUpperCase() : mac.digest(text);
}

function checkAlgorithm(algorithm: DigestAlgorithm): void {
  if (!ALGORITHMS.includes(algorithm)) throw new TypeError(`algorithm must be one of ${ALGORITHMS.join(", ")}.`);
}
