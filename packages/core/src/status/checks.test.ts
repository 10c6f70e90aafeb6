import { afterEach, describe, expect, it } from "@jest/globals";
import { createStatusCheckHarness, stopStatusChecks } from "../../test/status-check-harness.ts";
import type { CreateOutcome } from "../contract/provider.ts";
import type { StatusReport } from "../model/status-report.ts";
import { providerReference } from "../testing/fake-provider.ts";
import { idle, until } from "../testing/manual-clock.ts";
import { STATUS_CHECK_DELAYS_MS } from "./checks.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PAID: StatusReport = { status: "succeeded", providerStatus: "PAID" };
const WAITING: StatusReport = { status: "pending", providerStatus: "NEW" };

afterEach(stopStatusChecks);

describe("a callback that says only that something changed", () => {
  it("is answered only after it is committed that the gateway will be asked", async () => {
    const bench = createStatusCheckHarness(PAID);
    const { id } = await bench.checkout();
    const commit = bench.store.holdNext("update");
    const replying = bench.change({ paymentId: id });
    await idle();
    expect(bench.cards.outcomes).toEqual([]);
    commit();
    expect(await replying).toEqual({ status: 200, body: "OK" });
    expect(bench.cards.outcomes).toEqual([expect.objectContaining({ kind: "status_check_scheduled" })]);
    expect(bench.asked).toEqual([]);
    expect(await bench.due()).toEqual([id]);
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "check_status"]);
  });

  it("that was not committed must come again, and nobody is asked", async () => {
    const bench = createStatusCheckHarness(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    bench.store.failNext("update");
    expect(await bench.change({ paymentId: id })).toEqual({ status: 503, body: "NO" });
    await bench.clock.advance(DAY);
    expect(bench.asked).toEqual([]);
    await bench.change({ paymentId: id });
    expect(bench.asked).toHaveLength(1);
  });

  it("has the gateway asked at once, by every name the payment has, and the answer settled", async () => {
    const bench = createStatusCheckHarness(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ providerReference: providerReference(`R-${id}`) });
    const amount = { value: 1999, currency: "PLN" };
    expect(bench.asked).toEqual([
      { paymentId: id, merchantReference: id.slice(4), providerReference: `R-${id}`, amount },
    ]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "check_status", "succeeded"]);
    expect(await bench.due()).toEqual([]);
  });

  it("teaches the gateway's name for the payment, and shows a person another one", async () => {
    const bench = createStatusCheckHarness(PAID);
    bench.cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const [first, second] = [await bench.checkout(), await bench.checkout({ orderId: "order-2" })];
    await bench.change({ paymentId: first.id }, "SEEN");
    expect((await bench.record(first.id)).payment.providerReference).toBe("SEEN");
    await bench.change({ paymentId: first.id }, "OTHER");
    await bench.change({ paymentId: second.id }, "SEEN");
    expect((await bench.record(first.id)).payment.providerReference).toBe("SEEN");
    expect((await bench.record(second.id)).payment.providerReference).toBeUndefined();
    expect(await bench.reviews()).toEqual(["reference_mismatch", "reference_mismatch"]);
    expect(bench.cards.outcomes.map(({ kind }) => kind)).toEqual([
      "status_check_scheduled",
      "status_check_scheduled",
      "status_check_scheduled",
    ]);
  });

  it("is no duplicate when it comes again, but the gateway is asked once for all that waits", async () => {
    const bench = createStatusCheckHarness(PAID);
    const { id } = await bench.checkout();
    for (let n = 0; n < 5; n++) await bench.change({ paymentId: id });
    expect(new Set(bench.cards.outcomes.map(({ kind }) => kind))).toEqual(new Set(["status_check_scheduled"]));
    await bench.start();
    await bench.clock.advance(DAY);
    expect(bench.asked).toHaveLength(1);
  });

  it("about a payment nobody has yet is kept, and asked for once create's answer brings the name", async () => {
    const bench = createStatusCheckHarness(PAID);
    await bench.start();
    const answer = Promise.withResolvers<CreateOutcome>();
    bench.cards.onCreate = () => answer.promise;
    const paying = bench.checkout();
    await until(() => bench.cards.creates.length === 1);
    await bench.change({ providerReference: providerReference("SOON") });
    expect(bench.cards.outcomes).toEqual([{ kind: "unknown_payment" }]);
    expect(bench.asked).toEqual([]);
    answer.resolve({ kind: "accepted", providerReference: providerReference("SOON"), next: { kind: "wait" } });
    const { id } = await paying;
    await idle();
    expect(bench.asked).toMatchObject([{ paymentId: id, providerReference: "SOON" }]);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toEqual([]);
  });
});

