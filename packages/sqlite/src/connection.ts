import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { isPayError, PayError } from "@pay/core/store";

/** Marks a file as ours: "PAY1" in ASCII. */
export const APPLICATION_ID = 0x50415931;
/** Before this version two connections to one WAL database could corrupt it. */
const MINIMUM_SQLITE = "3.51.3";
/** Longest wait for another process's lock, in milliseconds. */
export const PATIENCE = 5000;
// Primary result codes: https://sqlite.org/rescode.html. Extended ones carry them in the lowest byte.
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
const MIGRATIONS = new URL("../sql/", import.meta.url);

/**
 * Opens a database, refusing what this version cannot use before it is touched, and brings its schema up to date.
 *
 * @throws PayError `STORE_INCOMPATIBLE` for another program's file, a newer schema, a corrupt file or an old SQLite;
 * `STORE_UNAVAILABLE` where the file cannot be opened
 */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  const migrations = readMigrations();
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      return attempt(path, migrations);
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
    checkOwner(db, path, migrations.length);
    configure(db);
    migrate(db, migrations);
    return db;
  } catch (error) {
    db?.close();
    throw error;
  }
}

/**
 * SQLite opens a file that it may only read without a word, and makes a log beside it that may only be read either. Asked
 * of the system, since opening the file here would end SQLite's locks on it.
 */
function checkAccess(path: string): void {
  if (!existsSync(dirname(resolve(path)))) {
    throw new PayError(
      "STORE_UNAVAILABLE",
      `The database ${path} cannot be made: there is no folder for it; make that first.`,
    );
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      accessSync(file, constants.R_OK | constants.W_OK);
    } catch (error) {
      const { code } = error as { code?: string };
      // There may be none yet, and whoever closes last takes the log away.
      if (code === "ENOENT") continue;
      throw new PayError("STORE_UNAVAILABLE", notWritable(`The database ${path}`), {
        cause: new Error(`${code} for ${file}`),
      });
    }
  }
}

function notWritable(what: string): string {
  return `${what} cannot be opened for writing: this process must be allowed to write it, its -wal, its -shm and their folder.`;
}

/** Turns what SQLite throws into an error that says what to do. */
export function storeError(error: unknown, path?: string): PayError {
  const code = (error as { errcode?: number }).errcode;
  const primary = code === undefined ? undefined : code % 256;
  const file = path === undefined ? "The database" : `The database ${path}`;
  const cause = new Error(code === undefined ? "no SQLite error" : `SQLite error ${code}`);
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) {
    return new PayError("STORE_INCOMPATIBLE", `${file} is damaged or no SQLite file; restore a backup.`, { cause });
  }
  if (primary === SQLITE_READONLY || primary === SQLITE_CANTOPEN) {
    return new PayError("STORE_UNAVAILABLE", notWritable(file), { cause });
  }
  return new PayError("STORE_UNAVAILABLE", `${file} cannot be opened, read or written now.`, { cause });
}

/** Whether somebody else is writing, so that waiting helps. */
export function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;
}

/** Exported for its test. */
export function checkVersion(db: Pick<DatabaseSync, "prepare">): void {
  const version = String(value(db, "SELECT sqlite_version()"));
  if (compareVersions(version, MINIMUM_SQLITE) >= 0) return;
  throw new PayError(
    "STORE_INCOMPATIBLE",
    `This Node.js brings SQLite ${version}; ${MINIMUM_SQLITE} or newer is needed: use a current Node.js 24.`,
  );
}

/** The schema's version, 0 in a file where nothing is yet. */
function checkOwner(db: DatabaseSync, path: string, known: number): number {
  const { owner, schema, isNew } = marks(db);
  if (isNew) return 0;
  if (owner !== APPLICATION_ID) {
    throw new PayError("STORE_INCOMPATIBLE", `The database ${path} belongs to another program; name another file.`);
  }
  if (schema > known) {
    throw new PayError(
      "STORE_INCOMPATIBLE",
      `The database ${path} has schema ${schema}; this version of @pay/sqlite knows ${known}. Install a newer one.`,
    );
  }
  return schema;
}

/** In one transaction: a file that another process is just making must not look like somebody else's. */
function marks(db: DatabaseSync): { readonly owner: unknown; readonly schema: number; readonly isNew: boolean } {
  db.exec("BEGIN");
  try {
    const owner = value(db, "PRAGMA application_id");
    const schema = Number(value(db, "PRAGMA user_version"));
    const isNew = owner === 0 && schema === 0 && value(db, "SELECT count(*) FROM sqlite_schema") === 0;
    return { owner, schema, isNew };
  } finally {
    if (db.isTransaction) db.exec("ROLLBACK");
  }
}

/**
 * Checks that a file is a database of Pay's that this version knows, and leaves it as it is. Returns its schema's version.
 *
 * @throws PayError `STORE_INCOMPATIBLE` also for a file where nothing is yet
 */
export function checkDatabase(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    checkVersion(db);
    const schema = checkOwner(db, path, readMigrations().length);
    if (schema > 0) return schema;
    throw new PayError("STORE_INCOMPATIBLE", `The database ${path} is empty; name the one Pay runs on.`);
  } finally {
    db.close();
  }
}

/** Durability is a property of each connection: it is set here, and read back because a misspelt pragma is ignored. */
function configure(db: DatabaseSync): void {
  const settings = [
    ["journal_mode", "WAL", "wal"],
    ["synchronous", "FULL", 2],
  ] as const;
  for (const [name, wanted, expected] of settings) {
    db.exec(`PRAGMA ${name} = ${wanted}`);
    if (value(db, `PRAGMA ${name}`) !== expected) {
      throw new PayError(
        "STORE_INCOMPATIBLE",
        `SQLite did not accept ${name} = ${wanted}; use a file on a local disk, and memoryStore() for tests.`,
      );
    }
  }
}

function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  if (value(db, "PRAGMA user_version") === migrations.length) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Looked at again under the lock: another process may have been faster.
    const done = Number(value(db, "PRAGMA user_version"));
    for (const sql of migrations.slice(done)) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** `sql/0001.sql`, `sql/0002.sql`, …: the number of files is the schema's version. */
function readMigrations(): readonly string[] {
  if (!existsSync(MIGRATIONS)) throw new PayError("STORE_INCOMPATIBLE", "The folder sql/ of @pay/sqlite is missing.");
  const names = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => readFileSync(new URL(name, MIGRATIONS), "utf8"));
}

function value(db: Pick<DatabaseSync, "prepare">, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
