import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { Clock } from "../contract/runtime.ts";
import type { PaymentStore, Pruned } from "../contract/store.ts";
import { systemClock } from "../runtime/system.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Gateways repeat callbacks for days, and failed handlers are retried for three: younger payments may still change. */
export const MINIMUM_AGE_MS: number = 30 * DAY_MS;
/** Payments per transaction: few enough that a shop on the same database hardly waits. */
const BATCH = 1000;
/** Time between two transactions, in which other transactions run. */
const PAUSE_MS = 20;

const Given = v.strictObject({
  olderThanMs: v.pipe(v.number(), v.safeInteger(), v.minValue(MINIMUM_AGE_MS)),
  dryRun: v.optional(v.boolean(), false),
  signal: v.optional(v.instance(AbortSignal)),
  onProgress: v.optional(v.function()),
  clock: v.optional(v.looseObject({ now: v.function(), sleep: v.function() })),
});
const MUST_BE = {
  olderThanMs: "30 days or more in whole milliseconds: a gateway may still repeat callbacks",
  dryRun: "true or false",
  signal: "an AbortSignal",
  onProgress: "a function",
  clock: "a clock with the functions now and sleep",
};

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
 * @throws PayError `INVALID_REQUEST` naming the option, e.g. for an age below 30 days; `STORE_UNAVAILABLE`, after which the payments removed before stay removed
 */
export async function prunePayments(store: PaymentStore, options: PruneOptions): Promise<number> {
  // Strictly, since a misspelt dryRun would remove what was only to be counted.
  const { dryRun, olderThanMs } = parseInput(Given, options, "INVALID_REQUEST", MUST_BE);
  const { clock = systemClock, onProgress, signal } = options;
  const before = clock.now() - olderThanMs;
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
