import type { PaymentId } from "../model/ids.ts";
import type { Key, Keyring } from "./keyring.ts";
import { macOver, verifyToken } from "./tokens.ts";

/** The last part of a payment's own callback address: the key's id and a MAC over version, instance and payment. */
export function callbackToken(key: Key, providerName: string, paymentId: PaymentId): string {
  return `${key.id}.${macOver(key.callback, providerName, paymentId)}`;
}

/** Whether the token was made by one of our keys for exactly this instance and payment. */
export function verifyCallbackToken(
  keyring: Keyring,
  providerName: string,
  paymentId: PaymentId,
  token: string,
): boolean {
  return verifyToken(keyring, token, (key) => macOver(key.callback, providerName, paymentId));
}
