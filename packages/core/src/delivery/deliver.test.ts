import { afterEach, describe, expect, it } from "@jest/globals";
import { seededRandom } from "../../../../test/support/seeded-random.ts";
import {
  createDeliveryHarness as createHarness,
  FAILED,
  failing,
  HOUR,
  MINUTE,
  never,
  REVERSED,
  SECOND,
  SUCCEEDED,
  stopDelivering,
} from "../../test/delivery-harness.ts";
import { createIds, type PaymentId } from "../model/ids.ts";
import { recordFact } from "../recording/record-fact.ts";
import { idle, until } from "../testing/manual-clock.ts";

afterEach(stopDelivering);

describe("delivering", () => {
  it("tells each handler once, right after the commit, and marks it delivered", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    harness.on("payment.succeeded", "mail");
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    expect(harness.handled.sort()).toEqual(["mail payment.succeeded", "vip payment.succeeded"]);
    await harness.clock.advance(2 * HOUR);
    expect(harness.handled).toHaveLength(2);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded delivered", "mail payment.succeeded delivered"]);
  });

  it("calls no handler for types of events without one", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    await harness.start();
    await harness.record(await harness.payment(), FAILED);
    await harness.clock.advance(HOUR);
    expect(harness.handled).toEqual([]);
  });

  it("delivers what was committed while no process delivered", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    await harness.record(await harness.payment(), SUCCEEDED);
    expect(harness.handled).toEqual([]);
    await harness.start();
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
  });

  it("finds what another process committed within five seconds", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    const delivering = await harness.start();
    delivering.wake = () => {};
    const id = await harness.payment();
    const other = { store: harness.store, ids: createIds(harness.clock.now, seededRandom(3)), now: harness.clock.now };
    const query = { merchantAccount: "fake:1", paymentId: id };
    await recordFact(
      { ...other, logger: harness.logger, wakeDelivery() {}, wakeStatusChecks() {}, orderPaid() {} },
      { query, fact: SUCCEEDED },
    );
    await idle();
    expect(harness.handled).toEqual([]);
    await harness.clock.advance(5 * SECOND);
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
  });

  it("tells the payment as it was at the event, not as it is at the delivery", async () => {
    const harness = createHarness();
    harness.on("payment.failed", "log");
    harness.on("payment.expired", "log");
    harness.on("payment.reversed", "log");
    const id = await harness.payment();
    await harness.record(id, FAILED, { kind: "reversed", providerReference: "T-1" as never });
    await harness.start();
    expect(harness.events.map(({ type, payment }) => [type, payment.state, payment.providerReference])).toEqual([
      ["payment.failed", "failed", undefined],
      ["payment.reversed", "failed", "T-1"],
    ]);
  });

  it("keeps the order of one payment's events for each handler", async () => {
    const harness = createHarness();
    harness.on("payment.failed", "log", failing(1));
    harness.on("payment.reversed", "log");
    harness.on("payment.reversed", "other");
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, FAILED, REVERSED);
    // The other handler does not wait.
    expect(harness.handled).toEqual(["log payment.failed", "other payment.reversed"]);
    await harness.clock.advance(6 * SECOND);
    expect(harness.handled.slice(2)).toEqual(["log payment.failed", "log payment.reversed"]);
  });

  it("lets no payment wait for another one's handler", async () => {
    const harness = createHarness();
    const [first, second] = [await harness.payment("order-1"), await harness.payment("order-2")];
    harness.on("payment.succeeded", "vip", ({ payment }) => (payment.id === first ? never() : undefined));
    await harness.start();
    await harness.record(first, SUCCEEDED);
    await harness.record(second, SUCCEEDED);
    expect(await harness.statuses(first)).toEqual(["vip payment.succeeded leased"]);
    expect(await harness.statuses(second)).toEqual(["vip payment.succeeded delivered"]);
  });

  it("lets no handler wait for another one", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "broken", failing());
    harness.on("payment.succeeded", "hung", never);
    harness.on("payment.succeeded", "fine");
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    expect(await harness.statuses(id)).toEqual([
      "broken payment.succeeded due",
      "hung payment.succeeded leased",
      "fine payment.succeeded delivered",
    ]);
  });

  it("gives the room of a handler that ended to another while its end is being stored", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    const stored = Promise.withResolvers<void>();
    const { finishDelivery } = harness.store;
    harness.store.finishDelivery = async (...ended) => {
      await stored.promise;
      return finishDelivery(...ended);
    };
    for (let n = 0; n < 200; n++) await harness.record(await harness.payment(`order-${n}`), SUCCEEDED);
    await harness.start();
    await idle();
    // There is a limit, since a crash repeats all running deliveries.
    expect(harness.handled).toHaveLength(128);
    stored.resolve();
    await harness.clock.advance(HOUR);
    expect(harness.handled).toHaveLength(200);
  });

  it("begins no handler whose lease the others have used up: it gives the delivery back, and no attempt counts", async () => {
    const harness = createHarness();
    const begun: number[] = [];
    harness.on("payment.succeeded", "vip", () => {
      begun.push(harness.clock.now());
      harness.clock.step(700);
    });
    const ids: PaymentId[] = [];
    for (let n = 0; n < 32; n++) {
      ids.push(await harness.payment(`order-${n}`));
      await harness.record(ids[n]!, SUCCEEDED);
    }
    const leases: number[] = [];
    const { leaseDeliveries } = harness.store;
    harness.store.leaseDeliveries = (request) => {
      leases.push(request.now);
      return leaseDeliveries(request);
    };
    await harness.start();
    expect(harness.handled).toHaveLength(32);
    // Each delivery needs thirty of the lease's forty seconds.
    const ages = begun.map((at) => at - leases.findLast((leasedAt) => leasedAt <= at)!);
    expect(Math.max(...ages)).toBeLessThanOrEqual(10 * SECOND);
    for (const id of ids) {
      expect(await harness.store.deliveries(id)).toMatchObject([{ status: "delivered", attempts: 1 }]);
    }
  });

  it("gets through many more events than it handles at once, and runs thirty-two at a time", async () => {
    const harness = createHarness();
    let running = 0;
    let most = 0;
    harness.on("payment.succeeded", "vip", async () => {
      running += 1;
      most = Math.max(most, running);
      await harness.clock.sleep(SECOND);
      running -= 1;
    });
    for (let n = 0; n < 100; n++) await harness.record(await harness.payment(`order-${n}`), SUCCEEDED);
    await harness.start();
    await harness.clock.advance(7 * SECOND);
    expect(harness.handled).toHaveLength(100);
    expect(most).toBe(32);
  });
});

