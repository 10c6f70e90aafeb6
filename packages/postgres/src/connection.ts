import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { PayError } from "@pay/core/store";
import type { Pool, PoolClient } from "pg";
import { isMissing, startError } from "./errors.ts";
import { migrateQueue } from "./queue.ts";
import { checkQueue, checkSchema, damaged, schemaVersion } from "./schema.ts";
import { checkMayCreate, checkRights, checkServer } from "./server.ts";

/** One key for the whole database: whoever migrates holds it until the commit. */
const MIGRATION_LOCK = 0x50415931;
const MIGRATIONS = new URL("../sql/", import.meta.url);
/** Milliseconds to wait for another process that is migrating. */
const PATIENCE = 60_000;
/** Milliseconds between two looks whether it has ended, at most: many who look often would keep it from its end. */
const LONGEST_PAUSE = 1000;
/** Milliseconds one migration may take: of a table that has grown for years. */
const MIGRATION_TIMEOUT = 3_600_000;

/**
 * Refuses what this version cannot use before it is touched, and brings the schema up to date. Any number of processes may
 * do so at once: one works, the others come again, and hold no connection meanwhile: a pooler may have few.
 *
 * @param name the server and database, for errors
 */
export async function prepareDatabase(pool: Pool, name: string): Promise<void> {
  const migrations = readMigrations();
  const until = performance.now() + PATIENCE;
  for (let tries = 0; ; tries++) {
    if (await inTransaction(pool, (client) => prepare(pool, client, name, migrations))) return;
    if (performance.now() > until) {
      throw new PayError("STORE_UNAVAILABLE", `${name} is being migrated by another process; start again after that.`);
    }
    await wait(Math.min(LONGEST_PAUSE, 50 * 2 ** tries) * Math.random());
  }
}

/** Answers false where another process is at it. */
async function prepare(pool: Pool, client: PoolClient, name: string, migrations: readonly string[]): Promise<boolean> {
  await checkServer(client, name);
  if (!(await lock(client, MIGRATION_LOCK))) return false;
  const done = await schemaVersion(client, name, migrations.length);
  if (done === 0) await checkMayCreate(client, name);
  if (done === migrations.length) await checkSchema(client, name);
  // First, since our functions call the queue's; on a connection of its own, while the lock keeps other processes waiting.
  await migrateQueue(pool, name);
  if (done < migrations.length) {
    await migrate(client, name, migrations, done);
    await checkSchema(client, name);
  }
  await checkQueue(client, name);
  await checkRights(client, name);
  return true;
}

async function migrate(client: PoolClient, name: string, migrations: readonly string[], done: number): Promise<void> {
  const { rows } = await client.query("SELECT to_regnamespace('pay') IS NULL AS missing");
  if (rows[0].missing) await client.query("CREATE SCHEMA pay");
  if (done === 0) await client.query("CREATE TABLE pay.migration (id integer PRIMARY KEY)");
  for (const [index, text] of migrations.entries()) {
    if (index < done) continue;
    // pg takes the time per query, though its types do not say so.
    const migration = { text, query_timeout: MIGRATION_TIMEOUT };
    await client.query(migration).catch((error: unknown) => {
      throw isMissing(error) ? damaged(name, `what migration ${index + 1} builds on is missing`) : error;
    });
    await client.query("INSERT INTO pay.migration VALUES ($1)", [index + 1]);
  }
}

/**
 * Refuses two addresses that lead to two databases: one would be told of what is delivered in the other. What is locked
 * through one of them must be locked through the other.
 *
 * @param names where they lead, for errors
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

async function lock(client: PoolClient, key: number): Promise<boolean> {
  const { rows } = await client.query("SELECT pg_try_advisory_xact_lock($1) AS locked", [key]);
  return rows[0].locked;
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    // Said, since the user's default may be another one: what was committed while we waited must be seen.
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

/** `sql/0001.sql`, `sql/0002.sql`, …: the number of files is the schema's version. */
function readMigrations(): readonly string[] {
  const names = readdirSync(MIGRATIONS).filter((file) => file.endsWith(".sql"));
  return names.sort().map((file) => readFileSync(new URL(file, MIGRATIONS), "utf8"));
}

/** What an error may say of where it happened: host, port and database, never the user or the password. */
export function describeAddress(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}`;
}
