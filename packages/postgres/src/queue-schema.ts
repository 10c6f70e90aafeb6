import { PayError } from "@pay/core/store";
import { makeWorkerUtils } from "graphile-worker";
import type { Pool } from "pg";
import { silent } from "./worker.ts";

/** Brings graphile-worker's schema up to date. The caller holds the migration lock. */
export async function migrateQueue(pool: Pool, name: string): Promise<void> {
  const preset = { plugins: [olderOnly(name)] };
  // Creating the utilities migrates the schema.
  const utils = await makeWorkerUtils({
    pgPool: pool,
    schema: "graphile_worker",
    logger: silent,
    noPreparedStatements: true,
    preset,
  });
  await utils.release();
}

/** Rejects a schema that this graphile-worker cannot use. graphile-worker itself would set the process's exit code. */
function olderOnly(name: string): GraphileConfig.Plugin {
  return {
    name: "PayOlderOnly",
    worker: {
      hooks: {
        async premigrate({ maxMigrationNumber }, { client }) {
          const { rows } = await client.query(
            "SELECT coalesce(max(id) FILTER (WHERE breaking), 0)::int AS version FROM graphile_worker.migrations",
          );
          const { version } = rows[0];
          if (version <= maxMigrationNumber) return;
          throw new PayError(
            "STORE_INCOMPATIBLE",
            `${name} has schema ${version} of graphile_worker; the graphile-worker installed here knows ${maxMigrationNumber}. Install a newer one.`,
          );
        },
      },
    },
  };
}
