import type { Pool, PoolClient } from "pg";

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (broken?: boolean) => void,
) => void;

/**
 * A pool as the queue has to have it. The queue gives connections back as if nothing had happened to them: one whose server
 * is gone without a word would be handed out again and again, to callbacks as well, and each time be waited for in vain. So
 * one on which a statement failed is closed, and so is the one on which the queue listened.
 *
 * @param listen whether the connections stay with their client. Behind a transaction-mode pooler LISTEN would tie up a server
 * connection, and news would reach somebody else: the queue asks with a callback for the connection it listens on, and never gets one
 */
export function queuePool(pool: Pool, listen: boolean): Pool {
  const connect = (connected?: Connected) => {
    if (connected === undefined) return pool.connect().then(watched);
    if (listen) pool.connect((error, client, release) => connected(error, client, () => release(true)));
  };
  return new Proxy(pool, { get: (target, name) => (name === "connect" ? connect : bound(target, name)) });
}

function watched(client: PoolClient): PoolClient {
  let broken = false;
  const ask = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
  const query = (...given: unknown[]) =>
    ask(...given).catch((error: unknown) => {
      broken = true;
      throw error;
    });
  const changed = new Map<string | symbol, unknown>([
    ["query", query],
    ["release", () => client.release(broken)],
  ]);
  return new Proxy(client, { get: (target, name) => changed.get(name) ?? bound(target, name) });
}

function bound(target: object, name: string | symbol): unknown {
  const value = Reflect.get(target, name);
  return typeof value === "function" ? value.bind(target) : value;
}
