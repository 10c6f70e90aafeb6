import { createServer, type Server, type ServerOptions } from "node:http";
import { type Fetching, toNodeHandler } from "./handler.ts";

/** Largest request head, in bytes. Node answers 431 beyond it. */
const HEADER_SIZE = 16 * 1024;

/**
 * Sets what Node leaves generous (its requests may take 300 s, its connections are not counted): 10 s for the head of a
 * request, 20 s for all of it, 5 s for an idle connection, 1,000 connections, 100 headers. For a server of the app's own;
 * `createPayServer` has it done.
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

/**
 * A server for Pay alone, limited as a public address should be. `createPayServer(pay).listen(3000)`
 *
 * @param options further options of node:http, e.g. `connectionsCheckingInterval`
 */
export function createPayServer(pay: Fetching, options: ServerOptions = {}): Server {
  return limitServer(
    createServer({ connectionsCheckingInterval: 1_000, ...options, maxHeaderSize: HEADER_SIZE }, toNodeHandler(pay)),
  );
}
