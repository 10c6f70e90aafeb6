import { afterEach, describe, expect, it } from "@jest/globals";
import { createHarness, withoutProvider } from "../../test/harness.ts";
import { createStatusCheckHarness, stopStatusChecks } from "../../test/status-check-harness.ts";
import type { CreateOutcome, PaymentName, Retrieved } from "../contract/provider.ts";
import type { Payment } from "../model/payment.ts";
import type { StatusReport } from "../model/status-report.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { idle, until } from "../testing/manual-clock.ts";
import { STATUS_CHECK_DELAYS_MS } from "./plan.ts";
import { startStatusCheckLoop } from "./run-status-checks.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PAID: StatusReport = { status: "succeeded", providerStatus: "PAID" };
const WAITING: StatusReport = { status: "pending", providerStatus: "NEW" };

afterEach(stopStatusChecks);

/** A gateway that never answers, and another that answers at once. */
function createHungHarness() {
  const asked: PaymentName[] = [];
  const hung = fakeProvider({
    can: {
      retrieve(payment) {
        asked.push(payment);
        return new Promise<Retrieved>(() => {});
      },
    },
  });
  const quick = fakeProvider({ merchantAccount: "fake:quick", can: { retrieve: async () => PAID } });
  const harness = createHarness({ providers: { hung, quick } });
  const change = (name: string, { id }: Pick<Payment, "id">) =>
    harness.notify(name, { kind: "check_status", about: { paymentId: id } });
  return { ...harness, asked, change };
}

describe("a callback that says only that something changed", () => {
  it("is answered only after it is committed that the gateway will be asked", async () => {
    const harness = createStatusCheckHarness(PAID);
    const { id } = await harness.checkout();
    const commit = harness.store.holdNext("update");
    const replying = harness.change({ paymentId: id });
    await idle();
    expect(harness.cards.outcomes).toEqual([]);
    commit();
    expect(await replying).toEqual({ status: 200, body: "OK" });
    expect(harness.cards.outcomes).toEqual([expect.objectContaining({ kind: "status_check_scheduled" })]);
    expect(harness.asked).toEqual([]);
    expect(await harness.due()).toEqual([id]);
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "check_status"]);
  });

  it("that was not committed must come again, and nobody is asked", async () => {
    const harness = createStatusCheckHarness(PAID);
    await harness.start();
    const { id } = await harness.checkout();
    harness.store.failNext("update");
    expect(await harness.change({ paymentId: id })).toEqual({ status: 503, body: "NO" });
    await harness.clock.advance(DAY);
    expect(harness.asked).toEqual([]);
    await harness.change({ paymentId: id });
    expect(harness.asked).toHaveLength(1);
  });

  it("has the gateway asked at once, by every name the payment has, and the answer recorded", async () => {
    const harness = createStatusCheckHarness(PAID);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.change({ providerReference: providerReference(`R-${id}`) });
    const amount = { value: 1999, currency: "PLN" };
    expect(harness.asked).toEqual([
      { paymentId: id, merchantReference: id.slice(4), providerReference: `R-${id}`, amount },
    ]);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "check_status", "succeeded"]);
    expect(await harness.due()).toEqual([]);
  });

  it("teaches the gateway's name for the payment, and shows a person another one", async () => {
    const harness = createStatusCheckHarness(PAID);
    harness.cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const [first, second] = [await harness.checkout(), await harness.checkout({ orderId: "order-2" })];
    await harness.change({ paymentId: first.id }, "SEEN");
    expect((await harness.record(first.id)).payment.providerReference).toBe("SEEN");
    await harness.change({ paymentId: first.id }, "OTHER");
    await harness.change({ paymentId: second.id }, "SEEN");
    expect((await harness.record(first.id)).payment.providerReference).toBe("SEEN");
    expect((await harness.record(second.id)).payment.providerReference).toBeUndefined();
    expect(await harness.reviews()).toEqual(["reference_mismatch", "reference_mismatch"]);
    expect(harness.cards.outcomes.map(({ kind }) => kind)).toEqual([
      "status_check_scheduled",
      "status_check_scheduled",
      "status_check_scheduled",
    ]);
  });

  it("is no duplicate when it comes again, but the gateway is asked once for all that waits", async () => {
    const harness = createStatusCheckHarness(PAID);
    const { id } = await harness.checkout();
    for (let n = 0; n < 5; n++) await harness.change({ paymentId: id });
    expect(new Set(harness.cards.outcomes.map(({ kind }) => kind))).toEqual(new Set(["status_check_scheduled"]));
    await harness.start();
    await harness.clock.advance(DAY);
    expect(harness.asked).toHaveLength(1);
  });

  it("about a payment nobody has yet is kept, and asked for once create's answer brings the name", async () => {
    const harness = createStatusCheckHarness(PAID);
    await harness.start();
    const answer = Promise.withResolvers<CreateOutcome>();
    harness.cards.onCreate = () => answer.promise;
    const paying = harness.checkout();
    await until(() => harness.cards.creates.length === 1);
    await harness.change({ providerReference: providerReference("SOON") });
    expect(harness.cards.outcomes).toEqual([{ kind: "unknown_payment", returnUrl: "https://shop.example/" }]);
    expect(harness.asked).toEqual([]);
    answer.resolve({ kind: "accepted", providerReference: providerReference("SOON"), next: { kind: "wait" } });
    const { id } = await paying;
    await idle();
    expect(harness.asked).toMatchObject([{ paymentId: id, providerReference: "SOON" }]);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toEqual([]);
  });
});

