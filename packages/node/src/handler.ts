import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, type Http2Bindings, type HttpBindings, RequestError } from "@hono/node-server";
import { bridge, isPlain, isTouched, NO_HOST, type RawRequest, type RawResponse } from "./bridge.ts";

/** What can be mounted: a Pay, or any object with a `fetch`, such as one that guards Pay's own. */
export interface Mountable {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Used for ordinary requests, if present, because it is faster. */
  readonly handle?: ((request: RawRequest) => Promise<RawResponse>) & {
    /** Gets the status of each answer to what could not be read as a request. */
    readonly unreadable?: (status: number) => void;
  };
}

export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * Serves a Pay as a listener of `node:http`, alone or for the paths under `baseUrl` of a server of your own. Pay itself answers 413 to a
 * body over 64 KiB and 408 to a slow one; `limitServer` sets what only a server can limit. Mount it before any body parser: to a body that
 * other code has read, Pay answers 500 and logs the remedy, because no bytes are left to check.
 *
 * @throws TypeError if there is no `fetch` function, for example on a promise that was not awaited
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import type { Pay } from "@pay/core";
 * import { limitServer, toNodeHandler } from "@pay/node";
 *
 * declare const pay: Pay;
 * limitServer(createServer(toNodeHandler(pay))).listen(3000);
 * ```
 */
export function toNodeHandler(pay: Mountable): NodeHandler {
  checkMountable(pay);
  const fetching = (request: Request, { incoming }: HttpBindings | Http2Bindings) =>
    pay.fetch(isTouched(incoming) ? withoutBody(request) : request);
  const listener = getRequestListener(fetching, {
    hostname: NO_HOST,
    // The app's own Request and Response stay as they are.
    overrideGlobalObjects: false,
    // The client learns only which side failed.
    errorHandler(error) {
      if (!(error instanceof RequestError)) return new Response("Internal error", { status: 500 });
      pay.handle?.unreadable?.(400);
      return new Response("Bad request", { status: 400 });
    },
  });
  return (incoming, outgoing) => {
    const { fetch, handle } = pay;
    // The `fetch` of a guard is not the one that `handle` belongs to.
    const isUnguarded = handle !== undefined && (!("fetch" in handle) || handle.fetch === fetch);
    void (isUnguarded && isPlain(incoming) ? bridge(handle, incoming, outgoing) : listener(incoming, outgoing));
  };
}

/** The same request with a body that counts as read. Made anew from one that other code has read, it would look empty. */
function withoutBody({ headers, method, url }: Request): Request {
  if (method === "GET" || method === "HEAD") return new Request(url, { headers, method });
  const request = new Request(url, { headers, method, body: "read before" });
  void request.body?.cancel();
  return request;
}

/** Plain JavaScript can pass anything, and the first request would be too late to notice. */
function checkMountable(pay: unknown): void {
  const given = pay as Partial<Record<"fetch" | "then", unknown>> | null | undefined;
  if (typeof given?.fetch === "function") return;
  const remedy = typeof given?.then === "function" ? "; it got a promise: await it first" : "";
  throw new TypeError(`toNodeHandler needs a Pay, or an object with a fetch function${remedy}.`);
}