describe("a success", () => {
  it("supersedes a failure that was not told yet", async () => {
    const harness = createHarness();
    harness.on("payment.failed", "log");
    harness.on("payment.succeeded", "vip");
    const id = await harness.payment();
    await harness.record(id, FAILED, SUCCEEDED);
    await harness.start();
    await harness.clock.advance(2 * HOUR);
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
    expect(await harness.statuses(id)).toEqual(["log payment.failed superseded", "vip payment.succeeded delivered"]);
  });

  it("supersedes a failure whose handler failed so far", async () => {
    const harness = createHarness();
    harness.on("payment.failed", "vip", failing());
    harness.on("payment.succeeded", "vip");
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, FAILED);
    await harness.clock.advance(MINUTE);
    await harness.record(id, SUCCEEDED);
    expect(await harness.statuses(id)).toEqual(["vip payment.failed superseded", "vip payment.succeeded delivered"]);
    const handledBefore = harness.handled.length;
    await harness.clock.advance(2 * HOUR);
    expect(harness.handled).toHaveLength(handledBefore);
  });

  it("waits for a failure that is being told to the same handler", async () => {
    const harness = createHarness();
    const handling = Promise.withResolvers<void>();
    harness.on("payment.failed", "vip", () => handling.promise);
    harness.on("payment.succeeded", "vip");
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, FAILED);
    await harness.record(id, SUCCEEDED);
    await harness.clock.advance(6 * SECOND);
    expect(harness.handled).toEqual(["vip payment.failed"]);
    handling.resolve();
    await until(() => harness.handled.length === 2);
    expect(harness.handled).toEqual(["vip payment.failed", "vip payment.succeeded"]);
  });

  it("does not make a reversal after it obsolete", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    harness.on("payment.reversed", "vip");
    await harness.record(await harness.payment(), SUCCEEDED, REVERSED);
    await harness.start();
    expect(harness.handled).toEqual(["vip payment.succeeded", "vip payment.reversed"]);
  });

  it("of one payment leaves another one's failure to be told", async () => {
    const harness = createHarness();
    harness.on("payment.failed", "log");
    harness.on("payment.succeeded", "log");
    await harness.record(await harness.payment("order-1"), FAILED);
    await harness.record(await harness.payment("order-1"), SUCCEEDED);
    await harness.start();
    expect(harness.handled.sort()).toEqual(["log payment.failed", "log payment.succeeded"]);
  });
});

