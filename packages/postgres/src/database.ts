import { PayError, type PaymentStore } from "@pay/core/store";
import { checkSameDatabase, describeAddress } from "./connection.ts";
import { startError, storeError } from "./errors.ts";
import type { PostgresOptions } from "./options.ts";
import { openPools, type Pools } from "./pools.ts";
import type { Row, Sql } from "./rows.ts";
import { checkReadable, prepareDatabase } from "./schema.ts";

/** The database, and what the files of the store use of it. */
export interface Database extends Pick<PaymentStore, "start" | "openReadOnly" | "close"> {
  /** @throws PayError `NOT_STARTED` */
  pools(): Pools;
  /** Runs one statement inside `guarded`. Rejects with the error of pg. */
  readonly sql: Sql;
  /** Runs a method of the store: `close` waits for it, and an error of pg becomes one of the store. What the rule throws stays as it is. */
  guarded<T>(work: () => Promise<T>): Promise<T>;
  /** A method that reads: the rows of one query. */
  rows(query: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
}

/** Host, port and database, for errors. */
interface Names {
  readonly direct: string;
  readonly pool: string;
}

export function createDatabase({ url, directUrl = url, connections = 10 }: PostgresOptions): Database {
  const working = new Set<Promise<unknown>>();
  /** Errors that came from pg. */
  const thrown = new WeakSet<WeakKey>();
  let opened: Pools | undefined;
  let state: "free" | "taken" | "open" = "free";

  function pools(): Pools {
    if (state !== "open" || opened === undefined) throw new PayError("NOT_STARTED", "The store is not open.");
    return opened;
  }

  async function open(isToRead: boolean, check: (pools: Pools, names: Names) => Promise<void>): Promise<void> {
    // The first Pay or reader to close it would close it for both.
    if (state !== "free") {
      const remedy = "store is open already: give each Pay and each reader a postgresStore() of its own.";
      throw new PayError("INVALID_CONFIG", remedy, { field: "store" });
    }
    state = "taken";
    const opening = openPools(url, directUrl, connections);
    const names = { direct: describeAddress(directUrl), pool: describeAddress(url) };
    try {
      await check(opening, names);
      opened = opening;
      state = "open";
    } catch (error) {
      state = "free";
      // Nothing was written that a later statement depends on, and a server that rejected us may be slow to end.
      opening.cut();
      await opening.end();
      throw startError(error, names.direct, isToRead);
    }
  }

  const sql: Sql = async (text, values) => {
    try {
      return (await opened!.pool.query(text, [...values])).rows as Row[];
    } catch (error) {
      thrown.add(error as WeakKey);
      throw error;
    }
  };

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    pools();
    const running = work();
    working.add(running);
    try {
      return await running;
    } catch (error) {
      throw thrown.has(error as WeakKey) ? storeError(error) : error;
    } finally {
      working.delete(running);
    }
  }

  return {
    start: () =>
      open(false, async ({ direct, pool }, names) => {
        if (direct !== pool) await checkSameDatabase(direct, pool, names);
        await prepareDatabase(direct, names.direct);
      }),
    openReadOnly: () => open(true, ({ pool }, names) => checkReadable(pool, names.pool)),
    async close() {
      if (state !== "open") return;
      state = "taken";
      await Promise.allSettled(working);
      await opened?.end();
      state = "free";
    },
    ...{ pools, sql, guarded },
    async rows(query, ...values) {
      const rows = await guarded(() => sql(`SELECT to_jsonb(t) AS row FROM (${query}) t`, values));
      return rows.map(({ row }) => row as Row);
    },
  };
}
