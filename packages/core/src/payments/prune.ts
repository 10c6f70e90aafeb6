import type { Clock } from "../contract/runtime.ts";
import type { PaymentStore, Pruned } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import { systemClock } from "../runtime/system.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Gateways repeat callbacks for days, and handlers are tried for three: what is younger may still be heard of. */
export const MINIMUM_AGE: number = 30 * DAY;
/** Payments per transaction: few enough that a shop that runs beside it hardly waits. */
const BATCH = 1000;
/** Milliseconds between two transactions, in which those of others have their turn. */
const PAUSE = 20;

export interface PruneOptions {
  /** Milliseconds since a payment last changed, at least 30 days. */
  readonly olderThan: number;
  /** Counts, and removes nothing. @default false */
  readonly dryRun?: boolean;
  /** Ends it after the transaction that is running. */
  readonly signal?: AbortSignal;
  /** Told after each transaction. */
  readonly onProgress?: (progress: PruneProgress) => void;
  /** @default the system's */
  readonly clock?: Clock;
}

export interface PruneProgress {
  /** How many were removed so far. */
  readonly payments: number;
  /** When the last of them had changed, in Unix milliseconds: nothing older is left but what has to stay. */
  readonly upTo: number;
}

/**
 * Removes payments of which nothing is owed any more from a started store, with everything that is their own; what they paid
 * for stays paid. Any number of processes may go on using the store meanwhile.
 *
 * @returns how many were removed, or would be
 * @throws PayError `INVALID_REQUEST` for an age below 30 days; `STORE_UNAVAILABLE`, with what was removed before removed
 */
export async function prunePayments(
  store: PaymentStore,
  { clock = systemClock, dryRun = false, olderThan, onProgress, signal }: PruneOptions,
): Promise<number> {
  const before = clock.now() - olderThan;
  if (!Number.isSafeInteger(before) || olderThan < MINIMUM_AGE) {
    throw new PayError("INVALID_REQUEST", "olderThan must be 30 days or more: gateways may repeat what is younger.", {
      field: "olderThan",
    });
  }
  let payments = 0;
  let after: Pruned | undefined;
  while (!signal?.aborted) {
    const pruned = await store.prune({ before, limit: BATCH, dryRun, ...(after !== undefined && { after }) });
    after = pruned.at(-1);
    if (after === undefined) break;
    payments += pruned.length;
    onProgress?.({ payments, upTo: after.updatedAt });
    await clock.sleep(PAUSE, signal);
  }
  return payments;
}
