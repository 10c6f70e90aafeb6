import type { Clock } from "../contract/runtime.ts";
import type { PaymentStore, Pruned } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import { systemClock } from "../runtime/system.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Gateways repeat callbacks for days, and failed handlers are retried for three: younger payments may still change. */
export const MINIMUM_AGE_MS: number = 30 * DAY_MS;
/** Payments per transaction: few enough that a shop on the same database hardly waits. */
const BATCH = 1000;
/** Time between two transactions, in which other transactions run. */
const PAUSE_MS = 20;

export interface PruneOptions {
  /** Milliseconds since a payment last changed; at least 30 days. */
  readonly olderThanMs: number;
  /** Counts the payments and removes none. @default false */
  readonly dryRun?: boolean;
  /** Stops after the running transaction when it aborts. */
  readonly signal?: AbortSignal;
  /** Called after each transaction. */
  readonly onProgress?: (progress: PruneProgress) => void;
  /** @default the system clock */
  readonly clock?: Clock;
}

export interface PruneProgress {
  /** How many payments were removed so far; with `dryRun`, how many would be. */
  readonly payments: number;
  /** When the last of them had changed, in Unix milliseconds. Older payments remain only if they must stay. */
  readonly upTo: number;
}

/**
 * Removes finished payments from a started store, with everything that belongs to them. Their orders stay paid. Other processes may use the
 * store meanwhile.
 *
 * @returns how many payments were removed, or would be with `dryRun`
 * @throws PayError `INVALID_REQUEST` for an age below 30 days; `STORE_UNAVAILABLE`, after which the payments removed before stay removed
 */
export async function prunePayments(
  store: PaymentStore,
  { clock = systemClock, dryRun = false, olderThanMs, onProgress, signal }: PruneOptions,
): Promise<number> {
  const before = clock.now() - olderThanMs;
  if (!Number.isSafeInteger(before) || olderThanMs < MINIMUM_AGE_MS) {
    throw new PayError(
      "INVALID_REQUEST",
      "olderThanMs must be 30 days or more: a gateway may still repeat callbacks.",
      {
        field: "olderThanMs",
      },
    );
  }
  let payments = 0;
  let after: Pruned | undefined;
  while (!signal?.aborted) {
    const pruned = await store.prune({ before, limit: BATCH, dryRun, ...(after !== undefined && { after }) });
    after = pruned.at(-1);
    if (after === undefined) break;
    payments += pruned.length;
    onProgress?.({ payments, upTo: after.updatedAt });
    await clock.sleep(PAUSE_MS, signal);
  }
  return payments;
}
