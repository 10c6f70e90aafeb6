import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import type { StoreKind } from "./failure-points.ts";

type Row = Readonly<Record<string, unknown>>;

/** The store's tables, read directly by SQL. */
export interface Tables {
  rows(sql: string): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export async function openTables(kind: StoreKind, database: string): Promise<Tables> {
  if (kind === "sqlite") {
    const db = new DatabaseSync(database, { timeout: 60_000 });
    return { rows: async (sql) => db.prepare(sql).all() as Row[], close: async () => db.close() };
  }
  const client = new pg.Client({ connectionString: database, options: "-c search_path=pay,public" });
  await client.connect();
  return { rows: async (sql) => (await client.query(sql)).rows as Row[], close: () => client.end() };
}
