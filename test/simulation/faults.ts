import type { Dice } from "./dice.ts";

/** The faults, and their greatest probability per occasion. */
const RATES = {
  storeFailsBeforeCommit: 0.15,
  storeFailsAfterCommit: 0.15,
  storeIsSlow: 0.15,
  createNotSent: 0.3,
  createLost: 0.2,
  createRefused: 0.3,
  answerLost: 0.3,
  answerIsSlow: 0.5,
  callbackLost: 0.4,
  callbackIsSlow: 0.4,
  callbackRepeated: 0.5,
  acknowledgementLost: 0.4,
  handlerThrows: 0.5,
  handlerHangs: 0.2,
  handlerIsSlow: 0.4,
  handlerKills: 0.1,
} as const;

export type Fault = keyof typeof RATES;

export interface Faults {
  /** True if the fault happens this time. */
  strike(fault: Fault): boolean;
  stop(): void;
}

/** Each run has its own mixture: some faults often, some rarely, some never, so that no fault hides another. */
export function createFaults(dice: Dice): Faults {
  const rates = new Map<string, number>();
  for (const [fault, most] of Object.entries(RATES)) rates.set(fault, dice.pick([0, most / 4, most]));
  let on = true;
  return {
    strike: (fault) => on && dice.chance(rates.get(fault)!),
    stop() {
      on = false;
    },
  };
}
