import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";

/** A caller that waits longer than this many milliseconds gets an error: its gateway would have given up by then. */
const CALLER = { connectionTimeoutMillis: 5000, query_timeout: 10_000 };
/** A handler's transaction may use the handler's whole time, and may wait that long for a connection. */
const HANDLER = { connectionTimeoutMillis: 30_000, query_timeout: 30_000 };
/** Milliseconds the server has to end its connections before they are cut: it may be gone, or hang. */
const END_TIMEOUT_MS = 2000;

export interface Pools {
  readonly pool: pg.Pool;
  /** For LISTEN. The same as `pool`, unless a pooler stands between. */
  readonly direct: pg.Pool;
  /** For handlers' transactions, which may take long: callbacks must not wait for them, nor the handlers' own reads. */
  readonly handlers: pg.Pool;
  /** Resolves once every connection is closed, also at the server if it still answers. */
  end(): Promise<void>;
  /** Cuts all connections at once. */
  cut(): void;
}

export function openPools(url: string, directUrl: string, connections: number): Pools {
  const sockets = new Set<Socket>();
  const pool = connect(sockets, url, connections, CALLER);
  const direct = directUrl === url ? pool : connect(sockets, directUrl, connections, CALLER);
  const handlers = connect(sockets, url, connections, HANDLER);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    ...{ pool, direct, handlers, cut },
    async end() {
      const ended = Promise.all([...new Set([pool, direct, handlers])].map((each) => each.end()));
      // A pool does not wait until the connections it ends are closed.
      const closed = ended.then(() => Promise.all([...sockets].map(isClosed)));
      const late = new AbortController();
      await Promise.race([closed, wait(END_TIMEOUT_MS, undefined, late)]);
      late.abort();
      cut();
    },
  };
}

function connect(sockets: Set<Socket>, url: string, connections: number, timeouts: typeof CALLER): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    ...timeouts,
    keepAlive: true,
    application_name: "pay",
    stream() {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
  });
  // The pool replaces a broken connection, and its query rejects. Without a listener the error would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** Listens for "close", not for "end": a server that dies resets the connection. */
function isClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
