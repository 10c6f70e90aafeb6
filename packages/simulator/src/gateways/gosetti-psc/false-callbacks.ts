import type { Random } from "../../engine/random.ts";
import type { FalseCallbacks } from "../gateway.ts";
import { callbackRequest } from "./callbacks.ts";
import type { GosettiTypes } from "./model.ts";

/** A callback proves its origin by the token in the shop's callback address: a false one calls another address. */
export function createFalseCallbacks(random: Random): FalseCallbacks<GosettiTypes> {
  return {
    wrong_secret(payment) {
      const address = withWrongToken(payment.details.callbackUrl, random);
      if (address !== null) return callbackRequest(payment, address);
      return { kind: "impossible", reason: "the callback address has no token that could be wrong" };
    },
    foreign_token(payment, other) {
      if (other !== undefined) return callbackRequest(payment, other.details.callbackUrl);
      return { kind: "impossible", reason: "there is no other payment of this gateway" };
    },
  };
}

function withWrongToken(address: string, random: Random): string | null {
  const token = tokenOf(address);
  if (token === null) return null;
  const index = address.lastIndexOf(token);
  return address.slice(0, index) + random.unlike(token) + address.slice(index + token.length);
}

/** The longest run of at least eight letters and digits behind the host, which is most likely the shop's token. */
function tokenOf(address: string): string | null {
  const host = /^https?:\/\/[^/?#]*/.exec(address)?.[0] ?? "";
  const runs = address.slice(host.length).match(/[\w-]{8,}/g) ?? [];
  return runs.reduce<string | null>((longest, run) => (run.length > (longest?.length ?? 0) ? run : longest), null);
}
