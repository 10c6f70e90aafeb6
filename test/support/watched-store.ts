import type { PaymentStore } from "@pay/core";

/** A store whose methods reject while they are in `broken`, and that tells after everything it did. */
export function watchedStore(inner: PaymentStore, broken: ReadonlySet<string>, told: () => void): PaymentStore {
  return new Proxy(inner, {
    get:
      (store, method: keyof PaymentStore) =>
      async (...given: never[]) => {
        try {
          if (broken.has(method)) throw new Error("the disk is full");
          return await (store[method] as (...given: never[]) => unknown)(...given);
        } finally {
          told();
        }
      },
  });
}
