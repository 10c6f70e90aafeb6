import { setTimeout as wait } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";

/** Milliseconds between two tries to get a connection. */
const PAUSE = 1000;
const NEVER = new Promise<never>(() => {});
/** How the queue ends jobs. Where that fails they run again after some hours, and find nothing to do. */
const END = /^\s*delete from \S+_private_jobs\b/;

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
 * And the queue gives up, and prints why past everybody's logger, where a connection cannot be had or the end of a job not be
 * stored. So it is made to wait for its connections, and does not hear of ends that were not stored.
 *
 * @param listen whether the connections stay with their client. Behind a transaction-mode pooler LISTEN would tie up a server
 * connection, and news would reach somebody else: the queue asks with a callback for the connection it listens on, and never gets one
 * @param stopping once it aborts, a connection that cannot be had is waited for in vain
 */
export function queuePool(pool: Pool, listen: boolean, stopping: AbortSignal): Pool {
  const patiently = async (): Promise<PoolClient> => {
    for (;;) {
      try {
        return watched(await pool.connect());
      } catch {
        if (stopping.aborted) return NEVER;
        await wait(PAUSE, undefined, { signal: stopping }).catch(() => {});
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
