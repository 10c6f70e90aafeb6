import { describe, expect, it } from "@jest/globals";
import { createRefundHarness, pln } from "../../test/refund-harness.ts";
import { recordByPerson } from "../payments/record.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { STATUS_CHECK_DELAYS_MS } from "../status/plan.ts";
import { giveUpRefunds } from "./give-up.ts";

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
/** A process looks for due checks of others, and for those far ahead, every 30 s. */
const LOOK = 30 * SECOND;

/** A payment whose gateway accepts every refund under the next name, F1 first, and whose status checks run. */
async function acceptedRefunds() {
  const harness = await createRefundHarness();
  let names = 0;
  harness.answers[0] = () => ({ kind: "pending", providerReference: `F${++names}` });
  return {
    ...harness,
    statusChecks: await harness.statusChecks(),
    startStatusChecks: harness.statusChecks,
    reviewsOf: async () => (await harness.store.reviewsOfPayment(harness.id)).map(({ kind, status }) => [kind, status]),
    /** Whether any status check of the payment is scheduled, however far ahead. */
    async isChecked() {
      const later = harness.clock.now() + 1000 * DAY;
      return (await harness.store.leaseStatusChecks(later, later, 10)).length > 0;
    },
  };
}

describe("a refund that the gateway accepted, and whose end it does not report", () => {
  it("is shown to a person once after a week, not before, and stays pending", async () => {
    const { clock, facts, id, isChecked, refund, requests, reviews, statusChecks, statuses, store } =
      await acceptedRefunds();
    const { id: refundId } = await refund({ amount: pln(500) });
    await clock.advance(7 * DAY - SECOND);
    expect(await reviews()).toEqual([]);
    await clock.advance(SECOND + LOOK);
    expect(await store.reviewsOfPayment(id)).toMatchObject([
      { kind: "refund_unknown", status: "open", details: { fact: "refund_overdue", refund: refundId } },
    ]);
    expect(await statuses()).toEqual(["pending"]);
    await clock.advance(8 * DAY);
    expect((await facts(id)).slice(3)).toEqual(["refund_requested", "refund_pending", "refund_overdue"]);
    expect([await reviews(), requests.length, await isChecked()]).toEqual([["refund_unknown"], 1, false]);
    await statusChecks.stop();
  });

  it.each(["succeeded", "failed"] as const)(
    "ends with the gateway's word that it %s: the review is answered",
    async (status) => {
      const { clock, notifyRefund, refund, refundEvents, reviewsOf, statusChecks } = await acceptedRefunds();
      const { id } = await refund({ amount: pln(500) });
      await clock.advance(7 * DAY + LOOK);
      await notifyRefund({ providerReference: "F1", status });
      expect(await reviewsOf()).toEqual([["refund_unknown", "answered"]]);
      expect(refundEvents()).toEqual([[`refund.${status}`, id, 500]]);
      await statusChecks.stop();
    },
  );

  it.each(["accepts the review", "records the outcome"])("ends where a person %s", async (how) => {
    const { clock, context, id, refund, refundEvents, reviewsOf, statusChecks, store } = await acceptedRefunds();
    const { id: refundId } = await refund({ amount: pln(500) });
    await clock.advance(7 * DAY + LOOK);
    const [review] = await store.openReviews(1);
    if (how === "accepts the review") {
      await resolveReview(context, review!.id, { action: "accept", as: "failed", by: "Anna" });
    } else await recordByPerson(context, id, { as: "failed", refund: refundId, by: "Anna" });
    expect(await reviewsOf()).toEqual([["refund_unknown", "accepted"]]);
    expect(refundEvents()).toEqual([["refund.failed", refundId, 500]]);
    await statusChecks.stop();
  });

  it("opens no second review where a person dismissed the first, whatever is looked at later", async () => {
    const { clock, context, notifyRefund, refund, reviewsOf, statusChecks, store } = await acceptedRefunds();
    await refund({ amount: pln(500) });
    await clock.advance(7 * DAY + LOOK);
    await resolveReview(context, (await store.openReviews(1))[0]!.id, { action: "dismiss", by: "Anna" });
    // A repeated report, and the look at another refund.
    await notifyRefund({ providerReference: "F1", status: "pending", amount: pln(500) });
    await refund({ amount: pln(300) });
    await notifyRefund({ providerReference: "F2", status: "succeeded" });
    await clock.advance(8 * DAY);
    expect(await reviewsOf()).toEqual([["refund_unknown", "dismissed"]]);
    await statusChecks.stop();
  });

  it("needs no person once it ended in time", async () => {
    const { clock, isChecked, notifyRefund, refund, reviewsOf, statusChecks } = await acceptedRefunds();
    await refund({ amount: pln(500) });
    await clock.advance(6 * DAY);
    await notifyRefund({ providerReference: "F1", status: "succeeded" });
    await clock.advance(2 * DAY);
    expect([await reviewsOf(), await isChecked()]).toEqual([[], false]);
    await statusChecks.stop();
  });

  it("has a time of its own beside another of the payment", async () => {
    const { clock, refund, reviews, statusChecks } = await acceptedRefunds();
    await refund({ amount: pln(500) });
    await clock.advance(3 * DAY);
    await refund({ amount: pln(500) });
    await clock.advance(4 * DAY + LOOK);
    expect(await reviews()).toEqual(["refund_unknown"]);
    await clock.advance(3 * DAY - SECOND - LOOK);
    expect(await reviews()).toEqual(["refund_unknown"]);
    await clock.advance(SECOND + LOOK);
    expect(await reviews()).toEqual(["refund_unknown", "refund_unknown"]);
    await statusChecks.stop();
  });

  it("is found where it was begun at the gateway, and where its payment is not paid", async () => {
    for (const paid of [true, false]) {
      const harness = await createRefundHarness({ paid });
      const statusChecks = await harness.statusChecks();
      await harness.notifyRefund({ providerReference: "PANEL", status: "pending", amount: pln(700) });
      await harness.clock.advance(7 * DAY - SECOND);
      expect(await harness.reviews()).toEqual([]);
      await harness.clock.advance(SECOND + LOOK);
      expect(await harness.reviews()).toEqual(["refund_unknown"]);
      await statusChecks.stop();
    }
  });

  it("is found by the processes that run then, and shown once by two of them", async () => {
    const { clock, facts, id, refund, reviews, startStatusChecks, statusChecks } = await acceptedRefunds();
    await refund({ amount: pln(500) });
    await clock.advance(DAY);
    await statusChecks.stop();
    await clock.advance(8 * DAY);
    expect(await reviews()).toEqual([]);
    const two = [await startStatusChecks(), await startStatusChecks()];
    await clock.advance(2 * LOOK);
    expect(await reviews()).toEqual(["refund_unknown"]);
    expect((await facts(id)).filter((kind) => kind === "refund_overdue")).toHaveLength(1);
    await Promise.all(two.map((loop) => loop.stop()));
  });

  it("is left alone where another process, or the gateway, was faster", async () => {
    const { clock, context, facts, id, notifyRefund, record, refund, reviews, statusChecks, store } =
      await acceptedRefunds();
    await statusChecks.stop();
    await refund({ amount: pln(500) });
    await refund({ amount: pln(300) });
    await clock.advance(7 * DAY);
    const [before, history] = [await record(id), await store.history(id)];
    await notifyRefund({ providerReference: "F2", status: "succeeded" });
    await giveUpRefunds(context, before, history);
    await giveUpRefunds(context, before, history);
    expect(await reviews()).toEqual(["refund_unknown"]);
    expect((await facts(id)).slice(-2)).toEqual(["refund_succeeded", "refund_overdue"]);
  });

  it("opens no second review beside one that asks for its outcome already", async () => {
    const { answers, clock, notifyRefund, refund, requests, reviewsOf, statusChecks } = await acceptedRefunds();
    answers[0] = { kind: "unknown", cause: new Error("ECONNRESET") };
    await refund({ amount: pln(500) }).catch(() => {});
    await notifyRefund({ merchantReference: requests[0]!.refundMerchantReference, status: "pending" });
    await clock.advance(8 * DAY);
    expect(await reviewsOf()).toEqual([["refund_unknown", "open"]]);
    await statusChecks.stop();
  });

  it("does not have the gateway asked about the payment", async () => {
    const { cards, clock, refund, reviews, statusChecks } = await acceptedRefunds();
    let asked = 0;
    Object.assign(cards, { retrieve: async () => ({ status: asked++ === 0 ? "reversed" : "failed" }) });
    await refund({ amount: pln(500) });
    await clock.advance(15 * DAY);
    expect([asked, await reviews()]).toEqual([0, ["refund_unknown"]]);
    await statusChecks.stop();
  });

  it("has a question about its unpaid payment begun once more, and asked no faster", async () => {
    const questions = async (isRefunding: boolean) => {
      const harness = await createRefundHarness({ paid: false });
      let asked = 0;
      Object.assign(harness.cards, {
        retrieve: async () => ({ status: "unrecognized", providerStatus: `n${++asked}` }),
      });
      const statusChecks = await harness.statusChecks();
      await harness.notify("cards", { kind: "check_status", about: { paymentId: harness.id } });
      await harness.clock.advance(60 * 60 * SECOND);
      if (isRefunding) await harness.notifyRefund({ providerReference: "PANEL", status: "pending", amount: pln(700) });
      await harness.clock.advance(DAY);
      await statusChecks.stop();
      return asked;
    };
    expect(await questions(true)).toBeLessThanOrEqual((await questions(false)) + STATUS_CHECK_DELAYS_MS.length);
  });
});
