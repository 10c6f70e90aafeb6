import { afterEach, describe, expect, it } from "@jest/globals";
import { createAskingBench, stopAsking } from "../../test/asking-bench.ts";
import { ref } from "../../test/fake-provider.ts";
import { settled, until } from "../../test/manual-clock.ts";
import type { CreateOutcome } from "../contract/provider.ts";
import type { Observation } from "../model/observation.ts";
import { ASK_DELAYS } from "./ask.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PAID: Observation = { status: "succeeded", raw: "PAID" };
const WAITING: Observation = { status: "pending", raw: "NEW" };

afterEach(stopAsking);

describe("a callback that says only that something changed", () => {
  it("is answered only after it is committed that the gateway will be asked", async () => {
    const bench = createAskingBench(PAID);
    const { id } = await bench.checkout();
    const commit = bench.store.holdNext("settle");
    const replying = bench.change({ paymentId: id });
    await settled();
    expect(bench.cards.outcomes).toEqual([]);
    commit();
    expect(await replying).toEqual({ status: 200, body: "OK" });
    expect(bench.cards.outcomes).toEqual([expect.objectContaining({ kind: "asked" })]);
    expect(bench.asked).toEqual([]);
    expect(await bench.due()).toEqual([id]);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "ask"]);
  });

  it("that was not committed must come again, and nobody is asked", async () => {
    const bench = createAskingBench(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    bench.store.failNext("settle");
    expect(await bench.change({ paymentId: id })).toEqual({ status: 503, body: "NO" });
    await bench.clock.advance(DAY);
    expect(bench.asked).toEqual([]);
    await bench.change({ paymentId: id });
    expect(bench.asked).toHaveLength(1);
  });

  it("has the gateway asked at once, by every name the payment has, and the answer settled", async () => {
    const bench = createAskingBench(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ ref: ref(`R-${id}`) });
    const amount = { amount: 1999, currency: "PLN" };
    expect(bench.asked).toEqual([{ paymentId: id, reference: id.slice(4), ref: `R-${id}`, amount }]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "ask", "succeeded"]);
    expect(await bench.due()).toEqual([]);
  });

  it("teaches the gateway's name for the payment, and shows a person another one", async () => {
    const bench = createAskingBench(PAID);
    bench.cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const [first, second] = [await bench.checkout(), await bench.checkout({ orderId: "order-2" })];
    await bench.change({ paymentId: first.id }, "SEEN");
    expect((await bench.record(first.id)).payment.ref).toBe("SEEN");
    await bench.change({ paymentId: first.id }, "OTHER");
    await bench.change({ paymentId: second.id }, "SEEN");
    expect((await bench.record(first.id)).payment.ref).toBe("SEEN");
    expect((await bench.record(second.id)).payment.ref).toBeUndefined();
    expect(await bench.reviews()).toEqual(["ref_mismatch", "ref_mismatch"]);
    expect(bench.cards.outcomes.map(({ kind }) => kind)).toEqual(["asked", "asked", "asked"]);
  });

  it("is no duplicate when it comes again, but the gateway is asked once for all that waits", async () => {
    const bench = createAskingBench(PAID);
    const { id } = await bench.checkout();
    for (let n = 0; n < 5; n++) await bench.change({ paymentId: id });
    expect(new Set(bench.cards.outcomes.map(({ kind }) => kind))).toEqual(new Set(["asked"]));
    await bench.start();
    await bench.clock.advance(DAY);
    expect(bench.asked).toHaveLength(1);
  });

  it("about a payment nobody has yet is kept, and asked for once create's answer brings the name", async () => {
    const bench = createAskingBench(PAID);
    await bench.start();
    const answer = Promise.withResolvers<CreateOutcome>();
    bench.cards.onCreate = () => answer.promise;
    const paying = bench.checkout();
    await until(() => bench.cards.creates.length === 1);
    await bench.change({ ref: ref("SOON") });
    expect(bench.cards.outcomes).toEqual([{ kind: "unknown_payment" }]);
    expect(bench.asked).toEqual([]);
    answer.resolve({ kind: "accepted", ref: ref("SOON"), next: { kind: "wait" } });
    const { id } = await paying;
    await settled();
    expect(bench.asked).toMatchObject([{ paymentId: id, ref: "SOON" }]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.store.staleOrphans(bench.clock.now(), 10)).toEqual([]);
  });
});

