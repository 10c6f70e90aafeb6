import type { JwsKey } from "./jws-keys.ts";
import { parseStrictJson } from "./strict-json.ts";

/** Algorithms that a gateway may sign with. `none` is never accepted. */
export type JwsAlgorithm =
  | `HS${256 | 384 | 512}`
  | `RS${256 | 384 | 512}`
  | `PS${256 | 384 | 512}`
  | `ES${256 | 384 | 512}`
  | "EdDSA"
  | "Ed25519";

export interface VerifyJws {
  /** The algorithms in the gateway's documentation. A token with another algorithm is refused, whatever its signature. */
  readonly algorithms: readonly JwsAlgorithm[];
  /** Several while keys are rotated. A secret is tried for `HS…` only, a public key for all other algorithms. */
  readonly keys: readonly JwsKey[];
  /**
   * The signed bytes, if the token leaves them out (`header..signature`, RFC 7515 appendix F): usually the body as received. If the token
   * has a payload too, it must equal these bytes.
   */
  readonly payload?: Uint8Array;
}

export interface VerifiedJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Uint8Array;
}

/**
 * Verifies a JSON Web Signature in compact form. All keys come from the adapter's options: addresses, certificates and keys inside a token
 * (`jku`, `x5u`, `x5c`, `jwk`) are never fetched and never trusted.
 *
 * @returns `undefined` unless the token is signed with one of the keys. It throws for no token
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
  // RFC 7797: with `b64` false, the signature covers the bytes unencoded.
  const signed = header.b64 === false ? bytes : Buffer.from(bytes).toString("base64url");
  const jws = { protected: encodedHeader, payload: signed, signature };
  const candidates = keys.filter((key) => isFor(key, algorithm, header.kid));
  const fits = await Promise.all(candidates.map(({ key }) => verify(jws, key, algorithm)));
  return fits.includes(true) ? { header, payload: bytes } : undefined;
}

const COMPACT = /^([\w-]+)\.([\w-]*)\.([\w-]+)$/;

/** Spare bits in the last character would allow several spellings of one signature or payload. */
function isOnlySpelling(encoded: string): boolean {
  return Buffer.from(encoded, "base64url").toString("base64url") === encoded;
}

/** Strict, since other readers take the first or the last of two `alg`. */
function readHeader(encoded: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const header = parseStrictJson(Buffer.from(encoded, "base64url"));
    return typeof header === "object" && header !== null ? { ...header } : undefined;
  } catch {
    return undefined;
  }
}

/** A secret's algorithm must never verify with a public key, which is known to everyone. */
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
  // Loaded on first use, since most gateways sign without it.
  const { flattenedVerify } = await import("jose");
  try {
    await flattenedVerify(jws, key, { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}
