import { afterEach, describe, expect, it } from "@jest/globals";
import { createStatusCheckHarness, stopStatusChecks } from "../../test/status-check-harness.ts";
import type { StatusReport } from "../model/status-report.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { until } from "../testing/manual-clock.ts";
import { sweep } from "./sweep.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const PAID: StatusReport = { status: "succeeded", providerStatus: "PAID" };
const WAITING: StatusReport = { status: "pending", providerStatus: "transfer expected" };
const UNREADABLE: StatusReport = { status: "unrecognized", providerStatus: "PAID 19.9900" };

afterEach(stopStatusChecks);

/** A gateway that can be asked, and says that money may come for ten days. Its payments expire after an hour. */
async function transfers(...answers: readonly (StatusReport | Error)[]) {
  const harness = createStatusCheckHarness(...answers);
  Object.assign(harness.cards.traits, { pendingUntilSeconds: (10 * DAY) / SECOND });
  await harness.start();
  const { id } = await harness.checkout();
  const state = async () => (await harness.record(id)).payment.state;
  /** Lets time pass, and sweeps every hour. */
  async function pass(durationMs: number) {
    for (let passed = 0; passed < durationMs; passed += HOUR) {
      await harness.clock.advance(HOUR);
      await sweep(harness.context);
    }
  }
  return { ...harness, id, pass, state };
}

describe("pending, said by the gateway itself", () => {
  it("keeps a payment open past its deadline, up to the bound of its adapter, and the gateway is asked on", async () => {
    const { asked, facts, id, pass, pauses, record, state } = await transfers(WAITING);
    const { createdAt } = (await record(id)).payment;
    await pass(9 * DAY);
    expect(await state()).toBe("pending");
    expect((await record(id)).payment.expiresAt).toBe(createdAt + 10 * DAY);
    expect(asked.length).toBeGreaterThan(18);
    expect(Math.max(...pauses())).toBeLessThanOrEqual(12 * HOUR + 30 * SECOND);
    await pass(DAY);
    expect(await state()).toBe("expired");
    expect(await facts(id)).toEqual(["opened", "create_accepted", "pending", "deadline"]);
    await pass(DAY);
    const { length } = asked;
    await pass(3 * DAY);
    expect(asked).toHaveLength(length);
  });

  it("leads to an ordinary success when the money comes", async () => {
    const { answers, pass, reviews, state } = await transfers(WAITING);
    await pass(6 * DAY);
    answers[0] = PAID;
    await pass(13 * HOUR);
    expect(await state()).toBe("succeeded");
    expect(await reviews()).toEqual([]);
  });

  it("counts also in a notification, and has the gateway asked from the deadline on", async () => {
    const { asked, id, notify, pass, state } = await transfers(WAITING);
    await notify("cards", { kind: "notification", about: { paymentId: id }, reported: WAITING });
    expect(asked).toEqual([]);
    await pass(6 * HOUR);
    expect(await state()).toBe("pending");
    expect(asked.length).toBeGreaterThan(1);
  });

  it.each(["failed", "expired", "canceled"] as const)("opens no payment again that is %s", async (closed) => {
    const { clock, context, id, notify, state, record } = await transfers(new Error("HTTP 500"));
    if (closed === "failed")
      await notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status: "failed" } });
    if (closed === "canceled") await (await import("../cancel/cancel.ts")).cancel(context, id);
    await clock.advance(HOUR);
    await sweep(context);
    const { expiresAt } = (await record(id)).payment;
    await notify("cards", { kind: "notification", about: { paymentId: id }, reported: WAITING });
    expect(await state()).toBe(closed);
    expect((await record(id)).payment.expiresAt).toBe(expiresAt);
  });

  it("delays nothing where the adapter states no bound", async () => {
    const harness = createStatusCheckHarness(WAITING);
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("expired");
    expect(await harness.due()).toEqual([]);
  });

  it("counts also where it comes before the gateway's answer to the create, which states an earlier deadline", async () => {
    const harness = createStatusCheckHarness(WAITING);
    Object.assign(harness.cards.traits, { pendingUntilSeconds: (10 * DAY) / SECOND });
    const answer = Promise.withResolvers<void>();
    harness.cards.onCreate = async () => {
      await answer.promise;
      return { kind: "accepted", next: { kind: "wait" }, expiresAt: harness.clock.now() + HOUR / 4 };
    };
    const opening = harness.checkout();
    await until(() => harness.cards.creates.length === 1);
    const { paymentId } = harness.cards.creates[0]!;
    await harness.notify("cards", { kind: "notification", about: { paymentId }, reported: WAITING });
    answer.resolve();
    await opening;
    const { createdAt, expiresAt } = (await harness.record(paymentId)).payment;
    expect(expiresAt).toBe(createdAt + 10 * DAY);
    await harness.start();
    await harness.clock.advance(HOUR / 4);
    expect(harness.asked).toHaveLength(1);
  });

  it("never moves a deadline to an earlier time", async () => {
    const harness = await transfers(WAITING);
    Object.assign(harness.cards.traits, { pendingUntilSeconds: 1 });
    await harness.notify("cards", { kind: "notification", about: { paymentId: harness.id }, reported: WAITING });
    const { createdAt, expiresAt } = (await harness.record(harness.id)).payment;
    expect(expiresAt).toBe(createdAt + HOUR);
  });
});

