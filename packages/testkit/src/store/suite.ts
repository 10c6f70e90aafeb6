import type { PaymentStore } from "@pay/core/store";
import { readingBack, type Sql } from "./sql.ts";

export interface StoreSuite {
  /** The runner's own: `it` of jest or vitest, `test` of node:test. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** Makes a fresh, empty store that is not started. Called once per test; the test starts and closes it. */
  readonly store: () => PaymentStore | Promise<PaymentStore>;
  /**
   * For stores with SQL: runs a statement on the database of the store made last, past the store. The suite then compares each
   * answer of the store about a payment with its rows.
   */
  readonly sql?: Sql;
}

/** Registers a test. It starts the store before and closes it afterwards. */
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
        // The test's own failure matters more than a failure to close.
        await store.close().catch(() => {});
        throw error;
      }
      await store.close();
    });
}
