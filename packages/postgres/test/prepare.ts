import pg from "pg";
import { startError } from "../src/errors.ts";
import { OWN_SCHEMA, prepareDatabase, type Schema } from "../src/schema.ts";
import { MIGRATIONS } from "../src/sql-files.ts";

/** Prepares a database as a version with another schema does when it starts. Rejects with what its start rejects with. */
export async function prepares(url: string, schema: Partial<Schema> = {}): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2, query_timeout: 10_000 });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    await prepareDatabase(pool, "PostgreSQL at it", { ...OWN_SCHEMA, ...schema });
  } catch (error) {
    throw startError(error, "PostgreSQL at it");
  } finally {
    await pool.end();
  }
}

/** The schema of a version that adds a migration to today's. */
export function withMigration(text: string): Pick<Schema, "migrations"> {
  return { migrations: [...MIGRATIONS, text] };
}
