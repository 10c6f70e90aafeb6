import type { Changes, PaymentStore, Snapshot, UpdateQuery } from "@pay/core/store";
import { changes } from "../../src/store/fixtures/records.ts";

/** A mistake that a store might make, and a test of the suite that notices it. */
export interface Sabotage {
  readonly does: string;
  readonly noticedBy: string;
  readonly to: (store: PaymentStore) => Partial<PaymentStore>;
}

type Update = PaymentStore["update"];

/** A store whose updates see something else than its rows. */
export function seeing(change: (found: Snapshot, query: UpdateQuery) => Partial<Snapshot>) {
  return (store: PaymentStore) => ({
    update: ((query, decide) =>
      store.update(query, (found) => decide({ ...found, ...change(found, query) }))) satisfies Update as Update,
  });
}

/** A store whose updates write something else than their decisions. */
export function writing(change: (changes: Changes) => Partial<Changes>) {
  return (store: PaymentStore) => ({
    update: ((query, decide) =>
      store.update(query, (found) => {
        const { changes, result } = decide(found);
        return { changes: { ...changes, ...change(changes) }, result };
      })) satisfies Update as Update,
  });
}

/** A store whose updates use another query than the given one. */
export function querying(
  change: (query: UpdateQuery) => (Partial<UpdateQuery> & { providerReference?: never }) | UpdateQuery,
) {
  return (store: PaymentStore) => ({
    update: ((query, decide) => store.update({ ...query, ...change(query) }, decide)) satisfies Update as Update,
  });
}

/** Empty changes. */
export const NOTHING = changes();
