import type { Ratio } from "./pairs.ts";
import type { Progress } from "./progress.ts";

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly goal: Goal;
  readonly measured: Ratio;
  /** The measurements behind it, e.g. both rates. */
  readonly detail: string;
  /** The value from which the guard fails. @default half of the goal, or twice the goal */
  readonly loss?: number;
}

export interface Goal {
  readonly kind: "at least" | "at most" | "more than";
  readonly value: number;
  /** `""` for a ratio. */
  readonly unit: "" | " ms" | " kB";
}

export interface Context {
  readonly pairs: number;
  /** Folder for the files of the benchmark; emptied afterwards. */
  readonly folder: string;
  readonly progress: Progress;
  /** Runs a fraction of the work, for CI. */
  readonly isShort: boolean;
}

export interface Benchmark {
  readonly name: string;
  run(context: Context): Promise<readonly Row[]>;
}

/** The text of a goal: `≥ 0.7`. */
export function goalText({ kind, unit, value }: Goal): string {
  const sign = { "at least": "≥", "at most": "≤", "more than": ">" }[kind];
  return `${sign} ${value}${unit}`;
}

export const atLeast = (value: number): Goal => ({ kind: "at least", value, unit: "" });
export const atMost = (value: number, unit: Goal["unit"] = ""): Goal => ({ kind: "at most", value, unit });
export const moreThan = (value: number): Goal => ({ kind: "more than", value, unit: "" });

export function holds({ goal: { kind, value }, measured: { median } }: Row): boolean {
  if (kind === "at most") return median <= value;
  return kind === "at least" ? median >= value : median > value;
}

/** True if the goal is missed by more than noise explains. */
export function isGrossLoss({ goal: { kind, value }, loss, measured: { median } }: Row): boolean {
  // NaN meets no goal.
  return kind === "at most" ? !(median <= (loss ?? 2 * value)) : !(median >= (loss ?? value / 2));
}
