import type { PaymentStore } from "@pay/core/store";
import { postgresStore } from "@pay/postgres";
import { sqliteStore } from "@pay/sqlite";
import { servePay } from "./serve-pay.ts";

/** Pay with a stop-watch: each `run` returns the milliseconds from the next commit that the store reports to the handler's start. */
export default async function serve({ kind, place }: { kind: "sqlite" | "postgres"; place: string }) {
  const store = kind === "sqlite" ? sqliteStore(place) : postgresStore(place);
  let recorded = Promise.withResolvers<number>();
  let handled = Promise.withResolvers<number>();
  const update: PaymentStore["update"] = async (query, decide) => {
    const result = await store.update(query, decide);
    recorded.resolve(performance.now());
    return result;
  };
  const serving = await servePay({ ...store, update }, () => handled.resolve(performance.now()));
  return {
    ...serving,
    async run() {
      // In either order, since another process may learn of a commit before the process that made it.
      const [from, to] = await Promise.all([recorded.promise, handled.promise]);
      recorded = Promise.withResolvers();
      handled = Promise.withResolvers();
      return to - from;
    },
  };
}
