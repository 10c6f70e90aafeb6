import { createHmac, timingSafeEqual } from "node:crypto";

/** A form is valid for a working day. */
const LIFETIME_MS = 12 * 3_600_000;

/** Tokens that prove that this console served the form to this operator recently. */
export interface Tokens {
  make(operator: string): string;
  isValid(token: string, operator: string): boolean;
}

export function createTokens(key: string | Uint8Array, now: () => number): Tokens {
  const sign = (operator: string, expires: string) =>
    createHmac("sha256", key).update(`pay console form\n${expires}\n${operator}`).digest();
  return {
    make(operator) {
      const expires = String(now() + LIFETIME_MS);
      return `${expires}.${sign(operator, expires).toString("base64url")}`;
    },
    isValid(token, operator) {
      const [, expires = "", mac = ""] = /^(\d{1,16})\.([\w-]{43})$/.exec(token) ?? [];
      const given = Buffer.from(mac, "base64url");
      const right = sign(operator, expires);
      return given.length === right.length && timingSafeEqual(given, right) && now() < Number(expires);
    },
  };
}
