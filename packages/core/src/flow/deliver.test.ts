import { afterEach, describe, expect, it } from "@jest/globals";
import { createManualClock, settled, until } from "../../test/manual-clock.ts";
import { quietLogger } from "../../test/quiet-logger.ts";
import { newRecord, openingEntry } from "../../test/records.ts";
import { seededRandom } from "../../test/seeded-random.ts";
import { watchedStore } from "../../test/watched-store.ts";
import type { HandlerContext } from "../contract/pay.ts";
import type { PaymentEvent, PaymentEventType } from "../model/event.ts";
import type { Fact } from "../model/fact.ts";
import { createIds, type PaymentId } from "../model/ids.ts";
import { type Delivering, type Handler, startDelivering } from "./deliver.ts";
import { settle } from "./settle.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const FAILED: Fact = { kind: "failed" };
const SUCCEEDED: Fact = { kind: "succeeded" };
const REVERSED: Fact = { kind: "reversed" };

const started: Delivering[] = [];
const clocks: ReturnType<typeof createManualClock>[] = [];
afterEach(async () => {
  for (const delivering of started.splice(0)) {
    const stopping = delivering.stop();
    for (const clock of clocks) await clock.advance(MINUTE);
    await stopping;
  }
  clocks.length = 0;
});

/** A store with one payment, and deliveries started when a test says so. */
function createBench({ random = seededRandom(1) } = {}) {
  const clock = createManualClock();
  clocks.push(clock);
  const store = watchedStore();
  const logger = quietLogger();
  const ids = createIds(clock.now, seededRandom(2));
  const handlers: Handler[] = [];
  const heard: string[] = [];
  let delivering: Delivering | undefined;
  const bench = {
    clock,
    store,
    logger,
    /** What the handlers were told, as `handler type`, in order. */
    heard,
    events: [] as PaymentEvent[],
    on(
      type: PaymentEventType,
      name: string,
      run: (event: PaymentEvent, context: HandlerContext) => unknown = () => {},
    ) {
      handlers.push({
        type,
        name,
        run(event, context) {
          heard.push(`${name} ${type}`);
          bench.events.push(event);
          return run(event, context);
        },
      });
    },
    async start() {
      await store.registerHandlers(handlers);
      delivering = startDelivering({ store, clock, random, ids, logger, handlers });
      started.push(delivering);
      await settled();
      return delivering;
    },
    async payment(orderId = "order-1"): Promise<PaymentId> {
      const record = newRecord({ id: ids.payment(), orderId });
      await store.open({ record, entry: openingEntry(record) });
      return record.payment.id;
    },
    /** Settles facts one by one. */
    async tell(id: PaymentId, ...facts: Fact[]) {
      const deps = { store, ids, now: clock.now, eventsCommitted: () => delivering?.wake() };
      for (const fact of facts) {
        await settle(deps, { query: { account: "fake:1", paymentId: id }, fact, failureIsFinal: false });
      }
      await settled();
    },
    statuses: async (id: PaymentId) =>
      (await store.deliveries(id)).map(({ handler, type, status }) => `${handler} ${type} ${status}`),
  };
  return bench;
}

/** Throws the first `times` times. */
function failing(times = Number.POSITIVE_INFINITY, message = "no") {
  let left = times;
  return () => {
    if (left-- > 0) throw new Error(message);
  };
}

