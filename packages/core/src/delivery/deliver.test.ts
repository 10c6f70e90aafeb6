import { afterEach, describe, expect, it } from "@jest/globals";
import { seededRandom } from "../../../../test/support/seeded-random.ts";
import {
  createDeliveryBench as createBench,
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
import { createIds } from "../model/ids.ts";
import { recordFact } from "../recording/record-fact.ts";
import { idle, until } from "../testing/manual-clock.ts";

afterEach(stopDelivering);

describe("delivering", () => {
  it("tells each handler once, right after the commit, and marks it delivered", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    bench.on("payment.succeeded", "mail");
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    expect(bench.heard.sort()).toEqual(["mail payment.succeeded", "vip payment.succeeded"]);
    await bench.clock.advance(2 * HOUR);
    expect(bench.heard).toHaveLength(2);
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded delivered", "mail payment.succeeded delivered"]);
  });

  it("tells nobody of kinds of events nobody asked for", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    await bench.start();
    await bench.tell(await bench.payment(), FAILED);
    await bench.clock.advance(HOUR);
    expect(bench.heard).toEqual([]);
  });

  it("delivers what was committed while nobody delivered", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    await bench.tell(await bench.payment(), SUCCEEDED);
    expect(bench.heard).toEqual([]);
    await bench.start();
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
  });

  it("finds what another process committed within five seconds", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    const delivering = await bench.start();
    delivering.wake = () => {};
    const id = await bench.payment();
    const other = { store: bench.store, ids: createIds(bench.clock.now, seededRandom(3)), now: bench.clock.now };
    const query = { merchantAccount: "fake:1", paymentId: id };
    await recordFact(
      { ...other, logger: bench.logger, wakeDelivery() {}, wakeStatusChecks() {} },
      { query, fact: SUCCEEDED, failureIsFinal: false },
    );
    await idle();
    expect(bench.heard).toEqual([]);
    await bench.clock.advance(5 * SECOND);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
  });

  it("tells the payment as it was at the event, not as it is at the delivery", async () => {
    const bench = createBench();
    bench.on("payment.failed", "log");
    bench.on("payment.expired", "log");
    bench.on("payment.reversed", "log");
    const id = await bench.payment();
    await bench.tell(id, FAILED, { kind: "reversed", providerReference: "REF" as never });
    await bench.start();
    expect(bench.events.map(({ type, payment }) => [type, payment.state, payment.providerReference])).toEqual([
      ["payment.failed", "failed", undefined],
      ["payment.reversed", "failed", "REF"],
    ]);
  });

  it("keeps the order of one payment's events for each handler", async () => {
    const bench = createBench();
    bench.on("payment.failed", "log", failing(1));
    bench.on("payment.reversed", "log");
    bench.on("payment.reversed", "other");
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, FAILED, REVERSED);
    // The other handler has nothing to wait for.
    expect(bench.heard).toEqual(["log payment.failed", "other payment.reversed"]);
    await bench.clock.advance(6 * SECOND);
    expect(bench.heard.slice(2)).toEqual(["log payment.failed", "log payment.reversed"]);
  });

  it("lets no payment wait for another one's handler", async () => {
    const bench = createBench();
    const [first, second] = [await bench.payment("order-1"), await bench.payment("order-2")];
    bench.on("payment.succeeded", "vip", ({ payment }) => (payment.id === first ? never() : undefined));
    await bench.start();
    await bench.tell(first, SUCCEEDED);
    await bench.tell(second, SUCCEEDED);
    expect(await bench.statuses(first)).toEqual(["vip payment.succeeded leased"]);
    expect(await bench.statuses(second)).toEqual(["vip payment.succeeded delivered"]);
  });

  it("lets no handler wait for another one", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "broken", failing());
    bench.on("payment.succeeded", "hung", never);
    bench.on("payment.succeeded", "fine");
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    expect(await bench.statuses(id)).toEqual([
      "broken payment.succeeded due",
      "hung payment.succeeded leased",
      "fine payment.succeeded delivered",
    ]);
  });

  it("gives the room of a handler that ended to another while its end is being stored", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    const stored = Promise.withResolvers<void>();
    const { finishDelivery } = bench.store;
    bench.store.finishDelivery = async (...ended) => {
      await stored.promise;
      return finishDelivery(...ended);
    };
    for (let n = 0; n < 200; n++) await bench.tell(await bench.payment(`order-${n}`), SUCCEEDED);
    await bench.start();
    await idle();
    // But not without end: all of these would be told again after a crash.
    expect(bench.heard).toHaveLength(128);
    stored.resolve();
    await bench.clock.advance(HOUR);
    expect(bench.heard).toHaveLength(200);
  });

  it("begins no handler whose lease the others have used up, and leaves it to whoever comes when that ends", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip", () => bench.clock.step(700));
    for (let n = 0; n < 32; n++) await bench.tell(await bench.payment(`order-${n}`), SUCCEEDED);
    await bench.start();
    // Each leaves itself thirty of the forty seconds.
    expect(bench.heard).toHaveLength(15);
    await bench.clock.advance(MINUTE);
    await bench.clock.advance(MINUTE);
    expect(bench.heard).toHaveLength(32);
  });

  it("gets through many more events than it handles at once, and runs thirty-two at a time", async () => {
    const bench = createBench();
    let running = 0;
    let most = 0;
    bench.on("payment.succeeded", "vip", async () => {
      running += 1;
      most = Math.max(most, running);
      await bench.clock.sleep(SECOND);
      running -= 1;
    });
    for (let n = 0; n < 100; n++) await bench.tell(await bench.payment(`order-${n}`), SUCCEEDED);
    await bench.start();
    await bench.clock.advance(7 * SECOND);
    expect(bench.heard).toHaveLength(100);
    expect(most).toBe(32);
  });
});

