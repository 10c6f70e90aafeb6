import { isIP } from "node:net";
import { PayError } from "../model/errors.ts";

/**
 * Whether an address may be trusted with a buyer or a callback: absolute, https, without credentials.
 * Plain http only to this machine, for simulators and development.
 */
export function isSafeAddress(text: string): boolean {
  return safeUrl(text) !== undefined;
}

/**
 * The address to send a buyer to, as a gateway gave it: https and without credentials. Where the gateway itself is a
 * simulator on this machine, its pages on this machine are let through as well.
 *
 * @returns `undefined` for any other; it is never fetched
 */
export function redirectAddress(text: string, gatewayUrl: string): string | undefined {
  const url = safeUrl(text);
  if (url?.protocol === "http:" && safeUrl(gatewayUrl)?.protocol !== "http:") return undefined;
  return url?.href;
}

/** Whether a gateway may be reached at an address: for the schema of an adapter's options, which tells all that is wrong at once. */
export function isGatewayAddress(text: string): boolean {
  return gatewayUrl(text) !== undefined;
}

/**
 * Checks the address of a gateway that an adapter was configured with, and takes final slashes off.
 *
 * @throws PayError `INVALID_CONFIG`
 */
export function gatewayAddress(text: string, field = "baseUrl"): string {
  const url = gatewayUrl(text);
  if (url === undefined) {
    throw new PayError(
      "INVALID_CONFIG",
      `${field} must be an https address without credentials or query (http only on this machine).`,
      { field },
    );
  }
  return url.href.replace(/\/+$/, "");
}

function gatewayUrl(text: string): URL | undefined {
  const url = safeUrl(text);
  return url === undefined || /[?#]/.test(url.href) ? undefined : url;
}

/** Whether the text is an IPv4 or IPv6 address, without port or zone. */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes("%");
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * `URL` also takes `https:host`, `https:///host`, backslashes, line breaks and spaces around, which others read otherwise:
 * the text must begin as an address does and be free of these.
 */
function safeUrl(text: unknown): URL | undefined {
  if (typeof text !== "string" || text.trim() !== text || !/^https?:\/\/[^/][^\p{Cc}\\]*$/iu.test(text))
    return undefined;
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  return url.protocol === "https:" || isLoopback(url.hostname) ? url : undefined;
}
