import type { Chaos, CreateFault } from "./model.ts";
import type { ChaosRules } from "./rules.ts";

/** The chaos of future payments, and the create answers that it holds back. */
export interface ChaosStore {
  get(): Chaos;
  /** Throws `bad_chaos`. */
  set(chaos: unknown): Chaos;
  /** The fault that applies to this create request, which uses up one of its `times`. `errorCodes` are the gateway's. */
  take(errorCodes: readonly number[]): CreateFault | null;
  /** Resolves when the answer is released, or when `gone` aborts. */
  hold(gone: AbortSignal): Promise<"released" | "gone">;
  /** Releases every answer that `hang` holds back and returns how many there were. */
  release(): number;
}

export function createChaosStore(initial: Chaos, rules: ChaosRules): ChaosStore {
  let current = initial;
  let timesLeft = timesOf(initial);
  const held = new Set<() => void>();

  return {
    get: () => current,
    set(chaos) {
      current = rules.read(chaos, "future");
      timesLeft = timesOf(current);
      return current;
    },
    take(errorCodes) {
      const { create } = current;
      if (create === undefined || timesLeft === 0) return null;
      if (create.kind === "error" && !errorCodes.includes(create.code)) return null;
      timesLeft--;
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
