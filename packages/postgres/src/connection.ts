import { readdirSync, readFileSync } from "node:fs";
import { isPayError, PayError } from "@pay/core/store";
import { makeWorkerUtils } from "graphile-worker";
import type { Pool, PoolClient } from "pg";
import { silent } from "./worker.ts";

/** One key for the whole database: whoever migrates holds it until the commit. */
const MIGRATION_LOCK = 0x50415931;
const MINIMUM_SERVER = 140_000;
const MIGRATIONS = new URL("../sql/", import.meta.url);
/** What every version since the first has; without them the schema `pay` is damaged, or not ours. */
export const TABLES: readonly string[] = [
  "payment",
  "order_success",
  "inbox",
  "history",
  "review",
  "orphan",
  "outbox",
  "handler",
  "delivery",
  "ask",
];

/**
 * Refuses what this version cannot use before it is touched, and brings the schema up to date. Any number of processes may
 * do so at once: one works, the others wait for its commit.
 *
 * @param name the server and database, for errors
 */
export async function prepareDatabase(pool: Pool, name: string): Promise<void> {
  const migrations = readMigrations();
  const client = await pool.connect();
  let broken: unknown;
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await checkServer(client, name);
    const done = await checkSchema(client, name, migrations.length);
    // First, since our functions call the queue's; on a connection of its own, while the lock keeps other processes waiting.
    await migrateQueue(pool);
    await migrate(client, migrations, done);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch((rollback: unknown) => {
      broken = rollback;
    });
    throw error;
  } finally {
    client.release(broken !== undefined);
  }
}

async function checkServer(client: PoolClient, name: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS called,
       pg_is_in_recovery() AS standby, current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages`,
  );
  const { version, called, standby, fsync, pages } = rows[0];
  if (version < MINIMUM_SERVER) {
    throw incompatible(`${name} runs PostgreSQL ${called}; ${MINIMUM_SERVER / 10_000} or newer is needed.`);
  }
  if (standby)
    throw new PayError("STORE_UNAVAILABLE", `${name} is a standby, which cannot be written; name the primary.`);
  for (const [setting, value] of Object.entries({ fsync, full_page_writes: pages })) {
    if (value !== "on")
      throw incompatible(`${name} runs with ${setting} = ${value}, so a commit may be lost; set it to on.`);
  }
}

async function migrate(client: PoolClient, migrations: readonly string[], done: number): Promise<void> {
  if (done === 0) await client.query("CREATE SCHEMA pay; CREATE TABLE pay.migration (id integer PRIMARY KEY)");
  for (const [index, sql] of migrations.entries()) {
    if (index < done) continue;
    await client.query(sql);
    await client.query("INSERT INTO pay.migration VALUES ($1)", [index + 1]);
  }
}

/** How many migrations were done: 0 for a database without our schema. */
async function checkSchema(client: PoolClient, name: string, known: number): Promise<number> {
  const { rows } = await client.query(
    `SELECT to_regnamespace('pay') IS NOT NULL AS schema, to_regclass('pay.migration') IS NOT NULL AS ours,
       (SELECT count(*) FROM unnest($1::text[]) AS t (name) WHERE to_regclass('pay.' || name) IS NOT NULL)::int AS tables`,
    [TABLES],
  );
  const { schema, ours, tables } = rows[0];
  if (!schema) return 0;
  if (!ours) throw incompatible(`The schema pay of ${name} belongs to another program; name another database.`);
  if (tables < TABLES.length) {
    throw incompatible(`The schema pay of ${name} is damaged: tables are missing. Restore a backup.`);
  }
  const { rows: versions } = await client.query("SELECT coalesce(max(id), 0)::int AS version FROM pay.migration");
  const { version } = versions[0];
  if (version > known) {
    throw incompatible(
      `${name} has schema ${version} of pay; this version of @pay/postgres knows ${known}. Install a newer one.`,
    );
  }
  return version;
}

async function migrateQueue(pool: Pool): Promise<void> {
  const utils = await makeWorkerUtils({ pgPool: pool, logger: silent, noPreparedStatements: true });
  try {
    await utils.migrate();
  } finally {
    await utils.release();
  }
}

/** `sql/0001.sql`, `sql/0002.sql`, …: the number of files is the schema's version. */
function readMigrations(): readonly string[] {
  const names = readdirSync(MIGRATIONS).filter((file) => file.endsWith(".sql"));
  return names.sort().map((file) => readFileSync(new URL(file, MIGRATIONS), "utf8"));
}

function incompatible(message: string): PayError {
  return new PayError("STORE_INCOMPATIBLE", message);
}

/** What an error may say of where it happened: host, port and database, never the user or the password. */
export function describeAddress(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}`;
}

/** Errors of start-up name the server. */
export function startError(error: unknown, name: string): PayError {
  if (isPayError(error)) return error;
  const code = (error as { code?: unknown }).code;
  const cause = new Error(typeof code === "string" ? code : "no answer");
  return new PayError("STORE_UNAVAILABLE", `${name} cannot be reached, or refuses this user.`, { cause });
}
