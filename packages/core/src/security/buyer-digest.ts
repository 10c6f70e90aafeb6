import { type Keyring, keyedDigest } from "./keyring.ts";

/** Digest by which an unmatched notification and a payment of the same buyer find each other. */
export function buyerDigest(keyring: Keyring, email: string): string {
  return keyedDigest(keyring.current, "buyer-email", email.trim().toLowerCase());
}
