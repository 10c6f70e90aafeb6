import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from "node:crypto";
import { givenTextRemedy } from "../adapter-kit/given-text.ts";
import { PayError } from "../model/errors.ts";

/** Keys derived from one configured secret. They are KeyObjects, which no inspection prints. */
export interface Key {
  /** Eight hex digits that name the key in addresses and rows, and reveal nothing about it. */
  readonly id: string;
  /** Signs callback addresses. */
  readonly callback: KeyObject;
  /** Makes digests of buyer and request fields. */
  readonly digest: KeyObject;
  /** Encrypts forms that wait for the buyer's browser. */
  readonly form: KeyObject;
  /** Signs the addresses of these forms. */
  readonly formAddress: KeyObject;
}

/** The configured secrets: the first signs, all verify. */
export interface Keyring {
  readonly current: Key;
  find(id: string): Key | undefined;
}

const MINIMUM_LENGTH = 32;
const RANDOM = `must be a random text of at least ${MINIMUM_LENGTH} characters, e.g. from openssl rand -hex 32`;

/** Returns what is wrong with a secret, or `undefined`. Anyone who can guess the secret can make callback addresses. */
export function secretRemedy(secret: unknown): string | undefined {
  if (typeof secret !== "string") return RANDOM;
  const copied = givenTextRemedy(secret);
  if (copied !== undefined && secret !== "") return copied;
  return secret.length < MINIMUM_LENGTH || new Set(secret).size === 1 ? RANDOM : undefined;
}

/**
 * @param secret one random text of at least 32 characters, or several for rotation, newest first
 * @throws PayError `INVALID_CONFIG`
 */
export function createKeyring(secret: string | readonly string[]): Keyring {
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (!Array.isArray(secrets) || secrets.length === 0) throw badSecret("secret", RANDOM);
  const keys = secrets.map((text, at) => {
    const remedy = secretRemedy(text);
    if (remedy !== undefined) throw badSecret(secrets === secret ? `secret.${at}` : "secret", remedy);
    return deriveKey(text);
  });
  const byId = new Map(keys.map((key) => [key.id, key]));
  return { current: keys[0]!, find: (id) => byId.get(id) };
}

/** Makes a keyed digest of a text, to compare what must not be stored. 22 characters. */
export function keyedDigest(key: Key, purpose: string, text: string): string {
  return createHmac("sha256", key.digest).update(`${purpose}\0${text}`).digest("base64url").slice(0, 22);
}

function deriveKey(secret: string): Key {
  const derive = (purpose: string) => Buffer.from(hkdfSync("sha256", secret, "", `pay/${purpose}/v1`, 32));
  return {
    id: hash("sha256", derive("key-id"), "hex").slice(0, 8),
    callback: createSecretKey(derive("callback")),
    digest: createSecretKey(derive("digest")),
    form: createSecretKey(derive("form")),
    formAddress: createSecretKey(derive("form-address")),
  };
}

function badSecret(field: string, remedy: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} ${remedy}.`, { field });
}
