import { isIP } from "node:net";
import { PayError } from "../model/errors.ts";

/**
 * Tests whether an address is safe for a buyer or a callback: absolute, https, without credentials. Plain http is allowed for this
 * machine only, for simulators and development.
 */
export function isSafeAddress(text: string): boolean {
  return safeUrl(text) !== undefined;
}

/**
 * Checks the address that a gateway wants the buyer sent to: https and without credentials. If the gateway itself is a simulator on this
 * machine, plain http addresses of this machine pass too.
 *
 * @returns the address, never fetched, or `undefined` if it is not safe
 */
export function redirectAddress(text: string, gatewayUrl: string): string | undefined {
  const url = safeUrl(text);
  if (url?.protocol === "http:" && safeUrl(gatewayUrl)?.protocol !== "http:") return undefined;
  return url?.href;
}

/** Tests the address of a gateway without throwing: for the schema of an adapter's options, which reports all mistakes at once. */
export function isGatewayAddress(text: string): boolean {
  return gatewayUrl(text) !== undefined;
}

/**
 * Checks the gateway address in an adapter's options, and removes final slashes.
 *
 * @throws PayError `INVALID_CONFIG` naming `field`
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
  return url.href.replace(/(?<!\/)\/+$/, "");
}

function gatewayUrl(text: string): URL | undefined {
  const url = safeUrl(text);
  return url === undefined || /[?#]/.test(url.href) ? undefined : url;
}

/** Tests whether the text is an IPv4 or IPv6 address, without port or zone. */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes("%");
}

/**
 * Returns the one spelling by which two texts of the same address are equal, or `undefined` if the text is no address. An IPv4 client on a
 * socket for both versions, such as `::ffff:cb00:7107`, is shown as IPv4, as the gateway sees it itself.
 */
export function ipAddress(text: string): string | undefined {
  if (!isIpAddress(text)) return undefined;
  if (isIP(text) === 4) return text;
  // `URL` writes IPv6 as RFC 5952 does, in every runtime.
  const spelling = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(spelling);
  if (mapped === null) return spelling;
  return mapped
    .slice(1)
    .map((digits) => Number.parseInt(digits, 16))
    .map((number) => `${number >> 8}.${number & 255}`)
    .join(".");
}

/** @param hostname as `URL` writes it */
function isLoopback(hostname: string): boolean {
  if (hostname === "localhost" || hostname === "[::1]") return true;
  return /^127(\.\d{1,3}){3}$/.test(ipAddress(hostname.replace(/[[\]]/g, "")) ?? "");
}

/**
 * `URL` also accepts `https:host`, `https:///host`, backslashes, line breaks and surrounding spaces, which other parsers read
 * differently. The text must start like an address and contain none of these, nor U+FFFD, which stands for unreadable bytes.
 */
function safeUrl(text: unknown): URL | undefined {
  if (typeof text !== "string" || text.trim() !== text || !/^https?:\/\/[^/\ufffd][^\p{Cc}\\\ufffd]*$/iu.test(text))
    return undefined;
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  return url.protocol === "https:" || isLoopback(url.hostname) ? url : undefined;
}
