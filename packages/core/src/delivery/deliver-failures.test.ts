import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createDeliveryHarness as createHarness,
  failing,
  HOUR,
  MINUTE,
  never,
  REVERSED,
  SECOND,
  SUCCEEDED,
  stopDelivering,
} from "../../test/delivery-harness.ts";
import type { ManualClock } from "../testing/manual-clock.ts";
import { DELIVERY_DELAYS_MS } from "./attempt.ts";

afterEach(stopDelivering);

/** Lets hours pass. The machine sleeps except for one minute, so that the loop does not run every few seconds for days. */
async function sleepThrough(clock: ManualClock, hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    clock.step(HOUR - 60 * SECOND);
    await clock.advance(60 * SECOND);
  }
}

describe("a handler that fails", () => {
  it("is tried again after 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h, each up to a fifth later, and then no more", async () => {
    const harness = createHarness();
    const times: number[] = [];
    harness.on("payment.succeeded", "vip", () => {
      times.push(harness.clock.now());
      throw new Error("the game server is away");
    });
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    for (let hour = 0; hour < 120; hour++) await harness.clock.advance(HOUR);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    const expected = [
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      14 * HOUR,
      20 * HOUR,
      24 * HOUR,
    ];
    expect(gaps).toHaveLength(expected.length);
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(expected[index]!);
      expect(gap).toBeLessThanOrEqual(expected[index]! * 1.2);
    }
    expect(new Set(gaps.map((gap, index) => gap / expected[index]!)).size).toBeGreaterThan(1);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded dead"]);
    const [row] = await harness.store.deliveries(id);
    expect(row).toMatchObject({ attempts: 10, error: "Error: the game server is away" });
    expect(await harness.store.openReviews(10)).toEqual([
      expect.objectContaining({
        kind: "dead_letter",
        paymentId: id,
        details: { event: row?.eventId, type: "payment.succeeded", handler: "vip" },
      }),
    ]);
  });

  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it.each<[string, unknown]>([
    ["an error whose message is a symbol", Object.assign(new Error("x"), { message: Symbol("x") })],
    ["an object without a prototype", Object.create(null)],
    [
      "an error that cannot be read",
      Object.defineProperty(new Error("x"), "message", {
        get() {
          throw new Error("no");
        },
      }),
    ],
    ["a revoked proxy", revoked.proxy],
    ["nothing", undefined],
  ])("is tried again after throwing %s", async (_, thrown) => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip", () => {
      throw thrown;
    });
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(6 * SECOND);
    expect(harness.handled).toHaveLength(2);
  });

  it.each([1, 3])(
    "by hanging keeps no place from the others, however many events wait for it: %i of them",
    async (hanging) => {
      const harness = createHarness();
      for (let n = 0; n < hanging; n++) harness.on("payment.succeeded", `mail-${n}`, never);
      harness.on("payment.succeeded", "vip");
      await harness.start();
      for (let n = 0; n < 100; n++) await harness.record(await harness.payment(`order-${n}`), SUCCEEDED);
      await harness.clock.advance(SECOND);
      expect(harness.handled.filter((call) => call === "vip payment.succeeded")).toHaveLength(100);
      // Each of those that hang has as many places as it left free.
      expect(harness.handled.length - 100).toBeGreaterThanOrEqual(32);
    },
  );

  it("is given up when every attempt took its process along", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    const handlers = [{ name: "vip", type: "payment.succeeded" as const }];
    await harness.store.registerHandlers(handlers);
    for (let attempt = 1; attempt <= 10; attempt++) {
      const now = harness.clock.now();
      expect(await harness.store.leaseDeliveries({ now, until: now + MINUTE, handlers, limit: 1 })).toMatchObject([
        { attempt },
      ]);
      await harness.clock.advance(MINUTE);
    }
    await harness.start();
    await harness.clock.advance(MINUTE);
    expect(harness.handled).toEqual([]);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded dead"]);
    const [review] = await harness.store.openReviews(10);
    expect(review).toMatchObject({ kind: "dead_letter", paymentId: id });
    const fields = { review: "dead_letter", reviewId: review?.id, paymentId: id };
    expect(harness.logger.lines.filter(({ message }) => message.includes("A person should look"))).toEqual([
      expect.objectContaining({ level: "warn", fields }),
    ]);
  });

  it.each([
    [0, 5000],
    [1, 5004],
    [127, 5498],
    [254, 5996],
    [255, 6000],
  ])("is tried again up to a fifth later, by the dice: %d makes 5 s to %d ms", async (byte, delay) => {
    const harness = createHarness({ random: (size) => new Uint8Array(size).fill(byte) });
    harness.on("payment.succeeded", "vip", failing());
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(delay - 1);
    expect(harness.handled).toHaveLength(1);
    await harness.clock.advance(1);
    expect(harness.handled).toHaveLength(2);
  });

  it("is told the same event under the same id, until it takes it", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip", failing(2));
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    await harness.clock.advance(HOUR);
    expect(harness.events).toHaveLength(3);
    expect(new Set(harness.events.map((event) => JSON.stringify(event))).size).toBe(1);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    const [row] = await harness.store.deliveries(id);
    expect(row).not.toHaveProperty("error");
  });

  it("does not keep the payment's later events back once it is given up", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip", failing());
    harness.on("payment.reversed", "vip");
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED, REVERSED);
    await sleepThrough(harness.clock, 120);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded dead", "vip payment.reversed delivered"]);
  });

  it.each([
    ["by rejecting", () => Promise.reject(new Error("no")), "Error: no"],
    ["with what is no error", () => Promise.reject("a text"), "threw something that is not an Error"],
    ["with nothing", () => Promise.reject(), "threw something that is not an Error"],
    ["in many lines", () => Promise.reject(new Error("one\ntwo")), "Error: one"],
    ["in colour", () => Promise.reject(new Error("\u001b[31mred\rover")), "Error:  [31mred over"],
    ["at length", () => Promise.reject(new Error("x".repeat(999))), `Error: ${"x".repeat(193)}`],
  ])("%s is kept as one short line, and logged so", async (_, run, error) => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip", run);
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    expect((await harness.store.deliveries(id))[0]).toMatchObject({ status: "due", error });
    const fields = expect.objectContaining({ error });
    expect(harness.logger.lines).toEqual([expect.objectContaining({ level: "warn", fields })]);
  });

  it("by hanging is given up after 30 s, told so, and tried again", async () => {
    const harness = createHarness();
    const signals: AbortSignal[] = [];
    harness.on("payment.succeeded", "vip", (_, { signal }) => {
      signals.push(signal);
      return never();
    });
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    await harness.clock.advance(30 * SECOND - 1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await harness.clock.advance(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect((await harness.store.deliveries(id))[0]).toMatchObject({ status: "due", error: "timed out" });
    await harness.clock.advance(6 * SECOND);
    expect(harness.handled).toHaveLength(2);
  });

  it("in time is not told that its time is up", async () => {
    const harness = createHarness();
    const signals: AbortSignal[] = [];
    harness.on("payment.succeeded", "vip", (_, { signal }) => signals.push(signal));
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(HOUR);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});

describe("a handler that a stop cuts off", () => {
  /** A handler that hangs until it is told to end, and its payment, which succeeded. */
  async function hanging() {
    const heard: unknown[] = [];
    const harness = createHarness({ onHandlerError: (error) => heard.push(error) });
    let handle: () => unknown = never;
    harness.on("payment.succeeded", "vip", () => handle());
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    const cut = async () => {
      const stopping = (await harness.start()).stop(0);
      await harness.clock.advance(0);
      await stopping;
    };
    const row = async () => (await harness.store.deliveries(id))[0];
    return { ...harness, cut, heard, row, handleWith: (run: () => unknown) => (handle = run) };
  }

  it.each([1, 9, 10, 25])("%d times is delivered once more, and only that attempt counts", async (times) => {
    const { clock, cut, events, handleWith, heard, logger, row, start, store } = await hanging();
    for (let n = 1; n <= times; n++) {
      await cut();
      expect(events).toHaveLength(n);
      expect(await row()).toMatchObject({ status: "due", attempts: 0, nextAttemptAt: clock.now() });
    }
    expect(await store.failingDeliveries(10)).toEqual([]);
    expect(heard).toEqual([]);
    expect(new Set(logger.lines.map(({ level, message }) => `${level}: ${message}`))).toEqual(
      new Set(["info: A handler was cut off because Pay closed; its event is due again at once."]),
    );
    handleWith(() => {});
    await start();
    await clock.advance(HOUR);
    expect(events).toHaveLength(times + 1);
    expect(await row()).toMatchObject({ status: "delivered", attempts: 1 });
    expect(await store.openReviews(10)).toEqual([]);
  });

  it("keeps the attempts that it failed before, with their error, and its last attempt", async () => {
    const { clock, cut, handleWith, row, start, store } = await hanging();
    handleWith(failing());
    const delivering = await start();
    for (const delay of DELIVERY_DELAYS_MS.slice(1, 9)) await clock.advance(delay * 1.2);
    expect(await row()).toMatchObject({ status: "due", attempts: 9, error: "Error: no" });
    await delivering.stop(0);
    handleWith(never);
    clock.step(DELIVERY_DELAYS_MS[9]! * 1.2);
    for (let n = 1; n <= 3; n++) {
      await cut();
      expect(await row()).toMatchObject({ status: "due", attempts: 9, error: "Error: no", nextAttemptAt: clock.now() });
    }
    handleWith(failing());
    await start();
    expect(await row()).toMatchObject({ status: "dead", attempts: 10, error: "Error: no" });
    expect(await store.openReviews(10)).toHaveLength(1);
  });

  it("counts an attempt whose end could not be stored, like one whose process died", async () => {
    const { clock, cut, handleWith, row, start, store } = await hanging();
    store.failNext("finishDelivery");
    await cut();
    expect(await row()).toMatchObject({ status: "leased", attempts: 1 });
    handleWith(() => {});
    await start();
    await clock.advance(MINUTE);
    expect(await row()).toMatchObject({ status: "delivered", attempts: 2 });
  });
});

describe("delivering beside a store that fails", () => {
  it("goes on after a lease that failed", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    harness.store.failNext("leaseDeliveries", 3);
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(10 * SECOND);
    expect(harness.handled).toEqual(["vip payment.succeeded"]);
    expect(harness.logger.lines.filter(({ level }) => level === "error")).toHaveLength(3);
  });

  it("rests between attempts to read a store that stays away", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    harness.store.failNext("leaseDeliveries", 1000);
    await harness.start();
    await harness.clock.advance(10 * SECOND);
    expect(harness.store.calls.filter((call) => call === "leaseDeliveries").length).toBeLessThanOrEqual(12);
  });

  it("stores the end of a delivery again, while its lease holds, and calls the handler once", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    harness.store.failNext("finishDelivery", 5);
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    await harness.clock.advance(5 * SECOND);
    expect(harness.store.calls.filter((call) => call === "finishDelivery")).toHaveLength(6);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    await harness.clock.advance(MINUTE);
    expect(harness.handled).toHaveLength(1);
    expect(harness.logger.lines).toEqual([]);
  });

  it("gives the end of a delivery up with the lease, in one line, and then delivers again", async () => {
    const { clock, store, ...harness } = createHarness();
    harness.on("payment.succeeded", "vip");
    store.failNext("finishDelivery", 1000);
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    await clock.advance(39 * SECOND);
    const ends = () => store.calls.filter((call) => call === "finishDelivery").length;
    // With growing pauses: a store that is away is not asked ten times a second.
    expect(ends()).toBeLessThan(30);
    await clock.advance(SECOND);
    expect(harness.logger.lines.map(({ message }) => message)).toEqual([
      "The end of a delivery was not stored; the event will be delivered again.",
    ]);
    await clock.advance(5 * SECOND);
    expect(harness.handled).toHaveLength(2);
    expect(harness.events[0]?.id).toBe(harness.events[1]?.id);
  });

  it("stops at the deadline, although the end of a delivery is not stored yet", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    harness.store.failNext("finishDelivery", 1000);
    const delivering = await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    let isStopped = false;
    const stopping = delivering.stop(3 * SECOND).then(() => {
      isStopped = true;
    });
    await harness.clock.advance(3 * SECOND - 1);
    expect(isStopped).toBe(false);
    await harness.clock.advance(1);
    expect(isStopped).toBe(true);
    await stopping;
    const { length } = harness.store.calls;
    await harness.clock.advance(MINUTE);
    expect(harness.store.calls).toHaveLength(length);
  });

  it("does not count as delivering while so many ends are not stored that it takes no more", async () => {
    const { clock, store, ...harness } = createHarness();
    harness.on("payment.succeeded", "vip");
    for (let n = 0; n < 200; n++) await harness.record(await harness.payment(`order-${n}`), SUCCEEDED);
    const release = Array.from({ length: 200 }, () => store.holdNext("finishDelivery"));
    const delivering = await harness.start();
    expect(harness.handled).toHaveLength(128);
    await clock.advance(29 * SECOND);
    expect(delivering.isDelivering()).toBe(true);
    await clock.advance(SECOND);
    expect(delivering.isDelivering()).toBe(false);
    for (const goOn of release) goOn();
    await clock.advance(SECOND);
    expect(delivering.isDelivering()).toBe(true);
  });

  it("goes on after the next due time could not be read", async () => {
    const harness = createHarness();
    harness.on("payment.succeeded", "vip");
    harness.store.failNext("nextDeliveryAt");
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(2 * SECOND);
    expect(harness.handled).toHaveLength(1);
  });
});
