import { type PaymentStore, type PruneProgress, prunePayments } from "@pay/core";
import { ageOf } from "./age.ts";
import { configuredStore } from "./store.ts";
import { progressLine, totalLine } from "./texts.ts";

export interface PruneRun {
  /** Path of the configuration. */
  readonly config: string;
  /** As you gave it, e.g. `365d`. */
  readonly olderThan: string;
  readonly dryRun: boolean;
  /** Stops after the running transaction. */
  readonly signal: AbortSignal;
  /** Where the total goes. */
  readonly out: (text: string) => void;
  /** Where progress and errors go. */
  readonly err: (text: string) => void;
  /** True if a line there can be overwritten. */
  readonly isTerminal: boolean;
}

/** The exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** @returns the exit code */
export async function runPrune(run: PruneRun): Promise<number> {
  try {
    const olderThanMs = ageOf(run.olderThan);
    const store = await configuredStore(run.config);
    // A count leaves everything as it is, also a database that is not there yet.
    await (run.dryRun ? store.openReadOnly() : store.start());
    try {
      return await prune(run, store, olderThanMs);
    } finally {
      await store.close();
    }
  } catch (error) {
    run.err(`${error instanceof Error ? error.message : "It failed."}\n`);
    return 1;
  }
}

async function prune(run: PruneRun, store: PaymentStore, olderThanMs: number): Promise<number> {
  const { dryRun, err, isTerminal, out, signal } = run;
  const [begin, end] = isTerminal ? ["\r\x1b[K", ""] : ["", "\n"];
  let isShown = false;
  const onProgress = (progress: PruneProgress) => {
    err(`${begin}${progressLine(progress, dryRun)}${end}`);
    isShown = isTerminal;
  };
  try {
    const payments = await prunePayments(store, { olderThanMs, dryRun, signal, onProgress });
    if (isShown) err("\n");
    out(`${totalLine(payments, dryRun, signal.aborted)}\n`);
    return signal.aborted ? INTERRUPTED : 0;
  } catch (error) {
    // The last line shows what was removed before the failure, so it stays.
    if (isShown) err("\n");
    throw error;
  }
}
