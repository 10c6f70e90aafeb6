import { randomInt } from "node:crypto";
import { PayError } from "@pay/core/store";
import type { Pool, PoolClient } from "pg";
import { startError } from "./errors.ts";

/**
 * Rejects two addresses that lead to two databases: news about deliveries would come from the wrong one. An advisory lock
 * taken through one address must be taken when seen through the other.
 *
 * @param names host, port and database of each, for errors
 */
export async function checkSameDatabase(
  direct: Pool,
  pool: Pool,
  names: { readonly direct: string; readonly pool: string },
): Promise<void> {
  const key = randomInt(1, 2 ** 47);
  await inTransaction(direct, async (holder) => {
    await lock(holder, key);
    const free = await inTransaction(pool, (other) => lock(other, key)).catch((error: unknown) => {
      throw startError(error, names.pool);
    });
    if (!free) return;
    const message = `directUrl leads to ${names.direct}, and url to another database; both must lead to the same one.`;
    throw new PayError("INVALID_CONFIG", message, { field: "directUrl" });
  });
}

/** Takes an advisory lock until the end of the transaction. Returns false if another transaction holds it. */
export async function lock(client: PoolClient, key: number): Promise<boolean> {
  const { rows } = await client.query("SELECT pg_try_advisory_xact_lock($1) AS locked", [key]);
  return rows[0].locked;
}

export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    // Explicit, since the user's default may differ: a statement must see what others committed while it waited.
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Host, port and database, which errors may contain. Never the user or the password. */
export function describeAddress(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}`;
}