describe("a payment that expired while money may still come", () => {
  it("is asked about once a day until the bound, and a late success counts as such", async () => {
    const { answers, asked, clock, pass, pauses, reviews, state } = await transfers(new Error("HTTP 500"), WAITING);
    await pass(HOUR);
    expect(await state()).toBe("expired");
    await clock.advance(10 * 60 * SECOND);
    const { length } = asked;
    await pass(5 * DAY);
    expect(asked.length - length).toBe(5);
    expect(
      pauses()
        .slice(length)
        .every((pause) => Math.abs(pause - DAY) < 31 * SECOND),
    ).toBe(true);
    expect(await reviews()).toEqual([]);
    answers[0] = PAID;
    await pass(DAY);
    expect(await state()).toBe("succeeded");
    expect(await reviews()).toEqual(["late_success"]);
  });

  it("is asked about a last time at the bound, and then no more", async () => {
    const { asked, due, pass } = await transfers(new Error("HTTP 500"), WAITING);
    await pass(11 * DAY);
    const { length } = asked;
    await pass(5 * DAY);
    expect(asked).toHaveLength(length);
    expect(await due()).toEqual([]);
  });
});

describe("an answer that the adapter cannot read", () => {
  it("keeps a payment from expiring until a person has decided, and is a review with the gateway's words", async () => {
    const { answers, context, pass, state, store } = await transfers(UNREADABLE);
    await pass(20 * DAY);
    expect(await state()).toBe("pending");
    const [review, ...others] = await store.openReviews(10);
    expect(others).toEqual([]);
    expect(review).toMatchObject({ kind: "unrecognized", details: { providerStatus: "PAID 19.9900" } });
    answers[0] = WAITING;
    await resolveReview(context, review!.id, { action: "dismiss" });
    await pass(HOUR);
    expect(await state()).toBe("expired");
  });

  it("may be accepted as paid", async () => {
    const { context, pass, reviews, state, store } = await transfers(UNREADABLE);
    await pass(3 * HOUR);
    await resolveReview(context, (await store.openReviews(1))[0]!.id, { action: "accept", as: "succeeded" });
    expect(await state()).toBe("succeeded");
    expect(await reviews()).toEqual([]);
  });

  it("holds the expiry also where it comes between the question and the deadline", async () => {
    const harness = createStatusCheckHarness(WAITING);
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    const [overdue] = await harness.store.overdue(harness.clock.now(), 0, 1);
    harness.store.overdue = async () => [overdue!];
    await harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported: UNREADABLE });
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("pending");
  });
});
