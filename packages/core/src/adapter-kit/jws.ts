import type { JwsKey } from "./jws-keys.ts";
import { parseStrictJson } from "./strict-json.ts";

/** Algorithms a gateway may sign with. `none` is not among them, and never verified. */
export type JwsAlgorithm =
  | `HS${256 | 384 | 512}`
  | `RS${256 | 384 | 512}`
  | `PS${256 | 384 | 512}`
  | `ES${256 | 384 | 512}`
  | "EdDSA"
  | "Ed25519";

export interface VerifyJws {
  /** Those of the gateway's document. A token that says another is not verified, whatever its signature. */
  readonly algorithms: readonly JwsAlgorithm[];
  /** Several while keys are changed. A secret is tried with `HS…` alone, public keys with everything else. */
  readonly keys: readonly JwsKey[];
  /**
   * What was signed, where the token leaves it out (`header..signature`, RFC 7515 appendix F): mostly the body as it came.
   * A token that brings a payload all the same must bring this one.
   */
  readonly payload?: Uint8Array;
}

export interface VerifiedJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Uint8Array;
}

/**
 * Verifies a JSON Web Signature in its compact form. Keys come from the adapter's options alone: addresses, certificates
 * and keys that a token itself brings (`jku`, `x5u`, `x5c`, `jwk`) are never fetched and never trusted.
 *
 * @returns `undefined` for whatever is not a token signed with one of the keys; it does not throw for any token
 */
export async function verifyJws(
  token: string | null | undefined,
  { algorithms, keys, payload }: VerifyJws,
): Promise<VerifiedJws | undefined> {
  const [whole = "", encodedHeader = "", brought = "", signature = ""] = COMPACT.exec(token ?? "") ?? [];
  if (whole === "" || !isOnlySpelling(signature) || !isOnlySpelling(brought)) return undefined;
  const header = readHeader(encodedHeader);
  const algorithm = algorithms.find((one) => one === header?.alg);
  if (header === undefined || algorithm === undefined) return undefined;
  const attached = Buffer.from(brought, "base64url");
  if (payload !== undefined && brought !== "" && !attached.equals(payload)) return undefined;
  const bytes = payload ?? attached;
  // RFC 7797: with `b64` false the bytes are signed as they are.
  const signed = header.b64 === false ? bytes : Buffer.from(bytes).toString("base64url");
  const jws = { protected: encodedHeader, payload: signed, signature };
  const candidates = keys.filter((key) => isFor(key, algorithm, header.kid));
  const fits = await Promise.all(candidates.map(({ key }) => verify(jws, key, algorithm)));
  return fits.includes(true) ? { header, payload: bytes } : undefined;
}

const COMPACT = /^([\w-]+)\.([\w-]*)\.([\w-]+)$/;

/** The spare bits of the last character would give one signature, or one payload, several spellings. */
function isOnlySpelling(encoded: string): boolean {
  return Buffer.from(encoded, "base64url").toString("base64url") === encoded;
}

/** The strict reader refuses a header with two `alg`, of which others take the first or the last. */
function readHeader(encoded: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const header = parseStrictJson(Buffer.from(encoded, "base64url"));
    return typeof header === "object" && header !== null ? { ...header } : undefined;
  } catch {
    return undefined;
  }
}

/** Never a secret's algorithm with a public key, which everybody knows. */
function isFor({ algorithm: only, id, key }: JwsKey, algorithm: JwsAlgorithm, kid: unknown): boolean {
  const isShared = algorithm.startsWith("HS");
  const isNamed = id === undefined || kid === undefined || id === kid;
  return isNamed && (only ?? algorithm) === algorithm && (key.type === "secret") === isShared;
}

async function verify(
  jws: { readonly protected: string; readonly payload: string | Uint8Array; readonly signature: string },
  key: JwsKey["key"],
  algorithm: JwsAlgorithm,
): Promise<boolean> {
  // Loaded by those who use it: most gateways sign without it.
  const { flattenedVerify } = await import("jose");
  try {
    await flattenedVerify(jws, key, { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}
