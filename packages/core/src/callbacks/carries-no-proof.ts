import type { AnyProvider } from "../contract/providers.ts";

/** True if callbacks carry no proof of origin: Pay then records only the gateway's own answer to a question. */
export function carriesNoProof({ traits: { callback } }: Pick<AnyProvider, "traits">): boolean {
  return callback.authentication.every((proof) => proof === "verify-by-retrieve");
}
