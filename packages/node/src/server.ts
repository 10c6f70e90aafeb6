import { createServer, type Server, type ServerOptions } from "node:http";
import { type Mountable, toNodeHandler } from "./handler.ts";

/** Largest request head (request line and headers), in bytes. Node answers 431 to a larger one. */
const HEAD_LIMIT_BYTES = 16 * 1024;

/**
 * Sets limits that Node leaves generous (300 s for a request, any number of connections): 10 s for the head of a request, 20 s for all
 * of it, 5 s for an idle connection, 1,000 connections, 100 headers. For a server of your own; `createPayServer` sets them itself.
 *
 * @returns the same server
 */
export function limitServer<S extends Server>(server: S): S {
  server.headersTimeout = 10_000;
  server.requestTimeout = 20_000;
  server.keepAliveTimeout = 5_000;
  server.maxConnections = 1_000;
  server.maxHeadersCount = 100;
  return server;
}

/** The options of `node:http`, without the limits that `createPayServer` sets itself. */
export type PayServerOptions = Omit<
  ServerOptions,
  "maxHeaderSize" | "headersTimeout" | "requestTimeout" | "keepAliveTimeout"
>;

/**
 * A server for Pay alone, with the limits that a public address needs: those of `limitServer`, and 16 KiB for the head of a request,
 * which Node otherwise answers with 431. They are fixed; for others, use `toNodeHandler` with a server of your own.
 *
 * @param options further options of `node:http`, e.g. `connectionsCheckingInterval`
 * @example
 * ```ts
 * import type { Pay } from "@pay/core";
 * import { createPayServer } from "@pay/node";
 *
 * declare const pay: Pay;
 * createPayServer(pay).listen(3000);
 * ```
 */
export function createPayServer(pay: Mountable, options: PayServerOptions = {}): Server {
  return limitServer(
    createServer(
      { connectionsCheckingInterval: 1_000, ...options, maxHeaderSize: HEAD_LIMIT_BYTES },
      toNodeHandler(pay),
    ),
  );
}
