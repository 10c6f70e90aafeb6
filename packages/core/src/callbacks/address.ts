import type { Context } from "../context.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { type PaymentId, parsePaymentId } from "../model/ids.ts";
import { callbackToken, verifyCallbackToken } from "../security/callback-tokens.ts";

/**
 * The address that a gateway calls back: `{baseUrl}/callbacks/{providerName}`, followed by `/{paymentId}/{token}` where the address
 * itself proves the caller.
 */
export function callbackAddress(
  { baseUrl, keyring }: Pick<Context, "baseUrl" | "keyring">,
  providerName: string,
  paymentId: PaymentId,
  provider: AnyProvider,
): string {
  const fixed = `${baseUrl}/callbacks/${providerName}`;
  if (!hasOwnAddresses(provider)) return fixed;
  return `${fixed}/${paymentId}/${callbackToken(keyring.current, providerName, paymentId)}`;
}

/**
 * Reads the part of a callback's address that follows the provider name, and authenticates the address of one payment by its MAC. Returns
 * the payment of such an address, an empty object for a provider's fixed address, and `undefined` for an address that Pay does not serve.
 */
export function authenticateAddress(
  { keyring }: Pick<Context, "keyring">,
  providerName: string,
  provider: AnyProvider,
  id: string | undefined,
  token: string | undefined,
): { readonly paymentId?: PaymentId } | undefined {
  if (!hasOwnAddresses(provider)) return id === undefined ? {} : undefined;
  const paymentId = id === undefined ? undefined : parsePaymentId(id);
  if (paymentId === undefined || token === undefined) return undefined;
  return verifyCallbackToken(keyring, providerName, paymentId, token) ? { paymentId } : undefined;
}

/** Whether each payment has a callback address of its own, which only the gateway learns. */
export function hasOwnAddresses({ traits }: Pick<AnyProvider, "traits">): boolean {
  return traits.callback.correlation === "callback-url";
}

/**
 * Returns a path in the form in which two spellings of it are equal (RFC 3986, section 6.2.2): unreserved characters as they are, other
 * encoded ones with capital digits, and no slash that is doubled or final. `..` is not resolved, so no address contains it.
 */
export function normalPath(path: string): string {
  if (!/%|\/\/|\/$/.test(path)) return path;
  return path
    .replace(/%[\da-f]{2}/gi, normalCharacter)
    .replace(/\/+/g, "/")
    .replace(/\/$/, "");
}

function normalCharacter(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return /[\w.~-]/.test(character) ? character : encoded.toUpperCase();
}
