import type { StoreCalls } from "./store-calls.ts";

/** The measurements with this many stored payments. */
export interface Size extends StoreCalls {
  readonly payments: number;
  /** Milliseconds with one connection, and answers per second with 64. */
  readonly callback: number;
  readonly rate: number;
  readonly bytesEach: number;
  /** Milliseconds of a start that creates an index over the stored payments. */
  readonly migration: number;
}

/** Fields that earlier measurements do not have. */
type Later = "list" | "listDeep" | "listInVain" | "migration";
/** A stored measurement. */
export type KeptSize = Omit<Size, Later> & Partial<Pick<Size, Later>>;