const never = () => new Promise(() => {});

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
    const query = { account: "fake:1", paymentId: id };
    await settle({ ...other, eventsCommitted() {} }, { query, fact: SUCCEEDED, failureIsFinal: false });
    await settled();
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
    await bench.tell(id, FAILED, { kind: "reversed", ref: "REF" as never });
    await bench.start();
    expect(bench.events.map(({ type, payment }) => [type, payment.state, payment.ref])).toEqual([
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

  it("gets through many more events than it handles at once, and runs sixteen at a time", async () => {
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
    expect(most).toBe(16);
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

describe("a handler that fails", () => {
  it("is tried again after 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h, each up to a fifth later, and then no more", async () => {
    const bench = createBench();
    const times: number[] = [];
    bench.on("payment.succeeded", "vip", () => {
      times.push(bench.clock.now());
      throw new Error("the game server is away");
    });
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    for (let hour = 0; hour < 120; hour++) await bench.clock.advance(HOUR);
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
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded dead"]);
    const [row] = await bench.store.deliveries(id);
    expect(row).toMatchObject({ attempts: 10, error: "Error: the game server is away" });
    expect(await bench.store.openReviews(10)).toEqual([
      expect.objectContaining({
        kind: "dead_letter",
        paymentId: id,
        details: { event: row?.eventId, type: "payment.succeeded", handler: "vip" },
      }),
    ]);
  });

  it.each([
    [0, 5000],
    [1, 5004],
    [127, 5498],
    [254, 5996],
    [255, 6000],
  ])("is tried again up to a fifth later, by the dice: %d makes 5 s to %d ms", async (byte, delay) => {
    const bench = createBench({ random: (size) => new Uint8Array(size).fill(byte) });
    bench.on("payment.succeeded", "vip", failing());
    await bench.start();
    await bench.tell(await bench.payment(), SUCCEEDED);
    await bench.clock.advance(delay - 1);
    expect(bench.heard).toHaveLength(1);
    await bench.clock.advance(1);
    expect(bench.heard).toHaveLength(2);
  });

  it("is told the same event under the same id, until it takes it", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip", failing(2));
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    await bench.clock.advance(HOUR);
    expect(bench.events).toHaveLength(3);
    expect(new Set(bench.events.map((event) => JSON.stringify(event))).size).toBe(1);
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    const [row] = await bench.store.deliveries(id);
    expect(row).not.toHaveProperty("error");
  });

  it("does not keep the payment's later events back once it is given up", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip", failing());
    bench.on("payment.reversed", "vip");
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED, REVERSED);
    for (let hour = 0; hour < 120; hour++) await bench.clock.advance(HOUR);
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded dead", "vip payment.reversed delivered"]);
  });

  it.each([
    ["by rejecting", () => Promise.reject(new Error("no")), "Error: no"],
    ["with what is no error", () => Promise.reject("a text"), "threw something that is no Error"],
    ["with nothing", () => Promise.reject(), "threw something that is no Error"],
    ["in many lines", () => Promise.reject(new Error("one\ntwo")), "Error: one"],
    ["in colour", () => Promise.reject(new Error("\u001b[31mred\rover")), "Error:  [31mred over"],
    ["at length", () => Promise.reject(new Error("x".repeat(999))), `Error: ${"x".repeat(193)}`],
  ])("%s is kept as one short line, and not logged", async (_, run, error) => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip", run);
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    expect((await bench.store.deliveries(id))[0]).toMatchObject({ status: "due", error });
    expect(JSON.stringify(bench.logger.lines)).not.toMatch(/one|a text|red|xxx/);
    expect(bench.logger.lines).toEqual([expect.objectContaining({ level: "warn" })]);
  });

  it("by hanging is given up after 30 s, told so, and tried again", async () => {
    const bench = createBench();
    const signals: AbortSignal[] = [];
    bench.on("payment.succeeded", "vip", (_, { signal }) => {
      signals.push(signal);
      return never();
    });
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    await bench.clock.advance(30 * SECOND - 1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await bench.clock.advance(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect((await bench.store.deliveries(id))[0]).toMatchObject({ status: "due", error: "timed out" });
    await bench.clock.advance(6 * SECOND);
    expect(bench.heard).toHaveLength(2);
  });

  it("in time is not told that its time is up", async () => {
    const bench = createBench();
    const signals: AbortSignal[] = [];
    bench.on("payment.succeeded", "vip", (_, { signal }) => signals.push(signal));
    await bench.start();
    await bench.tell(await bench.payment(), SUCCEEDED);
    await bench.clock.advance(HOUR);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});

describe("delivering beside a store that fails", () => {
  it("goes on after a lease that failed", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    bench.store.failNext("lease", 3);
    await bench.start();
    await bench.tell(await bench.payment(), SUCCEEDED);
    await bench.clock.advance(10 * SECOND);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
    expect(bench.logger.lines.filter(({ level }) => level === "error")).toHaveLength(3);
  });

  it("rests between attempts to read a store that stays away", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    bench.store.failNext("lease", 1000);
    await bench.start();
    await bench.clock.advance(10 * SECOND);
    expect(bench.store.calls.filter((call) => call === "lease").length).toBeLessThanOrEqual(12);
  });

  it("delivers again what was told but could not be marked", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    bench.store.failNext("conclude");
    await bench.start();
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    expect(bench.heard).toHaveLength(1);
    await bench.clock.advance(MINUTE);
    expect(bench.heard).toHaveLength(2);
    expect(bench.events[0]?.id).toBe(bench.events[1]?.id);
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
  });

  it("goes on after the next due time could not be read", async () => {
    const bench = createBench();
    bench.on("payment.succeeded", "vip");
    bench.store.failNext("nextDelivery");
    await bench.start();
    await bench.tell(await bench.payment(), SUCCEEDED);
    await bench.clock.advance(2 * SECOND);
    expect(bench.heard).toHaveLength(1);
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
    expect(await bench.store.lease({ now, until: now + 45 * SECOND, handlers: [key], limit: 16 })).toHaveLength(1);
    await bench.start();
    await bench.clock.advance(45 * SECOND - 1);
    expect(bench.heard).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.heard).toEqual(["vip payment.succeeded"]);
    expect((await bench.store.deliveries(id))[0]).toMatchObject({ attempts: 2, status: "delivered" });
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
    const go = bench.store.holdNext("lease");
    const id = await bench.payment();
    await bench.tell(id, SUCCEEDED);
    const stopping = delivering.stop();
    go();
    await stopping;
    expect(await bench.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
    await settled();
    expect(bench.clock.sleeping()).toEqual([]);
  });
});