describe("a success", () => {
  it("supersedes a failure that was not told yet", async () => {
    const bench = createBench();
    bench.on("payment.failed", "log");
    bench.on("payment.succeeded", "vip");
    const id = await bench.payment();
    await bench.tell(id, FAILED, SUCCEEDED);
    await bench.start();
    await bench.clock.advance(2 * HOUR);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
    expect(await bench.statuses(id)).toEqual(["log payment.failed superseded", "vip payment.succeeded delivered"]);
  });

  it("supersedes a failure whose handler failed so far", async () => {
    const bench = createBench();
    bench.on("payment.failed", "vip", failing());
    bench.on("payment.succeeded", "vip");
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, FAILED);
    await bench.clock.advance(MINUTE);
    await bench.tell(id, SUCCEEDED);
    expect(await bench.statuses(id)).toEqual(["vip payment.failed superseded", "vip payment.succeeded delivered"]);
    const told = bench.heard.length;
    await bench.clock.advance(2 * HOUR);
    expect(bench.heard).toHaveLength(told);
  });

  it("waits for a failure that is being told to the same handler", async () => {
    const bench = createBench();
    const telling = Promise.withResolvers<void>();
    bench.on("payment.failed", "vip", () => telling.promise);
    bench.on("payment.succeeded", "vip");
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, FAILED);
    await bench.tell(id, SUCCEEDED);
    await bench.clock.advance(6 * SECOND);
    expect(bench.heard).toEqual(["vip payment.failed"]);
    telling.resolve();
    await until(() => bench.heard.length === 2);
    expect(bench.heard).toEqual(["vip payment.failed", "vip payment.succeeded"]);
  });

  it("does not make a reversal after it obsolete", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    bench.on("payment.reversed", "vip");
    await bench.tell(await bench.payment(), SUCCEEDED, REVERSED);
    await bench.start();
    expect(bench.heard).toEqual(["vip payment.succeeded", "vip payment.reversed"]);
  });

  it("of one payment leaves another one's failure to be told", async () => {
    const bench = createBench();
    bench.on("payment.failed", "log");
    bench.on("payment.succeeded", "log");
    await bench.tell(await bench.payment("order-1"), FAILED);
    await bench.tell(await bench.payment("order-1"), SUCCEEDED);
    await bench.start();
    expect(bench.heard.sort()).toEqual(["log payment.failed", "log payment.succeeded"]);
  });
});

describe("two processes delivering", () => {
  it("tell each event once between them", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip", () => bench.clock.sleep(SECOND));
    await bench.start();
    await bench.start();
    for (let n = 0; n < 30; n++) await bench.tell(await bench.payment(`order-${n}`), SUCCEEDED);
    await bench.clock.advance(20 * SECOND);
    expect(bench.heard).toHaveLength(30);
  });

  it("take over from one that died while telling", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    const key = { name: "vip", type: "payment.succeeded" } as const;
    await bench.store.registerHandlers([key]);
    const now = bench.clock.now();
    expect(
      await bench.store.leaseDeliveries({ now, until: now + 45 * SECOND, handlers: [key], limit: 16 }),
    ).toHaveLength(1);
    await bench.start();
    await bench.clock.advance(45 * SECOND - 1);
    expect(bench.heard).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
    expect((await bench.store.deliveries(id))[0]).toMatchObject({ attempts: 2, status: "delivered" });
  });
});

describe("a process that stood still while it asked for work", () => {
  it("leaves it to others, since a handler might outlive the lease", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    await bench.start();
    const id = await bench.payment();
    const release = bench.store.holdNext("leaseDeliveries");
    await bench.tell(id, SUCCEEDED);
    await bench.clock.advance(11 * SECOND);
    release();
    await bench.clock.advance(28 * SECOND);
    expect(bench.heard).toEqual([]);
    await bench.clock.advance(20 * SECOND);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
  });
});

describe("stopping", () => {
  it("waits for what is running and marks it, and takes nothing new", async () => {
    const bench = createBench();
    const telling = Promise.withResolvers<void>();
    bench.on("payment.succeeded", "vip", () => telling.promise);
    const delivering = await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    let stopped = false;
    const stopping = delivering.stop().then(() => {
      stopped = true;
    });
    await bench.tell(await bench.payment("order-2"), SUCCEEDED);
    expect(stopped).toBe(false);
    telling.resolve();
    await stopping;
    expect(bench.heard).toHaveLength(1);
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    await bench.clock.advance(HOUR);
    expect(bench.heard).toHaveLength(1);
    expect(bench.clock.sleeping()).toEqual([]);
  });

  it("waits no longer for a handler that hangs than the handler has", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip", never);
    const delivering = await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    const stopping = delivering.stop();
    await bench.clock.advance(30 * SECOND);
    await stopping;
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded due"]);
  });

  it("leaves nothing running that it took while it was asked to stop", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    const delivering = await bench.start();
    const go = bench.store.holdNext("leaseDeliveries");
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    const stopping = delivering.stop();
    go();
    await stopping;
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    await idle();
    expect(bench.clock.sleeping()).toEqual([]);
  });
});
