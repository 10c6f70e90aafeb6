import type { LookupFunction } from "node:net";

/** True if a URL's `hostname`, as WHATWG URL normalises it, is this machine: 127.0.0.0/8, `::1` or `localhost`. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Parses an absolute http(s) address. Returns null for anything else, including `javascript:` and relative addresses. White
 * space and control characters are refused; the URL parser would silently drop them.
 */
export function httpUrl(text: string): URL | null {
  if (/[\s\p{Cc}]/u.test(text)) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") ? url : null;
}

/** Says why the simulator must not call an address. Null if it may. */
export function callObjection(text: string): string | null {
  const url = httpUrl(text);
  if (url === null) return "must be an absolute http or https address";
  if (isLoopbackHost(url.hostname)) return null;
  return "must be on this machine: the simulator only calls loopback addresses (127.0.0.0/8, ::1, localhost)";
}

const ADDRESSES = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** Resolves `localhost` itself, so that no hosts file or name server can send a callback elsewhere. */
export const loopbackLookup: LookupFunction = (_hostname, options, callback) => {
  const usable = ADDRESSES.filter(({ family }) => !options.family || options.family === family);
  if (options.all) return callback(null, usable);
  callback(null, usable[0]!.address, usable[0]!.family);
};
