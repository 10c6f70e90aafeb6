import { afterEach, describe, expect, it } from "@jest/globals";
import { createStatusCheckHarness, stopStatusChecks } from "../../test/status-check-harness.ts";
import type { PaymentId } from "../model/ids.ts";
import type { StatusReport } from "../model/status-report.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { idle } from "../testing/manual-clock.ts";
import { STATUS_CHECK_DELAYS_MS } from "./plan.ts";
import { refreshFromProvider } from "./refresh.ts";
import { sweep } from "./sweep.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PAID: StatusReport = { status: "succeeded", providerStatus: "PAID" };
const WAITING: StatusReport = { status: "pending", providerStatus: "NEW" };
const NOT_PAID: StatusReport = { status: "failed", providerStatus: "NO" };
const UNREADABLE: StatusReport = { status: "unrecognized", providerStatus: "PAID 324,00" };
const WRONG_KEY = new Error("HTTP 401");

afterEach(stopStatusChecks);

type Harness = ReturnType<typeof createStatusCheckHarness>;

/** A payment about which the gateway said that something changed. */
async function hinted(harness: Harness): Promise<PaymentId> {
  await harness.start();
  const { id } = await harness.checkout();
  await harness.change({ paymentId: id });
  return id;
}

const reviewsOf = async (harness: Harness, id: PaymentId) =>
  (await harness.store.reviewsOfPayment(id)).map(({ kind, status }) => `${kind} ${status}`);

describe("a review of an unrecognized status", () => {
  async function unrecognized() {
    const harness = createStatusCheckHarness(PAID);
    const { id } = await harness.checkout();
    const notify = (reported: StatusReport) =>
      harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported });
    const ask = async () => refreshFromProvider(harness.context, await harness.record(id));
    return { ...harness, ask, id, notify, statuses: () => reviewsOf(harness, id) };
  }

  it.each([
    ["succeeded", PAID],
    ["failed", NOT_PAID],
  ])("stays open where another notification says %s: the unreadable one may have said more", async (_, reported) => {
    const { cards, id, notify, record, statuses } = await unrecognized();
    Object.assign(cards.traits, { failureIsFinal: true });
    await notify(UNREADABLE);
    await notify(reported);
    expect((await record(id)).payment.state).toBe(reported.status);
    expect(await statuses()).toEqual(["unrecognized open"]);
  });

  it.each([
    ["succeeded", PAID, false],
    ["failed", NOT_PAID, true],
  ])("is answered once the gateway is asked and says %s", async (as, answer, failureIsFinal) => {
    const { answers, ask, cards, id, notify, statuses, store } = await unrecognized();
    Object.assign(cards.traits, { failureIsFinal });
    answers[0] = answer;
    await notify(UNREADABLE);
    await ask();
    expect(await statuses()).toEqual(["unrecognized answered"]);
    expect((await store.reviewsOfPayment(id))[0]?.actions).toMatchObject([{ action: "answer", as, by: "gateway" }]);
  });

  it("stays open where the gateway is asked and says failed, if a success may follow", async () => {
    const { answers, ask, id, notify, record, statuses } = await unrecognized();
    answers[0] = NOT_PAID;
    await notify(UNREADABLE);
    await ask();
    expect((await record(id)).payment.state).toBe("failed");
    expect(await statuses()).toEqual(["unrecognized open"]);
  });

  it("stays open where it came while the gateway was asked", async () => {
    const { answers, ask, id, notify, record, statuses } = await unrecognized();
    const { promise, resolve } = Promise.withResolvers<StatusReport>();
    answers[0] = promise;
    const asking = ask();
    await idle();
    await notify(UNREADABLE);
    resolve(PAID);
    await asking;
    expect((await record(id)).payment.state).toBe("succeeded");
    expect(await statuses()).toEqual(["unrecognized open"]);
  });

  it("stays open where it came just after the gateway's answer was recorded", async () => {
    const { ask, id, notify, statuses, store } = await unrecognized();
    await notify(WAITING);
    await notify(UNREADABLE);
    const read = store.reviewsOfPayment;
    store.reviewsOfPayment = async (paymentId) => {
      store.reviewsOfPayment = read;
      await notify({ ...UNREADABLE, providerStatus: "RETURNED?" });
      return read(paymentId);
    };
    await ask();
    expect((await store.history(id)).map(({ fact }) => fact.kind).slice(-2)).toEqual(["succeeded", "unrecognized"]);
    expect(await statuses()).toEqual(["unrecognized open", "unrecognized open"]);
  });

  it("stays open where the gateway is asked and says that it still waits", async () => {
    const { answers, ask, notify, statuses } = await unrecognized();
    answers[0] = WAITING;
    await notify(UNREADABLE);
    await ask();
    expect(await statuses()).toEqual(["unrecognized open"]);
  });

  it("stays open where it came after the outcome, which the gateway then repeats", async () => {
    const { ask, notify, statuses } = await unrecognized();
    await notify(WAITING);
    await notify(PAID);
    await notify(UNREADABLE);
    await notify({ ...PAID, providerStatus: "PAID again" });
    await ask();
    expect(await statuses()).toEqual(["unrecognized open"]);
  });
});