describe("a gateway is asked again", () => {
  it("with growing pauses until it knows, and then no more", async () => {
    const bench = createStatusCheckHarness(...Array<StatusReport>(6).fill(WAITING), PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(2 * DAY);
    expect(bench.pauses()).toEqual(STATUS_CHECK_DELAYS_MS.slice(0, 6));
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    // The same answer is no news: one line tells of it.
    expect(await bench.facts(id)).toEqual(["opened", "create_accepted", "check_status", "pending", "succeeded"]);
  });

  it("for about a day, if it never knows", async () => {
    const bench = createStatusCheckHarness(new Error("HTTP 500"));
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(7 * DAY);
    expect(bench.pauses()).toEqual(STATUS_CHECK_DELAYS_MS);
    expect(await bench.due()).toEqual([]);
  });

  it("where it still waits for a payment that is closed here: a late success is on its way", async () => {
    const bench = createStatusCheckHarness(WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status: "failed" } });
    await bench.change({ paymentId: id });
    expect((await bench.record(id)).payment.state).toBe("failed");
    await bench.clock.advance(5 * SECOND);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("where it only repeats what is known, and not where it says that the payment failed", async () => {
    const failed: StatusReport = { status: "failed", providerStatus: "NO" };
    const bench = createStatusCheckHarness(failed, failed, PAID);
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
    const hanging = new Promise<StatusReport>(() => {});
    const bench = createStatusCheckHarness(new TypeError("canary of the gateway"), hanging, PAID);
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
    const first = Promise.withResolvers<StatusReport>();
    const bench = createStatusCheckHarness(first.promise, WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.change({ paymentId: id });
    expect(bench.asked).toHaveLength(2);
    // An old answer, which ends only the question it belongs to.
    first.resolve({ status: "failed", providerStatus: "OLD" });
    await bench.clock.advance(DAY);
    expect(bench.asked).toHaveLength(3);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(await bench.due()).toEqual([]);
  });

  it("once where the payment is paid already and it says so", async () => {
    const bench = createStatusCheckHarness(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    for (let n = 0; n < 2; n++) {
      await bench.change({ paymentId: id });
      await bench.clock.advance(DAY);
    }
    expect(bench.asked).toHaveLength(2);
  });

  it("soon when something changes during a long pause", async () => {
    const bench = createStatusCheckHarness(WAITING, WAITING, WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    await bench.clock.advance(60 * SECOND);
    expect(bench.asked).toHaveLength(3);
    await bench.change({ paymentId: id });
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("where its answer could not be stored", async () => {
    const bench = createStatusCheckHarness(WAITING, PAID);
    await bench.start();
    const { id } = await bench.checkout();
    bench.store.failNext("finishStatusCheck");
    await bench.change({ paymentId: id });
    await bench.clock.advance(30 * SECOND);
    expect(bench.asked).toHaveLength(2);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });
});

describe("asking", () => {
  it("of one payment keeps no other one waiting", async () => {
    const bench = createStatusCheckHarness(new Promise(() => {}), PAID);
    await bench.start();
    const [slow, quick] = [await bench.checkout(), await bench.checkout({ orderId: "order-2" })];
    await bench.change({ paymentId: slow.id });
    await bench.change({ paymentId: quick.id });
    expect((await bench.record(quick.id)).payment.state).toBe("succeeded");
    expect((await bench.record(slow.id)).payment.state).toBe("pending");
  });

  it("asks fifty questions at once, and the next when one is answered", async () => {
    const answers = Array.from({ length: 52 }, () => Promise.withResolvers<StatusReport>());
    const bench = createStatusCheckHarness(...answers.map(({ promise }) => promise));
    await bench.start();
    for (let n = 0; n < 52; n++)
      await bench.change({ paymentId: (await bench.checkout({ orderId: `order-${n}` })).id });
    expect(bench.asked).toHaveLength(50);
    answers[0]!.resolve(PAID);
    await idle();
    expect(bench.asked).toHaveLength(51);
    for (const { resolve } of answers) resolve(PAID);
    await idle();
    expect(bench.asked).toHaveLength(52);
  });

  it("is done by one of several processes, and taken over from one that died while asking", async () => {
    const bench = createStatusCheckHarness(PAID);
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    // What a process does before it dies.
    await bench.store.leaseStatusChecks(bench.clock.now(), bench.clock.now() + 30 * SECOND, 10);
    await bench.start();
    await bench.start();
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(60 * SECOND);
    expect(bench.asked).toHaveLength(1);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
  });

  it("goes on after the store failed", async () => {
    const bench = createStatusCheckHarness(PAID);
    await bench.start();
    const { id } = await bench.checkout();
    bench.store.failNext("leaseStatusChecks");
    await bench.change({ paymentId: id });
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(30 * SECOND);
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(bench.logger.lines.map(({ level }) => level)).toEqual(["error"]);
  });

  it("ends after what is being asked, whose answer is stored", async () => {
    const answer = Promise.withResolvers<StatusReport>();
    const bench = createStatusCheckHarness(answer.promise);
    const statusChecks = await bench.start();
    const { id } = await bench.checkout();
    await bench.change({ paymentId: id });
    let ended = false;
    const stopped = statusChecks.stop().then(() => {
      ended = true;
    });
    await idle();
    expect(ended).toBe(false);
    answer.resolve(PAID);
    await stopped;
    expect((await bench.record(id)).payment.state).toBe("succeeded");
    expect(bench.clock.sleeping()).toEqual([]);
  });
});
