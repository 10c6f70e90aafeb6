import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { PayError } from "@pay/core/store";

/** Marks a file as ours: "PAY1" in ASCII. */
export const APPLICATION_ID = 0x50415931;
const FOLDER = new URL("../sql/", import.meta.url);

/** `sql/0001.sql` and the later ones: the number of files is the version of the schema. */
export function readMigrations(): readonly string[] {
  if (!existsSync(FOLDER)) throw new PayError("STORE_INCOMPATIBLE", "The folder sql/ of @pay/sqlite is missing.");
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
}

/**
 * The version of a file's schema: 0 for a new file.
 *
 * @param known how many migrations this version has
 * @throws PayError `STORE_INCOMPATIBLE` for another program's file or a newer schema
 */
export function schemaVersion(db: DatabaseSync, path: string, known: number): number {
  const { owner, version, isNew } = readMarks(db);
  if (isNew) return 0;
  if (owner !== APPLICATION_ID) {
    throw new PayError("STORE_INCOMPATIBLE", `The database ${path} belongs to another program; name another file.`);
  }
  if (version > known) {
    throw new PayError(
      "STORE_INCOMPATIBLE",
      `The database ${path} has schema ${version}; this version of @pay/sqlite knows ${known}. Install a newer one.`,
    );
  }
  return version;
}

/** In one transaction: a file that another process is just creating must not look like another program's. */
function readMarks(db: DatabaseSync): { readonly owner: unknown; readonly version: number; readonly isNew: boolean } {
  db.exec("BEGIN");
  try {
    const owner = singleValue(db, "PRAGMA application_id");
    const version = Number(singleValue(db, "PRAGMA user_version"));
    const isNew = owner === 0 && version === 0 && singleValue(db, "SELECT count(*) FROM sqlite_schema") === 0;
    return { owner, version, isNew };
  } finally {
    if (db.isTransaction) db.exec("ROLLBACK");
  }
}

export function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  if (singleValue(db, "PRAGMA user_version") === migrations.length) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Read again under the lock: another process may have been faster.
    const done = Number(singleValue(db, "PRAGMA user_version"));
    for (const sql of migrations.slice(done)) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** The one value of a query. */
export function singleValue(db: Pick<DatabaseSync, "prepare">, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}
