import type { MiddlewareHandler } from "hono";
import { isLoopbackHost } from "../engine/loopback.ts";

// No form-action, because Chromium also applies it to the redirect after a form, and the shop's return address may be any.
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Keeps foreign web pages out. Only a loopback `Host` is served, which prevents DNS rebinding. A request that changes
 * something, and any request to the control API, must come from the simulator's own pages or from no browser: a foreign
 * `Origin`, or a `Sec-Fetch-Site` that names another site, is refused with 403. Any page may link to the payment page,
 * because shops redirect to it.
 */
export function guard(): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host") ?? "";
    if (!isOwnHost(host)) return c.json({ error: "foreign_host", message: "Only a loopback Host is served" }, 403);
    const safe = c.req.method === "GET" || c.req.method === "HEAD";
    if (
      (!safe || c.req.path.startsWith("/api")) &&
      isForeign(host, c.req.header("origin"), c.req.header("sec-fetch-site"))
    ) {
      return c.json({ error: "foreign_origin", message: "Requests from other web pages are refused" }, 403);
    }
    await next();
    c.header("content-security-policy", POLICY);
    c.header("x-content-type-options", "nosniff");
    // Not no-referrer, because browsers would then send "Origin: null" when the page posts its own form.
    c.header("referrer-policy", "same-origin");
    c.header("cache-control", "no-store");
  };
}

function isOwnHost(host: string): boolean {
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return false;
  return isLoopbackHost(new URL(`http://${host}`).hostname);
}

function isForeign(host: string, origin: string | undefined, site: string | undefined): boolean {
  if (origin !== undefined && origin !== `http://${host}`) return true;
  return site !== undefined && site !== "same-origin" && site !== "none";
}
