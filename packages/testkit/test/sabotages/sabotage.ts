import type { Changes, PaymentStore, Snapshot, UpdateQuery } from "@pay/core/store";
import { changes } from "../../src/store/fixtures/records.ts";

/** One thing a store might do wrong, and a test of the suite that notices. */
export interface Sabotage {
  readonly does: string;
  readonly noticedBy: string;
  readonly to: (store: PaymentStore) => Partial<PaymentStore>;
}

type Update = PaymentStore["update"];

/** Updates see something else than the rows. */
export function seeing(change: (found: Snapshot, query: UpdateQuery) => Partial<Snapshot>) {
  return (store: PaymentStore) => ({
    update: ((query, decide) =>
      store.update(query, (found) => decide({ ...found, ...change(found, query) }))) satisfies Update as Update,
  });
}

/** Updates write something else than what was decided. */
export function writing(change: (changes: Changes) => Partial<Changes>) {
  return (store: PaymentStore) => ({
    update: ((query, decide) =>
      store.update(query, (found) => {
        const { changes, result } = decide(found);
        return { changes: { ...changes, ...change(changes) }, result };
      })) satisfies Update as Update,
  });
}

/** Updates look for something else than the query. */
export function statusChecks(
  change: (query: UpdateQuery) => (Partial<UpdateQuery> & { providerReference?: never }) | UpdateQuery,
) {
  return (store: PaymentStore) => ({
    update: ((query, decide) => store.update({ ...query, ...change(query) }, decide)) satisfies Update as Update,
  });
}

/** Changes that change nothing. */
export const NOTHING = changes();
