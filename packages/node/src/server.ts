import { createServer, type Server, type ServerOptions } from "node:http";
import { type Mountable, toNodeHandler } from "./handler.ts";
import { limitConnections } from "./limit-connections.ts";
import { answerUnreadable } from "./unreadable.ts";

/** Largest request head (request line and headers), in bytes. Node answers 431 to a larger one. */
const HEAD_LIMIT_BYTES = 16 * 1024;

type Report = NonNullable<NonNullable<Mountable["handle"]>["unreadable"]>;

/** The limits that depend on what stands in front of the server. */
export interface ServerLimits {
  /**
   * Milliseconds for which an idle connection stays open. It must be longer than a proxy or balancer in front keeps its idle connections,
   * usually 60 s: a server that closes first loses the callback that is on its way at that moment.
   *
   * @default 65000
   */
  readonly keepAliveTimeout?: number | undefined;
  /**
   * Connections at once. Near it, the server closes the connection that has waited longest without a whole request, and never one whose
   * request is being handled. It closes newcomers only if there are twice as many and all of them are being handled.
   *
   * @default 1000
   */
  readonly maxConnections?: number | undefined;
  /**
   * Connections at once from one public address (IPv6: from one /64), by the same rule. Peers in private networks and on this machine are
   * not counted: there a proxy of yours brings the requests of everybody. Raise it, or give `Infinity`, if a proxy with a public address
   * stands in front, such as a CDN.
   *
   * @default 100
   */
  readonly maxConnectionsPerAddress?: number | undefined;
}

/**
 * Sets limits that Node leaves generous (300 s for a request, any number of connections): 10 s for the head of a request, 20 s for all
 * of it, 65 s for an idle connection, 1,000 connections, 100 from one public address, 100 headers. It also answers what Node cannot read as
 * a request, unless the server has a `clientError` listener: Node resets such a connection, and a proxy that still sends the body takes the
 * server for dead. For a server of your own; `createPayServer` sets them itself.
 *
 * @returns the same server
 * @throws TypeError if a limit is not a number of 1 or more
 */
export function limitServer<S extends Server>(server: S, limits: ServerLimits = {}): S {
  return limit(server, limits, () => {});
}

function limit<S extends Server>(server: S, limits: ServerLimits, report: Report): S {
  const { keepAliveTimeout = 65_000, maxConnections = 1_000, maxConnectionsPerAddress = 100 } = limits;
  if (!Number.isSafeInteger(keepAliveTimeout) || keepAliveTimeout < 1) {
    throw new TypeError("keepAliveTimeout must be whole milliseconds, 1 or more.");
  }
  for (const [name, value] of Object.entries({ maxConnections, maxConnectionsPerAddress })) {
    if (!(value >= 1)) throw new TypeError(`${name} must be a number, 1 or more; Infinity for no limit.`);
  }
  // Node counts the head's time from its first byte, so it cuts no idle connection short.
  server.headersTimeout = 10_000;
  server.requestTimeout = 20_000;
  server.keepAliveTimeout = keepAliveTimeout;
  server.maxHeadersCount = 100;
  if (server.listenerCount("clientError") === 0) answerUnreadable(server, report);
  limitConnections(server, { maxConnections, maxConnectionsPerAddress }, () => report(0, "too_many_connections"));
  return server;
}

/** The options of `node:http`, without the limits that `createPayServer` sets itself, and the limits that you may choose. */
export type PayServerOptions = Omit<ServerOptions, "maxHeaderSize" | "headersTimeout" | "requestTimeout"> &
  ServerLimits;

/**
 * A server for Pay alone, with the limits that a public address needs: those of `limitServer`, and 16 KiB for the head of a request,
 * which Node otherwise answers with 431. Those that are no option are fixed; for others, use `toNodeHandler` with a server of your own.
 *
 * @param options limits that depend on what stands in front, and further options of `node:http`, e.g. `connectionsCheckingInterval`
 * @throws TypeError if there is no Pay, or a limit is not a number of 1 or more
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
  const { keepAliveTimeout, maxConnections, maxConnectionsPerAddress, ...others } = options;
  const server = createServer(
    // Pay reads only the path, so a request without a host is refused for nothing, and Node would leave no trace of it.
    { connectionsCheckingInterval: 1_000, requireHostHeader: false, ...others, maxHeaderSize: HEAD_LIMIT_BYTES },
    toNodeHandler(pay),
  );
  // The same holds for an `Expect` other than 100-continue, e.g. the empty one by which PHP programs mean to send none: Node answers 417.
  server.on("checkExpectation", (incoming, outgoing) => void server.emit("request", incoming, outgoing));
  const report: Report = (status, reason) => pay.handle?.unreadable?.(status, reason);
  return limit(server, { keepAliveTimeout, maxConnections, maxConnectionsPerAddress }, report);
}
