import type { PaymentStore } from "@pay/core/store";
import { sqliteStore } from "@pay/sqlite";
import { servePay } from "./serve-pay.ts";

/** Pay whose callbacks are settled one after the other, each with a COMMIT of its own, as a store without group commit would. */
export default async function serve({ path }: { path: string }) {
  const store = sqliteStore(path);
  let last: Promise<unknown> = Promise.resolve();
  const settle: PaymentStore["settle"] = (query, decide) => {
    const settled = last.then(() => store.settle(query, decide));
    last = settled.catch(() => {});
    return settled;
  };
  return servePay({ ...store, settle });
}
