import type { PaymentStore } from "@pay/core/store";

/** Something that is done to two stores alike. `saw` gets the reference's answer. */
export interface Operation {
  readonly name: string;
  readonly run: (store: PaymentStore) => Promise<unknown>;
  readonly saw?: (answer: unknown) => void;
}

export interface World {
  /** Time goes on, and the next thing happens. */
  next(): Operation;
  /** Everything there is to read. */
  views(): readonly Operation[];
}
