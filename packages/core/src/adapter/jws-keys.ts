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
 * one alone.
 *
 * @param field the option's name, for the error
 * @throws PayError `INVALID_CONFIG`
 */
export function jwsKeySet(set: { readonly keys: readonly JsonWebKey[] }, field = "keySet"): readonly JwsKey[] {
  if (!Array.isArray(set?.keys)) throw badKey(field, "a JSON Web Key Set");
  return set.keys
    .filter(({ use }) => use === undefined || use === "sig")
    .map((jwk, at) => {
      const wanted = "a public JSON Web Key";
      const name = `${field}.keys.${at}`;
      if (jwk.d !== undefined) throw badKey(name, wanted);
      return {
        key: publicKey({ key: jwk, format: "jwk" }, name, wanted),
        ...(typeof jwk.kid === "string" && { id: jwk.kid }),
        ...(typeof jwk.alg === "string" && { algorithm: jwk.alg }),
      };
    });
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
