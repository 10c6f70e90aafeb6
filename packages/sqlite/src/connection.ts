import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { isPayError, PayError } from "@pay/core/store";
import { isBusy, notWritable, storeError } from "./errors.ts";
import { migrate, readMigrations, schemaVersion, singleValue } from "./schema.ts";

/** Before this version two connections to one WAL database could corrupt it. */
const MINIMUM_SQLITE = "3.51.3";
/** Longest wait for another process's lock, in milliseconds. */
export const LOCK_TIMEOUT_MS = 5000;

/**
 * Opens a database and brings its schema up to date. Rejects a file this version cannot use before it changes anything there.
 *
 * @throws PayError `STORE_INCOMPATIBLE` for another program's file, a newer schema, a corrupt file or an old SQLite;
 * `STORE_UNAVAILABLE` if the file cannot be opened
 */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  const migrations = readMigrations();
  return insisting(path, () => attempt(path, migrations));
}

/**
 * Opens a database that must exist and have the schema of this version, and lets nothing be written through this connection.
 *
 * @throws PayError as `openDatabase` does; `STORE_INCOMPATIBLE` also for a file that does not exist or has an older schema
 */
export async function openReadOnly(path: string): Promise<DatabaseSync> {
  const known = readMigrations().length;
  return insisting(path, () => attemptToRead(path, known));
}

async function insisting(path: string, open: () => DatabaseSync): Promise<DatabaseSync> {
  const until = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      return open();
    } catch (error) {
      if (isPayError(error)) throw error;
      // Another process is opening or migrating the same file.
      if (!isBusy(error) || performance.now() > until) throw storeError(error, path);
      await wait(10 * Math.random());
    }
  }
}

function attempt(path: string, migrations: readonly string[]): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    checkAccess(path);
    db = new DatabaseSync(path, { timeout: 0 });
    checkVersion(db);
    schemaVersion(db, path, migrations.length);
    configure(db);
    migrate(db, migrations);
    return db;
  } catch (error) {
    db?.close();
    throw error;
  }
}

/**
 * Not SQLite's read-only mode: such a connection leaves the log that it had to create behind. `mode=rw` creates no file, `query_only`
 * writes none.
 */
function attemptToRead(path: string, known: number): DatabaseSync {
  if (!existsSync(path)) throw notReady(path, "does not exist");
  const address = pathToFileURL(resolve(path));
  address.search = "?mode=rw";
  const db = new DatabaseSync(address, { timeout: 0 });
  try {
    checkVersion(db);
    const version = schemaVersion(db, path, known);
    if (version === 0) throw notReady(path, "is empty");
    if (version < known) throw notReady(path, `has schema ${version} and this version of @pay/sqlite needs ${known}`);
    db.exec("PRAGMA query_only = ON");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function notReady(path: string, how: string): PayError {
  const remedy = "name the one Pay runs on, or let pay.start() prepare it first: reading creates and migrates nothing.";
  return new PayError("STORE_INCOMPATIBLE", `The database ${path} ${how}; ${remedy}`);
}

/**
 * SQLite opens a read-only file without an error, and then creates a log beside it that is read-only too. This check asks the
 * operating system: opening the file here would release SQLite's locks on it.
 */
function checkAccess(path: string): void {
  if (!existsSync(dirname(resolve(path)))) {
    throw new PayError(
      "STORE_UNAVAILABLE",
      `The database ${path} cannot be created: its folder does not exist; create it first.`,
    );
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      accessSync(file, constants.R_OK | constants.W_OK);
    } catch (error) {
      const { code } = error as { code?: string };
      // A new database has no file yet, and the last process that closes it removes the log.
      if (code === "ENOENT") continue;
      throw new PayError("STORE_UNAVAILABLE", notWritable(`The database ${path}`), {
        cause: new Error(`${code} for ${file}`),
      });
    }
  }
}

/** Exported for its test. */
export function checkVersion(db: Pick<DatabaseSync, "prepare">): void {
  const version = String(singleValue(db, "SELECT sqlite_version()"));
  if (compareVersions(version, MINIMUM_SQLITE) >= 0) return;
  throw new PayError(
    "STORE_INCOMPATIBLE",
    `This Node.js brings SQLite ${version}; ${MINIMUM_SQLITE} or newer is needed: use Node.js 24.15, or 22.23 of its line, or newer.`,
  );
}

/**
 * Checks that a file is a database of Pay that this version knows, without changing it. Returns the version of its schema.
 *
 * @throws PayError `STORE_INCOMPATIBLE`, also for an empty file
 */
export function checkDatabase(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    checkVersion(db);
    const version = schemaVersion(db, path, readMigrations().length);
    if (version > 0) return version;
    throw new PayError("STORE_INCOMPATIBLE", `The database ${path} is empty; name the one Pay runs on.`);
  } finally {
    db.close();
  }
}

/** Durability is a property of each connection. Each setting is read back, because SQLite ignores a misspelt pragma. */
function configure(db: DatabaseSync): void {
  const settings = [
    ["journal_mode", "WAL", "wal"],
    ["synchronous", "FULL", 2],
  ] as const;
  for (const [name, wanted, expected] of settings) {
    db.exec(`PRAGMA ${name} = ${wanted}`);
    if (singleValue(db, `PRAGMA ${name}`) !== expected) {
      throw new PayError(
        "STORE_INCOMPATIBLE",
        `SQLite did not accept ${name} = ${wanted}; use a file on a local disk, and memoryStore() for tests.`,
      );
    }
  }
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
