import { PayError } from "@pay/core/store";
import type { ClientBase } from "pg";

type Client = Pick<ClientBase, "query">;

/** The tables with their columns, as the last migration leaves them. What a shop adds of its own is no damage. */
const COLUMNS: Readonly<Record<string, string>> = {
  payment: `id order_id state amount currency description provider adapter account ref created_at updated_at expires_at
    version cause reversed next return_success return_failure key_id buyer_digest checkout_key checkout_attempt
    checkout_digests refunds`,
  order_success: "order_id payment_id",
  inbox: "payment_id digest received_at",
  history: "payment_id sequence at fact from_state to_state reviews",
  review: "id kind payment_id digest opened_at details candidates status actions",
  unmatched: "account subject digest fact received_at buyer_digest reviewed",
  outbox: "payment_id sequence event_id type occurred_at late state ref updated_at expires_at dispatched refund",
  handler: "type name",
  delivery: "payment_id handler sequence type status attempts due_at error",
  ask: "payment_id version attempts due_at",
};
/** What keeps a notification, a success or a delivery from being counted twice. The others are only there for speed. */
const UNIQUE = `payment_pkey payment_ref payment_checkout order_success_pkey inbox_pkey history_pkey review_pkey review_open
  orphan_pkey outbox_pkey handler_pkey delivery_pkey ask_pkey`;
const FUNCTIONS = `find waiting look settle settle_all durable hurry wake add_reviews add_history write open is_overtaken is_next lease
  conclude conclude_all lease_asks is_finished is_prunable prunable prune`;

export const TABLES: readonly string[] = Object.keys(COLUMNS);

/**
 * How many migrations were done: 0 for a database without our schema, or with an empty one.
 *
 * @param known how many this version has
 * @throws PayError `STORE_INCOMPATIBLE` for what is not ours, newer, or damaged
 */
export async function schemaVersion(client: Client, name: string, known: number): Promise<number> {
  const { rows } = await client.query(
    `SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('pay'))
         OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace('pay')) AS used,
       to_regclass('pay.migration') IS NOT NULL AS ours,
       EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('graphile_worker'))
         AND to_regclass('graphile_worker.migrations') IS NULL AS foreign_queue`,
  );
  const { used, ours, foreign_queue } = rows[0];
  if (foreign_queue) throw foreign("graphile_worker", name);
  if (!used) return 0;
  if (!ours) throw foreign("pay", name);
  await expectAll(client, name, [{ kind: "column", table: "migration", name: "id" }]);
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

/** Refuses a schema of the last version in which something is missing that the store relies on. */
export async function checkSchema(client: Client, name: string): Promise<void> {
  const columns = Object.entries(COLUMNS).flatMap(([table, list]) =>
    words(list).map((column) => ({ kind: "column", table, name: column })),
  );
  const indexes = words(UNIQUE).map((index) => ({ kind: "unique index", name: index }));
  const functions = words(FUNCTIONS).map((called) => ({ kind: "function", name: called }));
  await expectAll(client, name, [...columns, ...indexes, ...functions]);
}

/** Refuses a queue in which nothing could be put. */
export async function checkQueue(client: Client, name: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT to_regclass('graphile_worker._private_jobs') IS NOT NULL AND EXISTS (SELECT FROM pg_proc
       WHERE pronamespace = to_regnamespace('graphile_worker') AND proname = 'add_job') AS whole`,
  );
  if (rows[0].whole) return;
  throw new PayError(
    "STORE_INCOMPATIBLE",
    `The schema graphile_worker of ${name} is damaged: it takes no jobs. Drop it: it is made anew, and what waits to be delivered stands in the schema pay.`,
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

function words(list: string): readonly string[] {
  return list.split(/\s+/);
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
