import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { PayError } from "../model/errors.ts";

/** A key that verifies tokens. The functions here make it. It is a KeyObject, so that no inspection prints the key. */
export interface JwsKey {
  readonly key: KeyObject;
  /** The key's `kid`. The key is tried for tokens with this `kid`, and for tokens without one. */
  readonly id?: string;
  /** The only algorithm that the key is for. @default any that fits the key */
  readonly algorithm?: string;
}

/**
 * Makes a key from a shared secret, for `HS256`, `HS384` and `HS512` only.
 *
 * @param field name of the option, for the error
 * @throws PayError `INVALID_CONFIG`
 */
export function jwsSecret(secret: string | Uint8Array, field = "secret"): JwsKey {
  const bytes = typeof secret === "string" ? Buffer.from(secret) : secret;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw badKey(field, "a shared secret");
  // A public key is no secret: anyone who has it could sign with it.
  if (Buffer.from(bytes).includes("-----BEGIN ")) throw badKey(field, "a shared secret; a key in PEM is not one");
  return { key: createSecretKey(bytes) };
}

/**
 * Makes a key from a public key or a certificate in PEM. Only the certificate's key is used: it is trusted because the option holds it,
 * until the option changes.
 *
 * @param field name of the option, for the error
 * @throws PayError `INVALID_CONFIG`, also for a private key, which a shop must not have
 */
export function jwsPublicKey(pem: string, field = "publicKey"): JwsKey {
  if (typeof pem !== "string" || pem.includes("PRIVATE KEY")) throw badKey(field, WANTED);
  return { key: publicKey(pem, field, WANTED) };
}

/**
 * Reads the signature keys of a JSON Web Key Set (RFC 7517). A token with a `kid` is tried with the key of this id only. Keys of unknown
 * types or curves are left out, as the RFC requires, so that a gateway may add such keys.
 *
 * @param field name of the option, for the error
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
    // OpenSSL's error may quote its input.
    throw badKey(field, wanted);
  }
}

function badKey(field: string, wanted: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} must be ${wanted}.`, { field });
}
