import type { StoreCalls } from "./store-calls.ts";

/** What was measured with so many payments stored. */
export interface Size extends StoreCalls {
  readonly payments: number;
  /** Milliseconds at one connection, and answers a second at 64. */
  readonly callback: number;
  readonly rate: number;
  readonly bytesEach: number;
}
