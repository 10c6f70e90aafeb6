const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** On every response, also on empty ones. */
const HEADERS: readonly (readonly [string, string])[] = [
  ["content-security-policy", POLICY],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cache-control", "no-store"],
];

export function withHeaders(response: Response): Response {
  for (const [name, value] of HEADERS) response.headers.set(name, value);
  return response;
}

/**
 * True if the browser states that a page of this origin sent the form. With `no-referrer` its `Origin` is `null`, so
 * `Sec-Fetch-Site` decides if it is present. Every current browser sends it over https and to localhost.
 */
export function isOwnForm(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const isOwnOrigin = origin !== null && URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
  if (site !== null && site !== "same-origin") return false;
  if (origin !== null && origin !== "null" && !isOwnOrigin) return false;
  return site === "same-origin" || isOwnOrigin;
}
