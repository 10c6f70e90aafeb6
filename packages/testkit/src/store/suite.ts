import type { PaymentStore } from "@pay/core/store";
import { readingBack, type Sql } from "./sql.ts";

export interface StoreSuite {
  /** The runner's own: `it` of jest or vitest, `test` of node:test. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** A store that is fresh, empty and not started. Called once per test; the test starts and closes it. */
  readonly store: () => PaymentStore | Promise<PaymentStore>;
  /**
   * For stores with SQL: runs a statement on the database of the store made last, past the store. What the store says of a
   * payment is then compared with its rows, every time.
   */
  readonly sql?: Sql;
}

/** Registers a test that gets a started store and leaves it closed. */
export type Check = (name: string, run: (store: PaymentStore) => Promise<void>) => void;

export function checkOn({ test, store: fresh, sql }: StoreSuite): Check {
  return (name, run) =>
    test(name, async () => {
      const made = await fresh();
      const store = sql === undefined ? made : readingBack(made, sql);
      await store.start();
      try {
        await run(store);
      } catch (error) {
        // What the test found out matters more than how the closing goes.
        await store.close().catch(() => {});
        throw error;
      }
      await store.close();
    });
}
