import { PayError } from "@pay/core/store";
import type { ClientBase } from "pg";
import { noRights } from "./errors.ts";
import { TABLES } from "./sql-files.ts";

const MINIMUM_SERVER = 140_000;
/** Without these settings a crash may lose a commit, or a callback's text cannot be stored. */
const NEEDED = { fsync: "on", full_page_writes: "on", server_encoding: "UTF8" } as const;
const REMEDIES: Readonly<Record<keyof typeof NEEDED, string>> = {
  fsync: "so a commit may be lost; set it to on.",
  full_page_writes: "so a commit may be lost; set it to on.",
  server_encoding: "which cannot keep every text; create a database with ENCODING 'UTF8'.",
};

/** Rejects a server that is too old, cannot be written, or may lose a commit that it acknowledged. */
export async function checkServer(client: Pick<ClientBase, "query">, name: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS called,
       pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS readonly,
       current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('server_encoding') AS server_encoding,
       current_setting('default_transaction_isolation') AS isolation`,
  );
  const { version, called, standby, readonly, isolation, ...settings } = rows[0];
  if (version < MINIMUM_SERVER) {
    throw incompatible(`${name} runs PostgreSQL ${called}; ${MINIMUM_SERVER / 10_000} or newer is needed.`);
  }
  if (standby) throw unavailable(`${name} is a standby, which cannot be written; name the primary.`);
  if (readonly !== "off") {
    throw unavailable(`${name} is read-only for this user; set default_transaction_read_only to off.`);
  }
  // A statement that waited for a lock would not see the change it waited for: a notification and its payment would miss each other.
  if (isolation === "repeatable read") {
    throw incompatible(
      `${name} runs with default_transaction_isolation = ${isolation} for this user; ALTER ROLE … SET it to 'read committed'.`,
    );
  }
  for (const [setting, needed] of Object.entries(NEEDED)) {
    const found = settings[setting];
    if (found === needed) continue;
    throw incompatible(`${name} runs with ${setting} = ${found}, ${REMEDIES[setting as keyof typeof NEEDED]}`);
  }
}

/** Rejects a user who may not create the schema, before anything is created. */
export async function checkMayCreate(client: Pick<ClientBase, "query">, name: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT CASE WHEN to_regnamespace('pay') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
       ELSE has_schema_privilege('pay', 'CREATE') END AS allowed`,
  );
  if (!rows[0].allowed) throw noRights(name);
}

/** Rejects a user who may read the schemas but not write them: every payment would fail. */
export async function checkRights(client: Pick<ClientBase, "query">, name: string): Promise<void> {
  const { rows } = await client.query(
    // One of graphile-worker's tables stands for all.
    `SELECT bool_and(has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
       AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')
       AND NOT row_security_active(oid)) AS allowed
     FROM pg_class WHERE oid = to_regclass('graphile_worker._private_jobs')
       OR (relnamespace = to_regnamespace('pay') AND relname = ANY ($1))`,
    [TABLES],
  );
  if (!rows[0].allowed) throw noRights(name);
}

function incompatible(message: string): PayError {
  return new PayError("STORE_INCOMPATIBLE", message);
}

function unavailable(message: string): PayError {
  return new PayError("STORE_UNAVAILABLE", message);
}
