import type { PaymentStore, StorePackage } from "@pay/core/store";
import { createDatabase } from "./database.ts";
import { createDeliveries } from "./delivery.ts";
import { checkOptions, type PostgresOptions } from "./options.ts";
import { createPruning } from "./prune.ts";
import { createReads } from "./reads.ts";
import { createSearch } from "./search.ts";
import { createStatusChecks } from "./status.ts";
import { createTransactions } from "./transaction.ts";
import { createUpdates } from "./update.ts";
import { createWorker } from "./worker.ts";

/**
 * Keeps payments in PostgreSQL, in the schema `pay`, for any number of instances. Deliveries run on graphile-worker, in the
 * schema `graphile_worker` of the same database. Every commit is durable (`synchronous_commit` is on for it). The store holds
 * no lock between two statements, and any connection serves any statement, so a transaction-mode pooler may stand between.
 *
 * @param options the database's URL, or the options
 * @throws PayError `INVALID_CONFIG` naming the wrong option. From `start()`: `STORE_INCOMPATIBLE` for a newer or damaged schema,
 * an old server or one that may lose commits, all left as they are; `INVALID_CONFIG` if `directUrl` leads to another database;
 * `STORE_UNAVAILABLE` if the database cannot be reached or lacks a right
 */
export function postgresStore(options: string | PostgresOptions): PaymentStore {
  const checked = checkOptions(options);
  const database = createDatabase(checked);
  const { close, openReadOnly, pools, start } = database;
  return {
    ...{ start, openReadOnly, close },
    ...createUpdates(database),
    ...createReads(database),
    ...createSearch(database),
    ...createDeliveries(database),
    ...createTransactions(pools, checked.connections),
    ...createWorker(pools, checked.listen),
    ...createStatusChecks(database),
    ...createPruning(database),
  };
}

/** For configurations: `"store": "postgres://user:password@host:5432/database"`. */
export const storePackage: StorePackage = { contract: 1, open: (address) => postgresStore(address) };