describe("a gateway is asked again", () => {
  it("with growing pauses until it knows, and then no more", async () => {
    const bench = createAskingBench(...Array<Observation>(6).fill(WAITING), PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(2 * DAY);
    expect(bench.pauses()).toEqual(ASK_DELAYS.slice(0, 6));
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    // The same answer is no news: one line tells of it.
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "ask", "pending", "succeeded"]);
  });

  it("for about a day, if it never knows", async () => {
    const bench = createAskingBench(new Error("HTTP 500"));
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(7 * DAY);
    expect(bench.pauses()).toEqual(ASK_DELAYS);
    expect(await bench.due()).toEqual([]);
  });

  it("where it still waits for a payment that is closed here: a late success is on its way", async () => {
    const bench = createAskingBench(WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, observed: { status: "failed" } });
    await bench.change({ paymentId: id });
    expect((await bench.record(id)).payment.state).toBe("failed");
    await bench.clock.advance(5 * SECOND);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("where it only repeats what is known, and not where it says that the payment failed", async () => {
    const failed: Observation = { status: "failed", raw: "NO" };
    const bench = createAskingBench(failed, failed, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(DAY);
    expect(bench.asked).toHaveLength(1);
    await bench.change({ paymentId: id });
    expect(bench.asked).toHaveLength(2);
    await bench.clock.advance(5 * SECOND);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("where it failed or hung, and the log names neither what it said nor to whom", async () => {
    const hanging = new Promise<Observation>(() => {});
    const bench = createAskingBench(new TypeError("canary of the gateway"), hanging, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(5 * SECOND + 20 * SECOND + 29 * SECOND);
    expect(bench.asked).toHaveLength(2);
    // What is due later than in half a minute is found within half a minute.
    await bench.clock.advance(SECOND + 30 * SECOND);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(JSON.stringify(bench.logger.lines)).not.toContain("canary");
  });

  it("when something changed while it was being asked", async () => {
    const first = Promise.withResolvers<Observation>();
    const bench = createAskingBench(first.promise, WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.change({ paymentId: id });
    expect(bench.asked).toHaveLength(2);
    // An old answer, which ends only the question it belongs to.
    first.resolve({ status: "failed", raw: "OLD" });
    await bench.clock.advance(DAY);
    expect(bench.asked).toHaveLength(3);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.due()).toEqual([]);
  });

  it("once where the payment is paid already and it says so", async () => {
    const bench = createAskingBench(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    for (let n = 0; n < 2; n++) {
      await bench.change({ paymentId: id });
      await bench.clock.advance(DAY);
    }
    expect(bench.asked).toHaveLength(2);
  });

  it("soon when something changes during a long pause", async () => {
    const bench = createAskingBench(WAITING, WAITING, WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(60 * SECOND);
    expect(bench.asked).toHaveLength(3);
    await bench.change({ paymentId: id });
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("where its answer could not be stored", async () => {
    const bench = createAskingBench(WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    bench.store.failNext("concludeAsk");
    await bench.change({ paymentId: id });
    await bench.clock.advance(30 * SECOND);
    expect(bench.asked).toHaveLength(2);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });
});

describe("asking", () => {
  it("of one payment keeps no other one waiting", async () => {
    const bench = createAskingBench(new Promise(() => {}), PAID);
    await bench.start();
    const [slow, quick] = [await bench.checkout(), await bench.checkout({ orderId: "order-2" })];
    await bench.change({ paymentId: slow.id });
    await bench.change({ paymentId: quick.id });
    expect((await bench.record(quick.id)).payment.state).toBe("succeeded");
    expect((await bench.record(slow.id)).payment.state).toBe("pending");
  });

  it("asks fifty questions at once, and the next when one is answered", async () => {
    const answers = Array.from({ length: 52 }, () => Promise.withResolvers<Observation>());
    const bench = createAskingBench(...answers.map(({ promise }) => promise));
    await bench.start();
    for (let n = 0; n < 52; n++)
      await bench.change({ paymentId: (await bench.checkout({ orderId: `order-${n}` })).id });
    expect(bench.asked).toHaveLength(50);
    answers[0]!.resolve(PAID);
    await settled();
    expect(bench.asked).toHaveLength(51);
    for (const { resolve } of answers) resolve(PAID);
    await settled();
    expect(bench.asked).toHaveLength(52);
  });

  it("is done by one of several processes, and taken over from one that died while asking", async () => {
    const bench = createAskingBench(PAID);
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    // What a process does before it dies.
    await bench.store.leaseAsks(bench.clock.now(), bench.clock.now() + 30 * SECOND, 10);
    await bench.start();
    await bench.start();
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(60 * SECOND);
    expect(bench.asked).toHaveLength(1);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("goes on after the store failed", async () => {
    const bench = createAskingBench(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    bench.store.failNext("leaseAsks");
    await bench.change({ paymentId: id });
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(30 * SECOND);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(bench.logger.lines.map(({ level }) => level)).toEqual(["error"]);
  });

  it("ends after what is being asked, whose answer is stored", async () => {
    const answer = Promise.withResolvers<Observation>();
    const bench = createAskingBench(answer.promise);
    const asking = await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    let ended = false;
    const stopped = asking.stop().then(() => {
      ended = true;
    });
    await settled();
    expect(ended).toBe(false);
    answer.resolve(PAID);
    await stopped;
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(bench.clock.sleeping()).toEqual([]);
  });
});
