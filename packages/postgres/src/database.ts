import { PayError, type PaymentStore } from "@pay/core/store";
import { checkSameDatabase, describeAddress } from "./connection.ts";
import { startError, storeError } from "./errors.ts";
import type { CheckedOptions } from "./options.ts";
import { openPools, type Pools } from "./pools.ts";
import type { Row, Sql } from "./rows.ts";
import { checkReadable, prepareDatabase } from "./schema.ts";

/** The database, and what the files of the store use of it. */
export interface Database extends Pick<PaymentStore, "start" | "openReadOnly" | "close"> {
  /** @throws PayError `NOT_STARTED` */
  pools(): Pools;
  /** @throws PayError `NOT_STARTED`, `STORE_UNAVAILABLE` */
  readonly sql: Sql;
  /** The rows of one query. */
  rows(query: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
}

/** Host, port and database, for errors. */
interface Names {
  readonly direct: string;
  readonly pool: string;
}

export function createDatabase({ url, directUrl = url, connections }: CheckedOptions): Database {
  const running = new Set<Promise<unknown>>();
  let opened: Pools | undefined;
  let isTaken = false;

  function pools(): Pools {
    if (opened === undefined) throw new PayError("NOT_STARTED", "The store is not open.");
    return opened;
  }

  async function open(isToRead: boolean, check: (pools: Pools, names: Names) => Promise<void>): Promise<void> {
    // The first Pay or reader to close it would close it for both.
    if (isTaken) {
      const remedy = "store is open already: give each Pay and each reader a postgresStore() of its own.";
      throw new PayError("INVALID_CONFIG", remedy, { field: "store" });
    }
    isTaken = true;
    const opening = openPools(url, directUrl, connections);
    const names = { direct: describeAddress(directUrl), pool: describeAddress(url) };
    try {
      await check(opening, names);
      opened = opening;
    } catch (error) {
      isTaken = false;
      // Nothing was written that a later statement depends on, and a server that rejected us may be slow to end.
      opening.cut();
      await opening.end();
      throw startError(error, names.direct, isToRead);
    }
  }

  const sql: Sql = async (text, values) => {
    const query = pools().pool.query(text, [...values]);
    running.add(query);
    try {
      return (await query).rows as Row[];
    } catch (error) {
      throw storeError(error);
    } finally {
      running.delete(query);
    }
  };

  /** A method that needs another statement begins it before the event loop turns. */
  async function untilIdle(): Promise<void> {
    while (running.size > 0) {
      await Promise.allSettled(running);
      await new Promise(setImmediate);
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
      await untilIdle();
      if (opened === undefined) return;
      const closing = opened;
      opened = undefined;
      await closing.end();
      isTaken = false;
    },
    ...{ pools, sql },
    async rows(query, ...values) {
      const rows = await sql(`SELECT to_jsonb(t) AS row FROM (${query}) t`, values);
      return rows.map(({ row }) => row as Row);
    },
  };
}
