import type { RefusalReason, RefusedCallbacks } from "../contract/health.ts";
import type { LimitedLogger } from "../runtime/limited-log.ts";

/** What the operator can do. */
const REMEDIES: Readonly<Record<RefusalReason, string>> = {
  not_http:
    "If a gateway called: its request is not HTTP as Node reads it, e.g. a letter such as ł stands in the address as it is, or the head is over 16 KiB. Let a proxy in front encode it.",
  bad_address:
    "If a gateway called: the request has several Host headers, a Host that is no host, or an address in its first line that is no path. Let the proxy in front send one host (nginx: proxy_set_header Host $host) and the path.",
  too_many_connections:
    "The server had more connections than maxConnections, or than maxConnectionsPerAddress from one address, and closed some without an answer. If no attack is under way, raise the limit. Else limit the connections of an address in front (nginx: limit_conn).",
  unknown_address:
    "If a gateway calls this address: compare its path with the callback address of the provider, and keep a rotated secret in the list until its payments are closed.",
  wrong_base_path:
    "The server or a proxy strips or changes the path: mount Pay so that paths arrive as baseUrl has them (Express: app.use(handler), not app.use(path, handler)).",
  wrong_method:
    "If the gateway called: a redirect, e.g. from http to https, turns POST into GET. Give the gateway the final address.",
  not_running: "Call pay.start() before the server listens, and stop the server before pay.close().",
  body_already_read:
    "A body parser, such as express.json(), read the body before Pay could check its bytes: mount Pay's handler before it.",
  body_too_large:
    "Gateways send a few hundred bytes, and Pay reads 64 KiB. If a gateway sent more, report it to the author of its adapter.",
  body_broken_off:
    "The sender hung up before the body was whole. If it was a gateway, it sends the callback again; if it often happens, look at the network and at the time limits of the proxy in front.",
  body_encoding:
    "If a gateway or a proxy in front sent it: the body is not packed as its content-encoding says, or in a way that Pay does not know. Let the proxy pass the body on as it came, or send none but gzip, deflate and br.",
  body_too_slow:
    "If the gateway called: let the proxy in front receive the whole body first (nginx: proxy_request_buffering on).",
  unauthenticated:
    "If the gateway called: the key, or the account, in the provider's options is not the one in the gateway's panel.",
  not_verified:
    "The callback carries no proof, and the gateway that was asked did not answer: the log says why, e.g. a wrong key. Or many such callbacks came at once. Pay asks again when the gateway sends the callback again, and at the payment's deadline.",
  malformed:
    "If the gateway called: it sends something that its adapter does not know. onHttpExchange shows the callback.",
  unknown_payment:
    "The callback names no payment of this account in the store. If its gateway sent it: is it the right database?",
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
      rarely.warn("Callbacks were not acknowledged.", { ...refused, remedy: REMEDIES[reason] });
    },
    counts: () => [...counted.values()],
  };
}
