import type { Context } from "./context.ts";
import type { Health } from "./contract/health.ts";
import type { DeliveryLoop } from "./delivery/deliver.ts";
import { parsePaymentId } from "./model/ids.ts";
import { createDeadline } from "./runtime/deadline.ts";

/** Milliseconds in which the store has to answer. Balancers give a check about 5 s. */
const STORE_TIMEOUT_MS = 3_000;
/** Milliseconds for which an answer of the store counts: anybody may ask as often as they like. */
const FRESH_MS = 1_000;
/** No payment has this id: its moment was in 1970. */
const NOBODY = parsePaymentId(`pay_${"0".repeat(26)}`)!;

/**
 * Tells how a Pay is. It asks the store once a second at most.
 *
 * @param deliveries the loop, while Pay runs
 */
export function createHealth(
  { clock, refusals, store }: Pick<Context, "clock" | "refusals" | "store">,
  deliveries: () => DeliveryLoop | undefined,
): () => Promise<Health> {
  let asked: { readonly at: number; readonly isReachable: Promise<boolean> } | undefined;

  async function ask(): Promise<boolean> {
    const deadline = createDeadline(clock, STORE_TIMEOUT_MS);
    const read = store.payment(NOBODY).then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([read, deadline.passed.then(() => false)]);
    } finally {
      deadline.clear();
    }
  }

  return async () => {
    const loop = deliveries();
    const refusedCallbacks = refusals.counts();
    if (loop === undefined) return { ready: false, store: "not_started", delivery: "not_started", refusedCallbacks };
    const at = clock.now();
    if (asked === undefined || Math.abs(at - asked.at) >= FRESH_MS) asked = { at, isReachable: ask() };
    const isReachable = await asked.isReachable;
    const isDelivering = loop.isDelivering();
    return {
      ready: isReachable && isDelivering,
      store: isReachable ? "reachable" : "unreachable",
      delivery: isDelivering ? "running" : "failing",
      refusedCallbacks,
    };
  };
}
