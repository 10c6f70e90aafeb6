import { afterEach, describe, expect, it } from "@jest/globals";
import { createStatusCheckHarness, stopStatusChecks } from "../../test/status-check-harness.ts";
import type { RecordRequest } from "../contract/pay.ts";
import type { StatusReport } from "../model/status-report.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { sweep } from "../status/sweep.ts";
import { recordByPerson } from "./record.ts";

const DAY = 24 * 3_600_000;
const WRONG_KEY = new Error("HTTP 401");
const UNREADABLE: StatusReport = { status: "unrecognized", providerStatus: "PAID 324,00" };
const PAID: StatusReport = { status: "succeeded", providerStatus: "PAID" };
const OTHER = { value: 1500, currency: "PLN" };
const ANNA = { by: "Anna", note: "seen in their panel" };

afterEach(stopStatusChecks);

/** A payment about which the gateway said that something changed, and whose gateway has answered like this for two days. */
async function asked(answer: StatusReport | Error) {
  const harness = createStatusCheckHarness(answer);
  await harness.start();
  const { id } = await harness.checkout();
  await harness.change({ paymentId: id });
  await harness.clock.advance(2 * DAY);
  const record = (given: Partial<RecordRequest>) => recordByPerson(harness.context, id, { ...ANNA, ...given } as never);
  const all = () => harness.store.reviewsOfPayment(id);
  const shown = async () => (await all()).map(({ kind, status }) => `${kind} ${status}`);
  const rests = async () => {
    const { length } = harness.asked;
    await harness.clock.advance(7 * DAY);
    expect(harness.asked).toHaveLength(length);
    expect(await harness.due()).toEqual([]);
  };
  return { ...harness, id, record, all, shown, rests };
}

describe("a person's word", () => {
  it.each(["succeeded", "failed", "canceled", "reversed"] as const)(
    "that a payment is %s closes the review of a gateway that does not answer, and ends the questions",
    async (as) => {
      const { all, clock, record, rests } = await asked(WRONG_KEY);
      await record({ as });
      const [review] = await all();
      expect(review).toMatchObject({ kind: "status_unknown", status: "accepted" });
      expect(review!.actions).toEqual([{ at: clock.now(), action: "accept", as, ...ANNA }]);
      await rests();
      expect((await all())[0]).toEqual(review);
    },
  );

  it.each(["succeeded", "failed", "canceled", "reversed"] as const)(
    "that a payment is %s closes the review of an answer that cannot be read",
    async (as) => {
      const { all, record, rests } = await asked(UNREADABLE);
      await record({ as });
      const [review] = await all();
      expect(review).toMatchObject({ kind: "unrecognized", status: "accepted", actions: [{ ...ANNA, as }] });
      await rests();
    },
  );

  it("about a payment that has expired closes the review too, and its repetition changes nothing", async () => {
    const { context, facts, id, record, rests, shown, store } = await asked(WRONG_KEY);
    await sweep(context);
    expect((await record({ as: "failed" })).state).toBe("expired");
    expect(await shown()).toEqual(["status_unknown accepted"]);
    expect((await facts(id)).at(-1)).toBe("record");
    const history = await store.history(id);
    await record({ as: "failed" });
    expect(await store.history(id)).toEqual(history);
    await rests();
  });

  it("about another amount decides nothing: the reviews stay open, and the gateway is asked on", async () => {
    const { clock, record, shown, ...harness } = await asked(WRONG_KEY);
    await record({ as: "succeeded", amount: OTHER });
    expect(await shown()).toEqual(["status_unknown open", "amount_mismatch open"]);
    const { length } = harness.asked;
    await clock.advance(2 * DAY);
    expect(harness.asked.length).toBeGreaterThan(length);
  });

  it("leaves the reviews open that ask something else", async () => {
    const { id, notify, record, shown } = await asked(WRONG_KEY);
    const reported = { ...PAID, amount: OTHER };
    await notify("cards", { kind: "notification", about: { paymentId: id }, reported });
    await record({ as: "failed" });
    expect(await shown()).toEqual(["status_unknown accepted", "amount_mismatch open"]);
  });

  it("in a review of another amount, or of words, closes the review of a gateway that does not answer", async () => {
    for (const reported of [{ ...PAID, amount: OTHER }, UNREADABLE]) {
      const { context, id, notify, rests, shown, store } = await asked(WRONG_KEY);
      await notify("cards", { kind: "notification", about: { paymentId: id }, reported });
      const [told, review] = await store.openReviews(10);
      const as = review!.kind === "unrecognized" ? ({ as: "failed" } as const) : {};
      await resolveReview(context, review!.id, { action: "accept", by: "Anna", ...as });
      expect(await shown()).toEqual(["status_unknown accepted", `${review!.kind} accepted`]);
      expect((await store.review(told!.id))?.actions).toMatchObject([{ action: "accept", by: "Anna" }]);
      await rests();
      expect(await shown()).toHaveLength(2);
    }
  });

  it("counts also while the gateway is asked: an answer that then fails to come opens no review", async () => {
    const { cards, clock, due, record, shown } = await asked(WRONG_KEY);
    let times = 0;
    Object.assign(cards, {
      async retrieve() {
        times += 1;
        await record({ as: "failed" });
        throw WRONG_KEY;
      },
    });
    await clock.advance(3 * DAY);
    expect(times).toBe(1);
    expect(await shown()).toEqual(["status_unknown accepted"]);
    expect(await due()).toEqual([]);
  });
});