describe("a callback which said that something changed", () => {
  it("is never dropped: when the plan is used up, a person is told why, and the gateway is asked twice a day", async () => {
    const harness = createStatusCheckHarness(WRONG_KEY);
    const id = await hinted(harness);
    await harness.clock.advance(22 * HOUR);
    expect(await harness.reviews()).toEqual([]);
    await harness.clock.advance(6 * DAY);
    const slow = harness.pauses().slice(STATUS_CHECK_DELAYS_MS.length);
    expect(harness.pauses().slice(0, STATUS_CHECK_DELAYS_MS.length)).toEqual(STATUS_CHECK_DELAYS_MS);
    expect(slow.length).toBeGreaterThan(10);
    expect(Math.max(...slow)).toBeLessThanOrEqual(12 * HOUR);
    const [review, ...others] = await harness.store.openReviews(10);
    expect(others).toEqual([]);
    expect(review).toMatchObject({ kind: "status_unknown", paymentId: id, details: { reason: "HTTP 401" } });
    expect((await harness.facts(id)).at(-1)).toBe("status_unknown");
  });

  it("is answered in the end, and the answer closes the review and keeps its trail", async () => {
    const harness = createStatusCheckHarness(WRONG_KEY);
    const id = await hinted(harness);
    await harness.clock.advance(3 * DAY);
    harness.answers[0] = PAID;
    await harness.clock.advance(12 * HOUR);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    const [review, ...others] = await harness.store.reviewsOfPayment(id);
    expect(others).toEqual([]);
    expect(review).toMatchObject({
      status: "answered",
      actions: [{ action: "answer", as: "succeeded", by: "gateway" }],
    });
    expect(await harness.due()).toEqual([]);
    const { length } = harness.asked;
    await harness.clock.advance(7 * DAY);
    expect(harness.asked).toHaveLength(length);
  });

  it("is answered by a notification too, which closes the review at once", async () => {
    const harness = createStatusCheckHarness(WRONG_KEY);
    const id = await hinted(harness);
    await harness.clock.advance(2 * DAY);
    const { length } = harness.asked;
    await harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported: PAID });
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown answered"]);
    await harness.clock.advance(DAY);
    expect(harness.asked).toHaveLength(length);
  });

  it("is acknowledged, and leaves the review to the next question, where the store fails to close it", async () => {
    const harness = createStatusCheckHarness(WRONG_KEY);
    const id = await hinted(harness);
    await harness.clock.advance(2 * DAY);
    harness.store.failNext("reviewsOfPayment");
    const paid = { kind: "notification", about: { paymentId: id }, reported: PAID } as const;
    expect((await harness.notify("cards", paid)).status).toBe(200);
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown open"]);
    expect(harness.logger.lines.map(({ message }) => message)).toContain(
      "The reviews that ask for a payment's outcome stay open, although its gateway stated it.",
    );
    await harness.clock.advance(DAY);
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown answered"]);
  });

  it.each(["accept", "dismiss"] as const)(
    "rests when a person closes the review by %s, until the next one comes",
    async (action) => {
      const harness = createStatusCheckHarness(WRONG_KEY);
      const id = await hinted(harness);
      await harness.clock.advance(2 * DAY);
      const [review] = await harness.store.openReviews(1);
      await resolveReview(harness.context, review!.id, { action: "note", note: "asked for the new key", by: "Anna" });
      const { length } = harness.asked;
      await harness.clock.advance(DAY);
      expect(harness.asked.length).toBeGreaterThan(length);
      await resolveReview(harness.context, review!.id, { action });
      const { length: closed } = harness.asked;
      await harness.clock.advance(7 * DAY);
      expect(harness.asked).toHaveLength(closed);
      expect(await harness.due()).toEqual([]);
      await harness.change({ paymentId: id });
      await harness.clock.advance(2 * DAY);
      expect(await reviewsOf(harness, id)).toEqual([expect.not.stringContaining("open"), "status_unknown open"]);
    },
  );

  it("has a person told once, however often it is repeated and begins the plan again", async () => {
    const harness = createStatusCheckHarness(WRONG_KEY);
    const id = await hinted(harness);
    for (let hour = 0; hour < 60; hour++) {
      await harness.clock.advance(HOUR);
      await harness.change({ paymentId: id });
    }
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown open"]);
  });

  it("has a person told when the gateway goes on saying pending after the payment's time", async () => {
    const harness = createStatusCheckHarness(WAITING);
    const id = await hinted(harness);
    await harness.clock.advance(2 * DAY);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("expired");
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown open"]);
    harness.answers[0] = PAID;
    await harness.clock.advance(12 * HOUR);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown answered", "late_success open"]);
  });

  it("opens no review for an answer that waits while the payment may be paid, nor for a failure among such answers", async () => {
    const harness = createStatusCheckHarness(WAITING);
    Object.assign(harness.cards.traits, { pendingUntilSeconds: 10 * 24 * 3600 });
    const id = await hinted(harness);
    await harness.clock.advance(4 * DAY);
    harness.answers[0] = WRONG_KEY;
    const { length } = harness.asked;
    while (harness.asked.length === length) await harness.clock.advance(HOUR / 60);
    harness.answers[0] = WAITING;
    await harness.clock.advance(2 * DAY);
    expect(await harness.store.reviewsOfPayment(id)).toEqual([]);
    expect((await harness.record(id)).payment.state).toBe("pending");
    expect(harness.asked.length).toBeGreaterThan(15);
  });

  it("opens a review for an outage among answers that wait, until the gateway answers again", async () => {
    const harness = createStatusCheckHarness(WAITING);
    Object.assign(harness.cards.traits, { pendingUntilSeconds: 10 * 24 * 3600 });
    const id = await hinted(harness);
    await harness.clock.advance(4 * DAY);
    harness.answers[0] = WRONG_KEY;
    await harness.clock.advance(2 * DAY);
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown open"]);
    harness.answers[0] = WAITING;
    await harness.clock.advance(12 * HOUR);
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown answered"]);
  });

  it("that is answered by what the adapter cannot read has one review, and is asked on", async () => {
    const harness = createStatusCheckHarness(UNREADABLE);
    const id = await hinted(harness);
    await harness.clock.advance(3 * DAY);
    await sweep(harness.context);
    expect((await harness.record(id)).payment.state).toBe("pending");
    expect(await reviewsOf(harness, id)).toEqual(["unrecognized open"]);
    // Dismissed, it would leave the question without anybody who knows of it.
    await resolveReview(harness.context, (await harness.store.openReviews(1))[0]!.id, { action: "dismiss" });
    await harness.clock.advance(DAY);
    expect(await reviewsOf(harness, id)).toEqual(["unrecognized dismissed", "status_unknown open"]);
    harness.answers[0] = PAID;
    await harness.clock.advance(12 * HOUR);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });

  it("outlives its provider's configuration", async () => {
    const harness = createStatusCheckHarness(PAID);
    (harness.context.strandedAccounts as Set<string>).add(harness.cards.merchantAccount);
    const providers = harness.context.providers as Map<string, typeof harness.cards>;
    const { id } = await harness.checkout();
    await harness.change({ paymentId: id });
    providers.delete("cards");
    await harness.start();
    await harness.clock.advance(2 * DAY);
    expect((await harness.store.openReviews(1))[0]).toMatchObject({
      kind: "status_unknown",
      details: { reason: "no provider that can be asked" },
    });
    providers.set("cards", harness.cards);
    await harness.clock.advance(12 * HOUR);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
  });
});

describe("a gateway that does not answer when a payment is overdue", () => {
  it("leaves the payment to a person when the plan is used up", async () => {
    const harness = createStatusCheckHarness(WRONG_KEY);
    await harness.start();
    const { id } = await harness.checkout();
    await harness.clock.advance(HOUR);
    await sweep(harness.context);
    await harness.clock.advance(2 * DAY);
    expect((await harness.record(id)).payment.state).toBe("expired");
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown open"]);
    harness.answers[0] = WAITING;
    await harness.clock.advance(DAY);
    const { length } = harness.asked;
    await harness.clock.advance(7 * DAY);
    // It says that nothing came: there is nothing left to ask.
    expect(harness.asked).toHaveLength(length);
    expect(await reviewsOf(harness, id)).toEqual(["status_unknown answered"]);
  });
});