describe("two processes delivering", () => {
  it("tell each event once between them", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip", () => harness.clock.sleep(SECOND));
    await harness.start();
    await harness.start();
    for (let n = 0; n < 30; n++) await harness.record(await harness.payment(`order-${n}`), SUCCEEDED);
    await harness.clock.advance(20 * SECOND);
    expect(harness.handled).toHaveLength(30);
  });

  it("take over from one that died while telling", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    const key = { name: "vip", type: "payment.succeeded" } as const;
    await harness.store.registerHandlers([key]);
    const now = harness.clock.now();
    expect(
      await harness.store.leaseDeliveries({ now, until: now + 45 * SECOND, handlers: [key], limit: 16 }),
    ).toHaveLength(1);
    await harness.start();
    await harness.clock.advance(45 * SECOND - 1);
    expect(harness.handled).toEqual([]);
    await harness.clock.advance(1);
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
    expect((await harness.store.deliveries(id))[0]).toMatchObject({ attempts: 2, status: "delivered" });
  });
});

describe("a process that stood still while it asked for work", () => {
  it("gives it back, since a handler might outlive the lease, and no attempt counts", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    await harness.start();
    const id = await harness.payment();
    let answer = harness.store.holdNext("leaseDeliveries");
    await harness.record(id, SUCCEEDED);
    for (let n = 0; n < 12; n++) {
      harness.clock.step(11 * SECOND);
      const answerLate = answer;
      answer = harness.store.holdNext("leaseDeliveries");
      answerLate();
      await idle();
      expect(await harness.store.deliveries(id)).toMatchObject([{ status: "due", attempts: 0 }]);
    }
    expect(harness.handled).toEqual([]);
    answer();
    await idle();
    expect(await harness.store.deliveries(id)).toMatchObject([{ status: "delivered", attempts: 1 }]);
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
  });
});

describe("stopping", () => {
  it("waits for what is running and marks it, and takes nothing new", async () => {
    const harness = createHarness();
    const handling = Promise.withResolvers<void>();
    harness.on("payment.succeeded", "vip", () => handling.promise);
    const delivering = await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    let stopped = false;
    const stopping = delivering.stop(60_000).then(() => {
      stopped = true;
    });
    await harness.record(await harness.payment("order-2"), SUCCEEDED);
    expect(stopped).toBe(false);
    handling.resolve();
    await stopping;
    expect(harness.handled).toHaveLength(1);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    await harness.clock.advance(HOUR);
    expect(harness.handled).toHaveLength(1);
    expect(harness.clock.sleeping()).toEqual([]);
  });

  it("waits no longer for a handler that hangs than the handler has", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip", never);
    const delivering = await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    const stopping = delivering.stop(60_000);
    await harness.clock.advance(30 * SECOND);
    await stopping;
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded due"]);
  });

  it("leaves nothing running that it took while it was asked to stop", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    const delivering = await harness.start();
    const go = harness.store.holdNext("leaseDeliveries");
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    const stopping = delivering.stop(60_000);
    go();
    await stopping;
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    await idle();
    expect(harness.clock.sleeping()).toEqual([]);
  });
});
