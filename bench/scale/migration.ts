import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { query } from "../seed/postgres.ts";

const TABLES = { sqlite: "sqlite/sql/0001.sql", postgres: "postgres/sql/0001-tables.sql" } as const;

/** Milliseconds to create the index on closed payments, as a migration would: it reads every payment. */
export async function migrationOf(kind: "sqlite" | "postgres", place: string): Promise<number> {
  const tables = readFileSync(new URL(`../../packages/${TABLES[kind]}`, import.meta.url), "utf8");
  const [create] = /^CREATE INDEX payment_closed [^;]+/m.exec(tables)!;
  if (kind === "postgres") {
    await query(place, "DROP INDEX pay.payment_closed");
    return timeOf(() => query(place, create!));
  }
  const db = new DatabaseSync(place);
  try {
    db.exec("DROP INDEX payment_closed");
    return await timeOf(() => db.exec(create!));
  } finally {
    db.close();
  }
}

async function timeOf(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
