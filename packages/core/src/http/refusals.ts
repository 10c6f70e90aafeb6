import type { RefusalReason, RefusedCallbacks } from "../contract/health.ts";
import type { LimitedLogger } from "../runtime/limited-log.ts";

/** What the operator can do, where that is known. */
const REMEDIES: Readonly<Partial<Record<RefusalReason, string>>> = {
  not_http:
    "If a gateway called: its request is not HTTP as Node reads it, e.g. a letter such as ł stands in the address as it is, or the head is over 16 KiB. Let a proxy in front encode it.",
  bad_address:
    "If a gateway called: the request has several Host headers, a Host that is no host, or an address in its first line that is no path. Let the proxy in front send one host (nginx: proxy_set_header Host $host) and the path.",
  unknown_address:
    "If a gateway calls this address: compare its path with the callback address of the provider, and keep a rotated secret in the list until its payments are closed.",
  wrong_base_path:
    "The server or a proxy strips or changes the path: mount Pay so that paths arrive as baseUrl has them (Express: app.use(handler), not app.use(path, handler)).",
  wrong_method:
    "If the gateway called: a redirect, e.g. from http to https, turns POST into GET. Give the gateway the final address.",
  not_running: "Call pay.start() before the server listens, and stop the server before pay.close().",
  body_already_read:
    "A body parser, such as express.json(), read the body before Pay could check its bytes: mount Pay's handler before it.",
  body_too_slow:
    "If the gateway called: let the proxy in front receive the whole body first (nginx: proxy_request_buffering on).",
  unauthenticated:
    "If the gateway called: the key, or the account, in the provider's options is not the one in the gateway's panel.",
  not_verified:
    "The callback carries no proof, and the gateway that was asked did not answer. The log says why, e.g. a wrong key. Pay asks again when the gateway sends the callback again, and at the payment's deadline.",
  malformed:
    "If the gateway called: it sends something that its adapter does not know. onHttpExchange shows the callback.",
  unknown_payment: "The payment is not in the store: is it the right database?",
  not_stored: "The log says why the store did not answer.",
  adapter_failed: "The adapter threw, or made a reply that HTTP cannot carry: report it to its author.",
};

/** Counts the answers at callback addresses that are no acknowledgement, and logs them at a bounded rate. */
export interface Refusals {
  add(refused: Omit<RefusedCallbacks, "count">): void;
  counts(): readonly RefusedCallbacks[];
}

export function createRefusals(rarely: LimitedLogger): Refusals {
  // Anybody can cause refusals, but not invent providers, statuses or reasons.
  const counted = new Map<string, RefusedCallbacks>();
  return {
    add(refused) {
      const { providerName = "", reason, status } = refused;
      const kind = `${providerName} ${status} ${reason}`;
      counted.set(kind, { ...refused, count: (counted.get(kind)?.count ?? 0) + 1 });
      const remedy = REMEDIES[reason];
      rarely.warn("Callbacks were not acknowledged.", { ...refused, ...(remedy !== undefined && { remedy }) });
    },
    counts: () => [...counted.values()],
  };
}
