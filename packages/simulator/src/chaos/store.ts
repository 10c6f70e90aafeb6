import type { SimulatedPayment } from "../ledger.ts";
import { GOSETTI_CODES, SELLLY_CODES } from "./kinds.ts";
import type { Chaos, CreateFault } from "./model.ts";
import { readChaos } from "./read.ts";

/** The chaos for payments to come, and the create answers it holds back. */
export interface ChaosStore {
  get(): Chaos;
  /** Throws `bad_chaos`. */
  set(chaos: unknown): Chaos;
  /** The fault this create request meets, which counts as one of its times. */
  take(gateway: SimulatedPayment["gateway"]): CreateFault | null;
  /** Resolves when the answer is released, or `gone` aborts. */
  hold(gone: AbortSignal): Promise<"released" | "gone">;
  /** Lets every answer go that `hang` holds back, and tells how many. */
  release(): number;
}

export function createChaosStore(initial: Chaos): ChaosStore {
  let current = initial;
  let left = timesOf(initial);
  const held = new Set<() => void>();

  function set(chaos: unknown): Chaos {
    current = readChaos(chaos, "to come");
    left = timesOf(current);
    return current;
  }

  return {
    get: () => current,
    set,
    take(gateway) {
      const { create } = current;
      if (create === undefined || left === 0) return null;
      if (create.kind === "error" && !codesOf(gateway).includes(create.code)) return null;
      left--;
      return create;
    },
    hold: (gone) =>
      new Promise((resolve) => {
        const end = (how: "released" | "gone") => {
          held.delete(release);
          gone.removeEventListener("abort", leave);
          resolve(how);
        };
        const release = () => end("released");
        const leave = () => end("gone");
        held.add(release);
        gone.addEventListener("abort", leave);
        if (gone.aborted) leave();
      }),
    release() {
      const count = held.size;
      for (const release of [...held]) release();
      return count;
    },
  };
}

function timesOf({ create }: Chaos): number {
  return create?.times ?? Number.POSITIVE_INFINITY;
}

function codesOf(gateway: SimulatedPayment["gateway"]): readonly number[] {
  return gateway === "gosetti" ? GOSETTI_CODES : SELLLY_CODES;
}
