import type { Dice } from "./dice.ts";

/** One event at a gateway, and its time. */
export interface Chapter {
  /** Milliseconds after the gateway took the payment. */
  readonly at: number;
  readonly status: string;
  /** An amount other than requested, in minor units. */
  readonly amount?: number;
  readonly hasOtherProviderReference?: boolean;
}

const pays = { status: "succeeded" };
const declines = { status: "failed" };
const waits = { status: "pending" };
const reverses = { status: "reversed" };
const puzzles = { status: "on_hold" };

/** The events of buyers and gateways, in order. They may arrive in any other order. */
const STORIES: readonly (readonly Omit<Chapter, "at">[])[] = [
  [pays],
  [pays],
  [pays],
  [declines],
  [],
  [declines, pays],
  [pays, declines],
  [waits, pays],
  [pays, pays],
  [pays, reverses],
  [declines, declines, pays],
  [waits, puzzles, pays],
  [puzzles],
  [puzzles, declines],
  [{ ...pays, amount: 1 }],
  [{ ...pays, amount: 1 }, pays],
  [pays, { ...pays, hasOtherProviderReference: true }],
  [reverses, pays, reverses],
];

/** Before create's answer, in time, or after the payment expired. */
const PACES = [0, 50, 2000, 20_000, 90_000, 300_000];

export function storyOf(dice: Dice): readonly Chapter[] {
  let at = dice.below(dice.pick(PACES) + 1);
  return dice.pick(STORIES).map((chapter) => {
    const entry = { at, ...chapter };
    at += dice.below(dice.pick(PACES) + 1);
    return entry;
  });
}
