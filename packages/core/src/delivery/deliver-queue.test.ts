import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createDeliveryBench as createBench,
  never,
  SECOND,
  SUCCEEDED,
  stopDelivering,
} from "../../test/delivery-harness.ts";
import type { PaymentStore } from "../contract/store.ts";
import { idle } from "../testing/manual-clock.ts";

afterEach(stopDelivering);

/** A bench whose store has a queue of its own, which asks for a look when the test says so. */
function createQueueBench() {
  const bench = createBench();
  const queue = { look: async (): Promise<void> => {}, stopped: false };
  const store: PaymentStore = bench.store;
  store.startWorker = async (look) => {
    queue.look = look;
    return {
      async stop() {
        queue.stopped = true;
      },
    };
  };
  return Object.assign(bench, { queue });
}

/** How a look came out, as soon as it is known. */
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
    const bench = createQueueBench();
    bench.on("payment.succeeded", "vip");
    await bench.start();
    await bench.tell(await bench.payment(), SUCCEEDED);
    expect(bench.heard).toEqual([]);
    await bench.queue.look();
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
  });

  it("forgets some, and they are found within ten seconds", async () => {
    const bench = createQueueBench();
    bench.on("payment.succeeded", "vip");
    await bench.start();
    await bench.tell(await bench.payment(), SUCCEEDED);
    await bench.clock.advance(10 * SECOND - 1);
    expect(bench.heard).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
  });

  it("is kept waiting while there is no room, and answered by a look that began after it asked", async () => {
    const bench = createQueueBench();
    const goOn = Promise.withResolvers<void>();
    bench.on("payment.succeeded", "vip", () => goOn.promise);
    await bench.start();
    for (let n = 0; n < 33; n++) await bench.tell(await bench.payment(`order-${n}`), SUCCEEDED);
    await bench.queue.look();
    expect(bench.heard).toHaveLength(32);
    const look = watch(bench.queue.look());
    await idle();
    expect(look.now).toBe("waits");
    goOn.resolve();
    await idle();
    expect(look.now).toBe("looked");
    expect(bench.heard).toHaveLength(33);
  });

  it("that asks while a look is under way is answered by the next one", async () => {
    const bench = createQueueBench();
    bench.on("payment.succeeded", "vip");
    await bench.start();
    const release = bench.store.holdNext("leaseDeliveries");
    const first = watch(bench.queue.look());
    await idle();
    const second = watch(bench.queue.look());
    const releaseNext = bench.store.holdNext("leaseDeliveries");
    release();
    await idle();
    expect([first.now, second.now]).toEqual(["looked", "waits"]);
    releaseNext();
    await idle();
    expect(second.now).toBe("looked");
  });

  it("that asks and asks while the store cannot be read does not have it read more often", async () => {
    const bench = createQueueBench();
    bench.on("payment.succeeded", "vip");
    await bench.start();
    bench.store.leaseDeliveries = () => Promise.reject(new Error("gone"));
    await bench.queue.look();
    for (let n = 0; n < 5; n++) void bench.queue.look().catch(() => {});
    await idle();
    expect(bench.logger.lines).toHaveLength(1);
  });

  it("is answered, though the store could not be read: what is due is looked for again a second later", async () => {
    const bench = createQueueBench();
    bench.on("payment.succeeded", "vip");
    await bench.start();
    await bench.tell(await bench.payment(), SUCCEEDED);
    const { leaseDeliveries: lease } = bench.store;
    bench.store.leaseDeliveries = () => Promise.reject(new Error("gone"));
    await bench.queue.look();
    bench.store.leaseDeliveries = lease;
    await bench.clock.advance(SECOND);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
    expect(bench.logger.lines.map(({ message }) => message)).toEqual([
      "Delivery could not read the store; the next attempt follows.",
    ]);
  });

  it("is refused what asks while this process stops, so that another one looks", async () => {
    const bench = createQueueBench();
    bench.on("payment.succeeded", "vip", never);
    const delivering = await bench.start();
    for (let n = 0; n < 32; n++) await bench.tell(await bench.payment(`order-${n}`), SUCCEEDED);
    await bench.queue.look();
    const before = watch(bench.queue.look());
    await idle();
    expect(before.now).toBe("waits");
    const stopping = delivering.stop();
    const after = watch(bench.queue.look());
    await idle();
    expect([before.now, after.now]).toEqual(["refused", "refused"]);
    await bench.clock.advance(31 * SECOND);
    await stopping;
    expect(bench.queue.stopped).toBe(true);
  });
});
