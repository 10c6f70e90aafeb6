import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { postgresStore } from "@pay/postgres";
import { sqliteStore } from "@pay/sqlite";
import { query } from "../seed/postgres.ts";

/** The migration that creates the index on finished payments, for which it must read all payments. */
const LONGEST = { sqlite: 4, postgres: 6 } as const;

/** Measures a start on the schema before that migration, in milliseconds. */
export async function migrationOf(kind: "sqlite" | "postgres", place: string): Promise<number> {
  const undone = madeSince(kind).map(({ what, name }) => `DROP ${what} ${name}`);
  const before = LONGEST[kind] - 1;
  if (kind === "sqlite") {
    const db = new DatabaseSync(place);
    db.exec([...undone, `PRAGMA user_version = ${before}`].join(";"));
    db.close();
  } else {
    await query(place, [...undone, `DELETE FROM pay.migration WHERE id > ${before}`].join(";"));
  }
  const store = kind === "sqlite" ? sqliteStore(place) : postgresStore(place);
  const began = performance.now();
  await store.start();
  const took = performance.now() - began;
  await store.close();
  return took;
}

/** Removes what that migration and later ones create. Their other statements must tolerate running twice. */
function madeSince(kind: "sqlite" | "postgres") {
  const folder = new URL(`../../packages/${kind}/sql/`, import.meta.url);
  const names = readdirSync(folder)
    .sort()
    .slice(LONGEST[kind] - 1);
  return names.flatMap((file) => {
    const made = readFileSync(new URL(file, folder), "utf8").matchAll(
      /^CREATE (?:UNIQUE )?(INDEX|FUNCTION|TABLE) ([\w.]+)/gm,
    );
    return [...made].map(([, what, name]) => {
      // An index is in the schema of its table.
      return { what: what!, name: kind === "postgres" && what === "INDEX" ? `pay.${name}` : name! };
    });
  });
}
