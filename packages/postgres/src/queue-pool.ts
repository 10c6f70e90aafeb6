import { setTimeout as wait } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";

/** Milliseconds between two attempts to get a connection. */
const RECONNECT_PAUSE_MS = 1000;
const NEVER = new Promise<never>(() => {});
/** The statement that ends a job. If it fails, the job runs again after some hours and finds nothing to do. */
const END = /^\s*delete from \S+_private_jobs\b/;

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (broken?: boolean) => void,
) => void;

/**
 * Wraps a pool for the queue, which returns broken connections to it as if they were sound. If a server disappears silently,
 * the pool would hand out such a connection again and again, also to callbacks, and each would wait for a timeout. So the
 * wrapper closes a connection on which a statement failed, and the connection on which the queue listened.
 *
 * The queue also gives up, and prints the reason to the console, if it cannot get a connection or store the end of a job. So
 * the wrapper lets it wait for a connection, and reports a failed end of a job as success.
 *
 * @param listen true if connections stay with their client. Behind a transaction-mode pooler LISTEN would occupy a server
 * connection, and notifications would reach another client. The queue requests its listening connection with a callback; the
 * wrapper then never calls it
 * @param stopping once it aborts, a request for a connection stays pending
 */
export function queuePool(pool: Pool, listen: boolean, stopping: AbortSignal): Pool {
  const patiently = async (): Promise<PoolClient> => {
    for (;;) {
      try {
        return watched(await pool.connect());
      } catch {
        if (stopping.aborted) return NEVER;
        await wait(RECONNECT_PAUSE_MS, undefined, { signal: stopping }).catch(() => {});
      }
    }
  };
  const connect = (connected?: Connected) => {
    if (connected === undefined) return patiently();
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
      if (END.test(textOf(given[0]))) return { rows: [], rowCount: 0 };
      throw error;
    });
  const changed = new Map<string | symbol, unknown>([
    ["query", query],
    ["release", () => client.release(broken)],
  ]);
  return new Proxy(client, { get: (target, name) => changed.get(name) ?? bound(target, name) });
}

function textOf(statement: unknown): string {
  return typeof statement === "string" ? statement : String((statement as { readonly text?: string }).text);
}

function bound(target: object, name: string | symbol): unknown {
  const value = Reflect.get(target, name);
  return typeof value === "function" ? value.bind(target) : value;
}
