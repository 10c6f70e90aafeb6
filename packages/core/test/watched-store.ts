import type { PaymentStore } from "../src/contract/store.ts";
import { memoryStore } from "../src/store/memory.ts";

type Method = keyof PaymentStore;

/** A memory store that records the called methods, and fails or waits where the test wants it. */
export interface WatchedStore extends PaymentStore {
  /** Names of the called methods, in order. */
  readonly calls: Method[];
  /** Makes the next `times` calls of the method reject without writing. */
  failNext(method: Method, times?: number, error?: unknown): void;
  /** Makes the next call of the method wait, before it does anything, until the returned function is called. */
  holdNext(method: Method): () => void;
}

export function watchedStore(inner: PaymentStore = memoryStore()): WatchedStore {
  const calls: Method[] = [];
  const failures = new Map<Method, unknown[]>();
  const holds = new Map<Method, Promise<void>[]>();
  const watch =
    (method: Method) =>
    async (...args: unknown[]) => {
      calls.push(method);
      await holds.get(method)?.shift();
      const failing = failures.get(method) ?? [];
      if (failing.length > 0) throw failing.shift();
      return (inner[method] as (...args: unknown[]) => unknown)(...args);
    };
  const methods = Object.fromEntries((Object.keys(inner) as Method[]).map((method) => [method, watch(method)]));
  return {
    ...(methods as unknown as PaymentStore),
    calls,
    failNext(method, times = 1, error = new Error("the disk is full")) {
      failures.set(method, [...(failures.get(method) ?? []), ...Array<unknown>(times).fill(error)]);
    },
    holdNext(method) {
      const { promise, resolve } = Promise.withResolvers<void>();
      holds.set(method, [...(holds.get(method) ?? []), promise]);
      return resolve;
    },
  };
}
