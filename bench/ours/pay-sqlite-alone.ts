import type { PaymentStore } from "@pay/core/store";
import { sqliteStore } from "@pay/sqlite";
import { servePay } from "./serve-pay.ts";

/** Pay on a store that commits each callback by itself, as a store without group commit would. */
export default async function serve({ path }: { path: string }) {
  const store = sqliteStore(path);
  let last: Promise<unknown> = Promise.resolve();
  const update: PaymentStore["update"] = (query, decide) => {
    const recorded = last.then(() => store.update(query, decide));
    last = recorded.catch(() => {});
    return recorded;
  };
  return servePay({ ...store, update });
}
