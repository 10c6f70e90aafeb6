import { setTimeout as wait } from "node:timers/promises";
import { PayError } from "@pay/core/store";
import type { Pool, PoolClient } from "pg";
import { checkMayCreate, checkRights, checkServer } from "./check-server.ts";
import { inTransaction, lock } from "./connection.ts";
import { isMissing } from "./errors.ts";
import { areOutdated, type FunctionSet, OWN_FUNCTIONS, replaceFunctions } from "./functions.ts";
import { migrateQueue } from "./queue-schema.ts";
import { checkFunctions, checkQueue, checkTables, damaged, schemaVersion } from "./schema-check.ts";
import { MIGRATIONS } from "./sql-files.ts";

/** One key for the whole database. The process that migrates holds it until its commit. */
const MIGRATION_LOCK = 0x50415931;
/** Milliseconds to wait for another process that migrates. */
const MIGRATION_WAIT_MS = 60_000;
/** Most milliseconds between two attempts. Many processes that try often would slow down the one that migrates. */
const MAX_RETRY_PAUSE_MS = 1000;
/** Milliseconds one migration may take: the table may have grown for years. */
const MIGRATION_TIMEOUT_MS = 3_600_000;

/** The schema that a process brings: its own, unless a test pretends to be another version. */
export interface Schema {
  readonly migrations: readonly string[];
  readonly functions: FunctionSet;
}

export const OWN_SCHEMA: Schema = { migrations: MIGRATIONS, functions: OWN_FUNCTIONS };

/**
 * Rejects a database this version cannot use, before it changes anything there, and brings the schema up to date. Any number
 * of processes may start at once: one does the work, and the others try again later. They hold no connection meanwhile, since
 * a pooler may have few.
 *
 * @param name the server and database, for errors
 */
export async function prepareDatabase(pool: Pool, name: string, schema: Schema = OWN_SCHEMA): Promise<void> {
  const until = performance.now() + MIGRATION_WAIT_MS;
  for (let tries = 0; ; tries++) {
    if (await inTransaction(pool, (client) => prepare(pool, client, name, schema))) return;
    if (performance.now() > until) {
      throw new PayError("STORE_UNAVAILABLE", `${name} is being migrated by another process; start again after that.`);
    }
    await wait(Math.min(MAX_RETRY_PAUSE_MS, 50 * 2 ** tries) * Math.random());
  }
}

/**
 * Rejects a database that lacks what this version reads, and changes nothing.
 *
 * @param name the server and database, for errors
 */
export async function checkReadable(pool: Pool, name: string): Promise<void> {
  const { functions, migrations } = OWN_SCHEMA;
  await inTransaction(pool, async (client) => {
    const done = await schemaVersion(client, name, migrations.length);
    if (done === 0) throw notReady(`${name} has no schema pay`);
    if (done < migrations.length || (await areOutdated(client, functions))) {
      throw notReady(`${name} has the schema of an older version of @pay/postgres`);
    }
    await checkTables(client, name);
  });
}

function notReady(how: string): PayError {
  const remedy =
    "name the database Pay runs on, or let pay.start() prepare it first: reading creates and migrates nothing.";
  return new PayError("STORE_INCOMPATIBLE", `${how}; ${remedy}`);
}

/** Returns false if another process holds the lock. */
async function prepare(pool: Pool, client: PoolClient, name: string, schema: Schema): Promise<boolean> {
  const { functions, migrations } = schema;
  await checkServer(client, name);
  if (!(await lock(client, MIGRATION_LOCK))) return false;
  const done = await schemaVersion(client, name, migrations.length);
  if (done === 0) await checkMayCreate(client, name);
  const isMigrated = done === migrations.length;
  if (isMigrated) await checkTables(client, name);
  const hasFunctions = isMigrated && !(await areOutdated(client, functions));
  if (hasFunctions) await checkFunctions(client, name, functions);
  // First, since our functions call the queue's. On a connection of its own: the lock keeps other processes waiting.
  await migrateQueue(pool, name);
  if (!isMigrated) {
    await migrate(client, name, migrations, done);
    await checkTables(client, name);
  }
  if (!hasFunctions) await replaceFunctions(client, functions);
  await checkQueue(client, name);
  await checkRights(client, name);
  return true;
}

async function migrate(client: PoolClient, name: string, migrations: readonly string[], done: number): Promise<void> {
  const { rows } = await client.query("SELECT to_regnamespace('pay') IS NULL AS missing");
  if (rows[0].missing) await client.query("CREATE SCHEMA pay");
  if (done === 0) {
    await client.query("CREATE TABLE pay.migration (id integer PRIMARY KEY)");
    await client.query("CREATE TABLE pay.function_set (version text NOT NULL, hash text NOT NULL)");
  }
  for (const [index, text] of migrations.entries()) {
    if (index < done) continue;
    // pg accepts a timeout per query, though its types do not say so.
    const migration = { text, query_timeout: MIGRATION_TIMEOUT_MS };
    await client.query(migration).catch((error: unknown) => {
      throw isMissing(error) ? damaged(name, `what migration ${index + 1} builds on is missing`) : error;
    });
    await client.query("INSERT INTO pay.migration (id) VALUES ($1)", [index + 1]);
  }
}
