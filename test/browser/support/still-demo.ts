import type { PaymentEvent } from "@pay/core";
import { manualClock } from "@pay/core/testing";
import { type Stage, startDemo } from "../../../packages/cli/src/demo/stage.ts";
import { idleWithDisk } from "../../support/idle-with-disk.ts";
import { quietLogger } from "../../support/quiet-logger.ts";

/** The demo with a clock that stands still, for Pay and the gateways. */
export interface StillDemo extends Stage {
  /** Sets Pay's clock forward and runs its periodic work. */
  pass(durationMs: number): Promise<void>;
  /** The error that the shop's handler throws; undefined for none. */
  failure: ((event: PaymentEvent) => Error | undefined) | undefined;
}

/** Time in which Pay has examined everything that may be due. */
const ROUND_MS = 61_000;
/** Limit of real time for a condition, on a busy machine. */
const TIMEOUT_MS = 30_000;

export async function startStillDemo(): Promise<StillDemo> {
  const clock = manualClock({ rest: idleWithDisk });
  // Each reading is a millisecond later, since equal times would have no order.
  let looks = 0;
  const ticking = { ...clock, now: () => clock.now() + looks++ };
  const demo: Pick<StillDemo, "failure"> = { failure: undefined };
  const stage = await startDemo({
    runtime: { clock: ticking, logger: quietLogger() },
    simulator: { clock: "virtual", redeliveryMs: 30_000 },
    others: [{ shopId: "OTHER", secretKey: "the key of another shop, which opens nothing" }],
    before(event) {
      const error = demo.failure?.(event);
      if (error !== undefined) throw error;
    },
  });
  return Object.assign(demo, stage, {
    async pass(durationMs: number) {
      clock.step(durationMs);
      await clock.advance(ROUND_MS);
    },
    async close() {
      const closing = stage.close();
      await clock.advance(ROUND_MS);
      await closing;
    },
  });
}

/** Polls until the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${condition}`);
    await idleWithDisk();
  }
}
