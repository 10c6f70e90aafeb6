import { createHmac, timingSafeEqual } from "node:crypto";
import type { PaymentId } from "../model/ids.ts";
import type { Key, Keyring } from "./keyring.ts";

// A SHA-256 MAC in base64url. Compared as text, so that no second spelling of the same bits passes.
const TOKEN = /^([0-9a-f]{8})\.([A-Za-z0-9_-]{43})$/;

/** The last part of a payment's own callback address: the key's id and a MAC over version, instance and payment. */
export function callbackToken(key: Key, instance: string, paymentId: PaymentId): string {
  return `${key.id}.${mac(key, instance, paymentId)}`;
}

/** Whether the token was made by one of our keys for exactly this instance and payment. Constant time over the MAC. */
export function verifyCallbackToken(keyring: Keyring, instance: string, paymentId: PaymentId, token: string): boolean {
  const match = TOKEN.exec(token);
  const key = match === null ? undefined : keyring.find(match[1]!);
  if (match === null || key === undefined) return false;
  return timingSafeEqual(Buffer.from(mac(key, instance, paymentId)), Buffer.from(match[2]!));
}

function mac(key: Key, instance: string, paymentId: PaymentId): string {
  return createHmac("sha256", key.callback).update(`v1\0${instance}\0${paymentId}`).digest("base64url");
}
