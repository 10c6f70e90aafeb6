import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Key, Keyring } from "./keyring.ts";

// A SHA-256 MAC in base64url. It is compared as text, so that no second spelling of the same bits passes.
const TOKEN = /^([0-9a-f]{8})\.([A-Za-z0-9_-]{43})$/;

/** HMAC-SHA256 over a version and parts without NUL, in base64url: 43 characters. */
export function macOver(key: KeyObject, ...parts: readonly string[]): string {
  return createHmac("sha256", key)
    .update(["v1", ...parts].join("\0"))
    .digest("base64url");
}

/** Whether the token has the form of one of ours, but of a key that is not configured: nothing tells whether we made it. */
export function isOfMissingKey(keyring: Keyring, token: string): boolean {
  const match = TOKEN.exec(token);
  return match !== null && keyring.find(match[1]!) === undefined;
}

/** Tests whether the token consists of the id of one of our keys and the result of `mac` with it. Constant time over the MAC. */
export function verifyToken(keyring: Keyring, token: string, mac: (key: Key) => string): boolean {
  const match = TOKEN.exec(token);
  const key = match === null ? undefined : keyring.find(match[1]!);
  if (match === null || key === undefined) return false;
  return timingSafeEqual(Buffer.from(mac(key)), Buffer.from(match[2]!));
}
