import type { PaymentStore } from "@pay/core";

/** A store whose methods reject while they are in `broken`, and that reports the end of every call. */
export function watchedStore(inner: PaymentStore, broken: ReadonlySet<string>, onCall: () => void): PaymentStore {
  const watch = (method: string, run: (...given: never[]) => unknown) => {
    return async (...given: never[]) => {
      try {
        if (broken.has(method)) throw new Error("the disk is full");
        return await run(...given);
      } finally {
        onCall();
      }
    };
  };
  const methods = Object.entries(inner).map(([method, run]) => [method, watch(method, run)]);
  return Object.fromEntries(methods) as PaymentStore;
}
