import type { MiddlewareHandler } from "hono";
import type { Links } from "./layout.ts";

/** Headers that restrict the shop's pages to the shop's own resources. */
export function headers({ gateways }: Links): MiddlewareHandler {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    // Chromium also applies it to the redirect that follows a form, which leads to a gateway.
    `form-action 'self' ${gateways}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return async (c, next) => {
    await next();
    c.header("content-security-policy", policy);
    c.header("referrer-policy", "no-referrer");
    c.header("x-content-type-options", "nosniff");
    c.header("cache-control", "no-store");
  };
}
