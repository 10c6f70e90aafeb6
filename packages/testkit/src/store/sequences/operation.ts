import type { PaymentStore } from "@pay/core/store";

/** An operation that runs on both stores. `saw` gets the reference store's answer. */
export interface Operation {
  readonly name: string;
  readonly run: (store: PaymentStore) => Promise<unknown>;
  readonly saw?: (answer: unknown) => void;
}

/** Operations by name, each made when the world is ready for it. */
export type Operations<Name extends string> = Readonly<Record<Name, () => Operation>>;

export interface World {
  /** Moves the time on, and makes the next operation. */
  next(): Operation;
  /** Operations that read everything in a store. */
  views(): readonly Operation[];
}
