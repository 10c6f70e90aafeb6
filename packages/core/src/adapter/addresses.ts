import { isIP } from "node:net";
import { PayError } from "../model/errors.ts";

/**
 * Whether an address may be trusted with a buyer or a callback: absolute, https, without credentials.
 * Plain http only to this machine, for simulators and development.
 */
export function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

/**
 * The address to send a buyer to, as a gateway gave it: https and without credentials. Where the gateway itself is a
 * simulator on this machine, its pages on this machine are let through as well.
 *
 * @returns `undefined` for any other; it is never fetched
 */
export function redirectAddress(text: string, gatewayUrl: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !isSafeAddress(text)) return undefined;
  const gateway = URL.parse(gatewayUrl);
  const local = url.protocol === "http:";
  if (local && (gateway?.protocol !== "http:" || !isLoopback(gateway.hostname))) return undefined;
  return url.href;
}

/**
 * Checks the address of a gateway that an adapter was configured with, and takes a final slash off.
 *
 * @throws PayError `INVALID_CONFIG`
 */
export function gatewayAddress(text: string, field = "baseUrl"): string {
  const url = typeof text === "string" && isSafeAddress(text) ? URL.parse(text) : null;
  if (url === null || url.search !== "" || url.hash !== "") {
    throw new PayError(
      "INVALID_CONFIG",
      `${field} must be an https address without credentials or query (http only on this machine).`,
      { field },
    );
  }
  return url.href.replace(/\/+$/, "");
}

/** Whether the text is an IPv4 or IPv6 address, without port or zone. */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes("%");
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
