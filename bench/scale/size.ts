import type { StoreCalls } from "./store-calls.ts";

/** What was measured with so many payments stored. */
export interface Size extends StoreCalls {
  readonly payments: number;
  /** Milliseconds at one connection, and answers a second at 64. */
  readonly callback: number;
  readonly rate: number;
  readonly bytesEach: number;
  /** Milliseconds of a start that has an index to make on what is stored. */
  readonly migration: number;
}

/** What earlier measurements lack. */
type Later = "list" | "listDeep" | "listInVain" | "migration";
/** A measurement as it was kept. */
export type KeptSize = Omit<Size, Later> & Partial<Pick<Size, Later>>;
