import { wholeOption } from "../../engine/option-checks.ts";

/** GOSetti.pl's part of the simulator's options. */
export interface GosettiOptions {
  /** How often the callback of a finished transaction is sent at least. GOSetti.pl "may call it many times". @default 3 */
  readonly calls?: number;
}

/** Throws a TypeError that names the option if it is invalid. */
export function readCalls({ calls = 3 }: GosettiOptions): number {
  return wholeOption("gosetti.calls", calls, 1);
}
