import type { PaymentId } from "../model/ids.ts";
import type { Key, Keyring } from "./keyring.ts";
import { macOver, verifyToken } from "./tokens.ts";

/** Makes the last part of a payment's own callback address: the key's id and a MAC over version, configured name and payment. */
export function callbackToken(key: Key, providerName: string, paymentId: PaymentId): string {
  return `${key.id}.${macOver(key.callback, providerName, paymentId)}`;
}

/** Tests whether one of our keys made the token for exactly this configured name and payment. */
export function verifyCallbackToken(
  keyring: Keyring,
  providerName: string,
  paymentId: PaymentId,
  token: string,
): boolean {
  return verifyToken(keyring, token, (key) => macOver(key.callback, providerName, paymentId));
}
