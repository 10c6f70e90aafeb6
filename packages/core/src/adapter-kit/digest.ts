import { createHmac, hash } from "node:crypto";

/** What gateways sign with. MD5 and SHA-1 are broken for much else: only for gateways that know nothing better. */
export type DigestAlgorithm = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

/** How the digest is written. `HEX` has upper-case letters. `base64` is padded, `base64url` is not. */
export type DigestText = "hex" | "HEX" | "base64" | "base64url";

/**
 * The digest of bytes or of a text, whose bytes are its UTF-8. A gateway's signature over fields and a secret is
 * `digest("sha256", joinFields([…, secret], { separator: ";" }))`; compare it with `equalsAny`.
 *
 * @param text how it is written, see {@link DigestText}. Default `"hex"`
 */
export function digest(algorithm: DigestAlgorithm, data: string | Uint8Array, text: DigestText = "hex"): string {
  return text === "HEX" ? hash(algorithm, data, "hex").toUpperCase() : hash(algorithm, data, text);
}

/**
 * The HMAC of bytes or of a text, whose bytes are its UTF-8. What a gateway signs is mostly the body as it came: give
 * `rawBody`, not what was read from it.
 *
 * @param key the key's bytes, or a text whose UTF-8 is the key. A key that the gateway hands out in hex or base64 and uses
 * decoded has to be decoded by the adapter
 * @param text how it is written, see {@link DigestText}. Default `"hex"`
 */
export function hmac(
  algorithm: DigestAlgorithm,
  key: string | Uint8Array,
  data: string | Uint8Array,
  text: DigestText = "hex",
): string {
  const mac = createHmac(algorithm, key).update(data);
  return text === "HEX" ? mac.digest("hex").toUpperCase() : mac.digest(text);
}
