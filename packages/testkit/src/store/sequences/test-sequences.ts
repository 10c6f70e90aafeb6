import { memoryStore } from "@pay/core";
import type { PaymentStore } from "@pay/core/store";
import { same } from "../../same.ts";
import { seeded } from "../fixtures/random.ts";
import { HOUR, NOON } from "../fixtures/records.ts";
import type { Check } from "../suite.ts";
import { createWorld } from "./world.ts";

const SEQUENCES = 80;
const PER_TEST = 10;
const LENGTH = 30;

/** Runs random operations on a few payments. The store must answer as the reference store does. */
export function testSequences(check: Check): void {
  for (let first = 1; first <= SEQUENCES; first += PER_TEST) {
    const last = first + PER_TEST - 1;
    check(`answers like the reference store in any sequence of events, seeds ${first} to ${last}`, async (store) => {
      const reference = memoryStore();
      for (let seed = first; seed <= last; seed++) await compare(store, reference, seed);
    });
  }
}

async function compare(store: PaymentStore, reference: PaymentStore, seed: number): Promise<void> {
  const world = createWorld(seeded(seed), seed, NOON + seed * HOUR);
  for (let n = 1; n <= LENGTH; n++) {
    const operation = world.next();
    const expected = await operation.run(reference);
    same(await operation.run(store), expected, `seed ${seed}, operation ${n}: ${operation.name}`);
    operation.saw?.(expected);
  }
  for (const { name, run } of world.views()) {
    same(await run(store), await run(reference), `seed ${seed}, afterwards: ${name}`);
  }
}
