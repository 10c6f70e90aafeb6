import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { PayError } from "../model/errors.ts";

/** A key that tokens are verified with. Made by the functions here; held as a KeyObject, which no inspection prints. */
export interface JwsKey {
  readonly key: KeyObject;
  /** Only tokens that name this key are tried with it, and those that name none. */
  readonly id?: string;
  /** The only algorithm it is for. */
  readonly algorithm?: string;
}

/**
 * A shared secret, for `HS256` and its like alone.
 *
 * @param field the option's name, for the error
 * @throws PayError `INVALID_CONFIG`
 */
export function jwsSecret(secret: string | Uint8Array, field = "secret"): JwsKey {
  const bytes = typeof secret === "string" ? Buffer.from(secret) : secret;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw badKey(field, "a shared secret");
  // What is published is nobody's secret: whoever has read it could sign.
  if (Buffer.from(bytes).includes("-----BEGIN ")) throw badKey(field, "a shared secret, and not a key in PEM");
  return { key: createSecretKey(bytes) };
}

/**
 * A public key or a certificate, as PEM. Of a certificate only the key counts: that the option holds it is what makes it
 * trusted, until the option is changed.
 *
 * @param field the option's name, for the error
 * @throws PayError `INVALID_CONFIG`, for a private key as well: it has no business in a shop
 */
export function jwsPublicKey(pem: string, field = "publicKey"): JwsKey {
  if (typeof pem !== "string" || pem.includes("PRIVATE KEY")) throw badKey(field, WANTED);
  return { key: publicKey(pem, field, WANTED) };
}

/**
 * The keys of a JSON Web Key Set (RFC 7517) that are for signatures. A token that names a key by `kid` is tried with that
 * one alone. Keys of kinds or curves not known here are left out, as the RFC wants it, so that a gateway may add some.
 *
 * @param field the option's name, for the error
 * @throws PayError `INVALID_CONFIG`
 */
export function jwsKeySet(set: { readonly keys: readonly JsonWebKey[] }, field = "keySet"): readonly JwsKey[] {
  if (!Array.isArray(set?.keys)) throw badKey(field, "a JSON Web Key Set");
  const keys = set.keys.flatMap((jwk: JsonWebKey, at) => {
    const wanted = "a public JSON Web Key";
    const name = `${field}.keys.${at}`;
    if (typeof jwk !== "object" || jwk === null) throw badKey(name, wanted);
    if (jwk.d !== undefined || jwk.k !== undefined || jwk.kty === "oct") throw badKey(name, wanted);
    if (!isForVerifying(jwk) || !isKnown(jwk)) return [];
    return {
      key: publicKey({ key: jwk, format: "jwk" }, name, wanted),
      ...(typeof jwk.kid === "string" && { id: jwk.kid }),
      ...(typeof jwk.alg === "string" && { algorithm: jwk.alg }),
    };
  });
  if (keys.length === 0) throw badKey(field, "a JSON Web Key Set with a key to verify signatures with");
  return keys;
}

const CURVES: ReadonlyMap<unknown, readonly unknown[]> = new Map([
  ["EC", ["P-256", "P-384", "P-521"]],
  ["OKP", ["Ed25519"]],
]);

const isKnown = ({ crv, kty }: JsonWebKey) => kty === "RSA" || CURVES.get(kty)?.includes(crv) === true;

function isForVerifying({ key_ops: operations, use }: JsonWebKey): boolean {
  const isOne = operations === undefined || (Array.isArray(operations) && operations.includes("verify"));
  return isOne && (use === undefined || use === "sig");
}

const WANTED = "a public key or a certificate in PEM";

function publicKey(from: Parameters<typeof createPublicKey>[0], field: string, wanted: string): KeyObject {
  try {
    return createPublicKey(from);
  } catch {
    // The error of OpenSSL may quote what it could not read.
    throw badKey(field, wanted);
  }
}

function badKey(field: string, wanted: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} must be ${wanted}.`, { field });
}
