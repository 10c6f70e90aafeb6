import type { Dice } from "./dice.ts";

/** One event at a gateway, and its time. */
export interface Chapter {
  /** Milliseconds after the gateway took the payment. */
  readonly at: number;
  readonly status: string;
  /** An amount other than requested, in minor units. */
  readonly amount?: number;
  readonly hasOtherProviderReference?: boolean;
  /** No callback follows: only a question finds it. */
  readonly isSilent?: boolean;
}

/** What the bank says of money that came, where no adapter can read its amount or its word. */
export const UNREADABLE: readonly string[] = ["323.999999999973", "in_transit"];

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

const HOUR = 3_600_000;
const silence = { ...pays, isSilent: true };

/** What the bank says when it is asked. */
const BANK_STORIES: readonly (readonly Omit<Chapter, "at">[])[] = [
  [],
  [pays],
  [waits, pays],
  [declines],
  [declines, pays],
  ...UNREADABLE.flatMap((status) => [[{ status }], [waits, { status }, pays]]),
  [silence],
  [silence],
  [waits, silence],
];

/** Before create's answer, in time, or after the payment expired. */
const PACES = [0, 50, 2000, 20_000, 90_000, 300_000];

export function storyOf(dice: Dice, isBank: boolean): readonly Chapter[] {
  let at = dice.below(dice.pick(PACES) + 1);
  return dice.pick(isBank ? BANK_STORIES : STORIES).map((chapter) => {
    // A bank transfer may take its time.
    if (chapter.isSilent) at += dice.below(24 * HOUR);
    const entry = { at, ...chapter };
    at += dice.below(dice.pick(PACES) + 1);
    return entry;
  });
}
