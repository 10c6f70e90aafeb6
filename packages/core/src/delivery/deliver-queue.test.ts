import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createDeliveryHarness as createHarness,
  never,
  SECOND,
  SUCCEEDED,
  stopDelivering,
} from "../../test/delivery-harness.ts";
import type { PaymentStore } from "../contract/store.ts";
import { idle } from "../testing/manual-clock.ts";

afterEach(stopDelivering);

/** A harness whose store has its own queue, which calls `look` when the test wants it. */
function createQueueHarness() {
  const harness = createHarness();
  const queue = { look: async (): Promise<void> => {}, stopped: false };
  const store: PaymentStore = harness.store;
  store.startWorker = async (look) => {
    queue.look = look;
    return {
      async stop() {
        queue.stopped = true;
      },
    };
  };
  return Object.assign(harness, { queue });
}

/** The outcome of a call of `look`, once it is known. */
function watch(look: Promise<void>): { now: string } {
  const outcome = { now: "waits" };
  look.then(
    () => Object.assign(outcome, { now: "looked" }),
    () => Object.assign(outcome, { now: "refused" }),
  );
  return outcome;
}

describe("a store with a queue of its own", () => {
  it("is waited for: what this process commits wakes nobody here, so that others may take it", async () => {
    const harness = createQueueHarness();
    harness.on("payment.succeeded", "vip");
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    expect(harness.handled).toEqual([]);
    await harness.queue.look();
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
  });

  it("forgets some, and they are found within ten seconds", async () => {
    const harness = createQueueHarness();
    harness.on("payment.succeeded", "vip");
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(10 * SECOND - 1);
    expect(harness.handled).toEqual([]);
    await harness.clock.advance(1);
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
  });

  it("is kept waiting while there is no room, and answered by a look that began after it asked", async () => {
    const harness = createQueueHarness();
    const goOn = Promise.withResolvers<void>();
    harness.on("payment.succeeded", "vip", () => goOn.promise);
    await harness.start();
    for (let n = 0; n < 33; n++) await harness.record(await harness.payment(`order-${n}`), SUCCEEDED);
    await harness.queue.look();
    expect(harness.handled).toHaveLength(32);
    const look = watch(harness.queue.look());
    await idle();
    expect(look.now).toBe("waits");
    goOn.resolve();
    await idle();
    expect(look.now).toBe("looked");
    expect(harness.handled).toHaveLength(33);
  });

  it("that asks while a look is under way is answered by the next one", async () => {
    const harness = createQueueHarness();
    harness.on("payment.succeeded", "vip");
    await harness.start();
    const release = harness.store.holdNext("leaseDeliveries");
    const first = watch(harness.queue.look());
    await idle();
    const second = watch(harness.queue.look());
    const releaseNext = harness.store.holdNext("leaseDeliveries");
    release();
    await idle();
    expect([first.now, second.now]).toEqual(["looked", "waits"]);
    releaseNext();
    await idle();
    expect(second.now).toBe("looked");
  });

  it("that asks and asks while the store cannot be read does not have it read more often", async () => {
    const harness = createQueueHarness();
    harness.on("payment.succeeded", "vip");
    await harness.start();
    harness.store.leaseDeliveries = () => Promise.reject(new Error("gone"));
    await harness.queue.look();
    for (let n = 0; n < 5; n++) void harness.queue.look().catch(() => {});
    await idle();
    expect(harness.logger.lines).toHaveLength(1);
  });

  it("is answered, though the store could not be read: what is due is looked for again a second later", async () => {
    const harness = createQueueHarness();
    harness.on("payment.succeeded", "vip");
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    const { leaseDeliveries: lease } = harness.store;
    harness.store.leaseDeliveries = () => Promise.reject(new Error("gone"));
    await harness.queue.look();
    harness.store.leaseDeliveries = lease;
    await harness.clock.advance(SECOND);
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
    expect(harness.logger.lines.map(({ message }) => message)).toEqual([
      "Delivery could not read the store; the next attempt follows.",
    ]);
  });

  it("is refused what asks while this process stops, so that another one looks", async () => {
    const harness = createQueueHarness();
    harness.on("payment.succeeded", "vip", never);
    const delivering = await harness.start();
    for (let n = 0; n < 32; n++) await harness.record(await harness.payment(`order-${n}`), SUCCEEDED);
    await harness.queue.look();
    const before = watch(harness.queue.look());
    await idle();
    expect(before.now).toBe("waits");
    const stopping = delivering.stop(60_000);
    const after = watch(harness.queue.look());
    await idle();
    expect([before.now, after.now]).toEqual(["refused", "refused"]);
    await harness.clock.advance(31 * SECOND);
    await stopping;
    expect(harness.queue.stopped).toBe(true);
  });
});
