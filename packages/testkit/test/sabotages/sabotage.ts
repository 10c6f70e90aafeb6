import type { Changes, PaymentStore, SettleQuery, Snapshot } from "@pay/core/store";
import { changes } from "../../src/store/fixtures.ts";

/** One thing a store might do wrong, and a test of the suite that notices. */
export interface Sabotage {
  readonly does: string;
  readonly noticedBy: string;
  readonly to: (store: PaymentStore) => Partial<PaymentStore>;
}

type Settle = PaymentStore["settle"];

/** Settlements see something else than what is there. */
export function seeing(change: (found: Snapshot, query: SettleQuery) => Partial<Snapshot>) {
  return (store: PaymentStore) => ({
    settle: ((query, decide) =>
      store.settle(query, (found) => decide({ ...found, ...change(found, query) }))) satisfies Settle as Settle,
  });
}

/** Settlements write something else than what was decided. */
export function writing(change: (changes: Changes) => Partial<Changes>) {
  return (store: PaymentStore) => ({
    settle: ((query, decide) =>
      store.settle(query, (found) => {
        const { changes, result } = decide(found);
        return { changes: { ...changes, ...change(changes) }, result };
      })) satisfies Settle as Settle,
  });
}

/** Settlements look for something else than what was asked. */
export function asking(change: (query: SettleQuery) => (Partial<SettleQuery> & { ref?: never }) | SettleQuery) {
  return (store: PaymentStore) => ({
    settle: ((query, decide) => store.settle({ ...query, ...change(query) }, decide)) satisfies Settle as Settle,
  });
}

/** Changes that change nothing. */
export const NOTHING = changes();