describe("a gateway is asked again", () => {
  it("with growing pauses until it knows, and then no more", async () => {
    const harness = createStatusCheckHarness(...Array<StatusReport>(6).fill(WAITING), PAID);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    await harness.clock.advance(2 * DAY);
    expect(harness.pauses()).toEqual(STATUS_CHECK_DELAYS_MS.slice(0, 6));
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    // An unchanged answer is recorded once.
    expect(await harness.facts(id)).toEqual(["opened", "create_accepted", "check_status", "pending", "succeeded"]);
  });

  it("where it still waits for a payment that is closed here: a late success is on its way", async () => {
    const harness = createStatusCheckHarness(WAITING, PAID);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status: "failed" } });
    await harness.change({ paymentId: id });
    expect((await harness.record(id)).payment.state).toBe("failed");
    await harness.clock.advance(5 * SECOND);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("where it only repeats what is known, and not where it says that the payment failed", async () => {
    const failed: StatusReport = { status: "failed", providerStatus: "NO" };
    const harness = createStatusCheckHarness(failed, failed, PAID);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    await harness.clock.advance(DAY);
    expect(harness.asked).toHaveLength(1);
    await harness.change({ paymentId: id });
    expect(harness.asked).toHaveLength(2);
    await harness.clock.advance(5 * SECOND);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("as patiently at the second callback, long after it repeated itself through the plan of the first", async () => {
    const failed: StatusReport = { status: "failed", providerStatus: "NO" };
    const harness = createStatusCheckHarness(failed);
    await harness.start();
    const { id } = await harness.checkout();
    for (let n = 0; n < 2; n++) {
      await harness.change({ paymentId: id });
      await harness.clock.advance(2 * DAY);
    }
    await harness.change({ paymentId: id });
    harness.answers[0] = PAID;
    await harness.clock.advance(5 * SECOND);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("where it failed or hung, and the log names neither what it said nor to whom", async () => {
    const hanging = new Promise<StatusReport>(() => {});
    const harness = createStatusCheckHarness(new TypeError("canary of the gateway"), hanging, PAID);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    await harness.clock.advance(5 * SECOND + 20 * SECOND + 29 * SECOND);
    expect(harness.asked).toHaveLength(2);
    // A check that is due in more than half a minute is found at the next look, within half a minute.
    await harness.clock.advance(SECOND + 30 * SECOND);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(JSON.stringify(harness.logger.lines)).not.toContain("canary");
  });

  it("when something changed while it was being asked", async () => {
    const first = Promise.withResolvers<StatusReport>();
    const harness = createStatusCheckHarness(first.promise, WAITING, PAID);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    await harness.change({ paymentId: id });
    expect(harness.asked).toHaveLength(2);
    // An old answer ends only its own check.
    first.resolve({ status: "failed", providerStatus: "OLD" });
    await harness.clock.advance(DAY);
    expect(harness.asked).toHaveLength(3);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.due()).toEqual([]);
  });

  it("once where the payment is paid already and it says so", async () => {
    const harness = createStatusCheckHarness(PAID);
    await harness.start();
    const { id } = await harness.checkout();
    for (let n = 0; n < 2; n++) {
      await harness.change({ paymentId: id });
      await harness.clock.advance(DAY);
    }
    expect(harness.asked).toHaveLength(2);
  });

  it("in time, also where the check of another payment was due a moment before", async () => {
    const harness = createStatusCheckHarness(WAITING);
    await harness.start();
    const [one, two] = [await harness.checkout(), await harness.checkout({ orderId: "order-2" })];
    await harness.change({ paymentId: one.id });
    await harness.clock.advance(SECOND);
    await harness.change({ paymentId: two.id });
    await harness.clock.advance(4 * SECOND);
    expect(harness.asked).toHaveLength(3);
    await harness.clock.advance(SECOND);
    expect(harness.asked).toHaveLength(4);
  });

  it("soon when something changes during a long pause", async () => {
    const harness = createStatusCheckHarness(WAITING, WAITING, WAITING, PAID);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    await harness.clock.advance(60 * SECOND);
    expect(harness.asked).toHaveLength(3);
    await harness.change({ paymentId: id });
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("where its answer could not be stored", async () => {
    const harness = createStatusCheckHarness(WAITING, PAID);
    await harness.start();
    const { id } = await harness.checkout();
    harness.store.failNext("finishStatusCheck");
    await harness.change({ paymentId: id });
    await harness.clock.advance(30 * SECOND);
    expect(harness.asked).toHaveLength(2);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });
});

describe("asking", () => {
  it("of one payment keeps no other one waiting", async () => {
    const harness = createStatusCheckHarness(new Promise(() => {}), PAID);
    await harness.start();
    const [slow, quick] = [await harness.checkout(), await harness.checkout({ orderId: "order-2" })];
    await harness.change({ paymentId: slow.id });
    await harness.change({ paymentId: quick.id });
    expect((await harness.record(quick.id)).payment.state).toBe("succeeded");
    expect((await harness.record(slow.id)).payment.state).toBe("pending");
  });

  it("asks fifty questions at once, and the next when one is answered", async () => {
    const answers = Array.from({ length: 52 }, () => Promise.withResolvers<StatusReport>());
    const harness = createStatusCheckHarness(...answers.map(({ promise }) => promise));
    await harness.start();
    for (let n = 0; n < 52; n++)
      await harness.change({ paymentId: (await harness.checkout({ orderId: `order-${n}` })).id });
    expect(harness.asked).toHaveLength(50);
    answers[0]!.resolve(PAID);
    await idle();
    expect(harness.asked).toHaveLength(51);
    for (const { resolve } of answers) resolve(PAID);
    await idle();
    expect(harness.asked).toHaveLength(52);
  });

  it("of one gateway that hangs keeps no place from another, however many of its checks are due", async () => {
    const harness = createHungHarness();
    for (let n = 0; n < 400; n++) {
      await harness.change("hung", await harness.checkout({ orderId: `order-${n}`, providerName: "hung" }));
    }
    const quick = await harness.checkout({ orderId: "quick", providerName: "quick" });
    await harness.change("quick", quick);
    const statusChecks = startStatusCheckLoop(harness.context);
    await idle();
    expect((await harness.record(quick.id)).payment.state).toBe("succeeded");
    expect(harness.asked).toHaveLength(50);
    const stopping = statusChecks.stop();
    await harness.clock.advance(60 * SECOND);
    await stopping;
  });

  it("is left to a process with a provider of the account, at no cost of an attempt or of a place", async () => {
    const harness = createHungHarness();
    for (let n = 0; n < 60; n++) {
      await harness.change("hung", await harness.checkout({ orderId: `order-${n}`, providerName: "hung" }));
    }
    const quick = await harness.checkout({ orderId: "quick", providerName: "quick" });
    await harness.change("quick", quick);
    const statusChecks = startStatusCheckLoop(withoutProvider(harness.context, "hung"));
    await idle();
    expect((await harness.record(quick.id)).payment.state).toBe("succeeded");
    await harness.clock.advance(2 * DAY);
    await statusChecks.stop();
    expect(await harness.reviews()).toEqual([]);
    const now = harness.clock.now();
    const due = await harness.store.leaseStatusChecks(now, now, 100);
    expect(due.map(({ attempt }) => attempt)).toEqual(Array(60).fill(1));
  });

  it("ends without a provider, a week after the payment was closed: start() lets such a provider go", async () => {
    const harness = createStatusCheckHarness(PAID);
    const { id } = await harness.checkout();
    await harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status: "failed" } });
    await harness.change({ paymentId: id });
    const statusChecks = startStatusCheckLoop(withoutProvider(harness.context, "cards"));
    await harness.clock.advance(7 * DAY - 60 * SECOND);
    expect(await harness.reviews()).toEqual([]);
    await harness.clock.advance(2 * DAY);
    expect(await harness.reviews()).toEqual(["status_unknown"]);
    const stopping = statusChecks.stop();
    await harness.clock.advance(60 * SECOND);
    await stopping;
  });

  it("is done by one of several processes, and taken over from one that died while asking", async () => {
    const harness = createStatusCheckHarness(PAID);
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    // The steps of a process that dies afterwards.
    await harness.store.leaseStatusChecks(harness.clock.now(), harness.clock.now() + 30 * SECOND, 10);
    await harness.start();
    await harness.start();
    expect(harness.asked).toEqual([]);
    await harness.clock.advance(60 * SECOND);
    expect(harness.asked).toHaveLength(1);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("goes on after the store failed", async () => {
    const harness = createStatusCheckHarness(PAID);
    await harness.start();
    const { id } = await harness.checkout();
    harness.store.failNext("leaseStatusChecks");
    await harness.change({ paymentId: id });
    expect(harness.asked).toEqual([]);
    await harness.clock.advance(30 * SECOND);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(harness.logger.lines.map(({ level }) => level)).toEqual(["error"]);
  });

  it("ends after what is being asked, whose answer is stored", async () => {
    const answer = Promise.withResolvers<StatusReport>();
    const harness = createStatusCheckHarness(answer.promise);
    const statusChecks = await harness.start();
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    let ended = false;
    const stopped = statusChecks.stop().then(() => {
      ended = true;
    });
    await idle();
    expect(ended).toBe(false);
    answer.resolve(PAID);
    await stopped;
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(harness.clock.sleeping()).toEqual([]);
  });
});
