import { PayError } from "@pay/core/store";
import type { ClientBase } from "pg";
import type { FunctionSet } from "./functions.ts";
import { COLUMNS, UNIQUE_INDEXES } from "./sql-files.ts";

type Client = Pick<ClientBase, "query">;

/**
 * The number of migrations that were run: 0 without the schema `pay`, or if it is empty.
 *
 * @param known how many migrations this version has
 * @throws PayError `STORE_INCOMPATIBLE` for another program's schema, and for a newer or damaged one
 */
export async function schemaVersion(client: Client, name: string, known: number): Promise<number> {
  const { rows } = await client.query(
    `SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('pay'))
         OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace('pay')) AS used,
       to_regclass('pay.migration') IS NOT NULL AS ours,
       EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('graphile_worker'))
         AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('graphile_worker') AND relname = 'migrations')
         AS foreign_queue`,
  );
  const { used, ours, foreign_queue } = rows[0];
  if (foreign_queue) throw foreign("graphile_worker", name);
  if (!used) return 0;
  if (!ours) throw foreign("pay", name);
  await expectAll(client, name, [
    { kind: "column", table: "migration", name: "id" },
    { kind: "column", table: "function_set", name: "version" },
    { kind: "column", table: "function_set", name: "hash" },
  ]);
  const { rows: versions } = await client.query(
    "SELECT coalesce(max(id), 0)::int AS version, count(*)::int AS count FROM pay.migration",
  );
  const { version, count } = versions[0];
  if (version > known) {
    throw new PayError(
      "STORE_INCOMPATIBLE",
      `${name} has schema ${version} of pay; this version of @pay/postgres knows ${known}. Install a newer one.`,
    );
  }
  if (version === 0 || version !== count) throw damaged(name, "rows of the table migration are missing");
  return version;
}

/** Rejects a schema of this version in which a table, a column or a unique index is missing. A shop may add its own. */
export async function checkTables(client: Client, name: string): Promise<void> {
  const columns = [...COLUMNS].flatMap(([table, names]) =>
    names.map((column) => ({ kind: "column", table, name: column })),
  );
  const indexes = UNIQUE_INDEXES.map((index) => ({ kind: "unique index", name: index }));
  await expectAll(client, name, [...columns, ...indexes]);
}

/** Rejects a schema in which one of these functions is missing. */
export async function checkFunctions(client: Client, name: string, { files }: FunctionSet): Promise<void> {
  await expectAll(
    client,
    name,
    files.map((file) => ({ kind: "function", name: file.name })),
  );
}

/** Rejects a queue that accepts no jobs. */
export async function checkQueue(client: Client, name: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT to_regclass('graphile_worker._private_jobs') IS NOT NULL AND EXISTS (SELECT FROM pg_proc
       WHERE pronamespace = to_regnamespace('graphile_worker') AND proname = 'add_job') AS whole`,
  );
  if (rows[0].whole) return;
  throw new PayError(
    "STORE_INCOMPATIBLE",
    `The schema graphile_worker of ${name} is damaged: it accepts no jobs. Drop it: Pay creates it anew, and keeps undelivered events in the schema pay.`,
  );
}

interface Part {
  readonly kind: string;
  readonly table?: string;
  readonly name: string;
}

async function expectAll(client: Client, name: string, parts: readonly Part[]): Promise<void> {
  const { rows } = await client.query(
    `SELECT kind, concat_ws('.', "table", name) AS missing FROM jsonb_to_recordset($1) AS p (kind text, "table" text, name text)
     WHERE NOT CASE kind
       WHEN 'column' THEN EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = to_regnamespace('pay') AND c.relname = p."table" AND c.relkind IN ('r', 'p')
           AND a.attname = p.name AND NOT a.attisdropped)
       WHEN 'unique index' THEN EXISTS (SELECT FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
         WHERE c.relnamespace = to_regnamespace('pay') AND c.relname = p.name AND i.indisunique AND i.indisvalid)
       ELSE EXISTS (SELECT FROM pg_proc f WHERE f.pronamespace = to_regnamespace('pay') AND f.proname = p.name)
     END`,
    [JSON.stringify(parts)],
  );
  const [first] = rows;
  if (first !== undefined) throw damaged(name, `the ${first.kind} ${first.missing} is missing`);
}

export function damaged(name: string, how: string): PayError {
  return new PayError("STORE_INCOMPATIBLE", `The schema pay of ${name} is damaged: ${how}. Restore a backup.`);
}

function foreign(schema: string, name: string): PayError {
  return new PayError(
    "STORE_INCOMPATIBLE",
    `The schema ${schema} of ${name} belongs to another program; name another database.`,
  );
}
