import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createRefundHarness, PRICE, pln } from "../../test/refund-harness.ts";
import type { RefundOutcome } from "../contract/provider.ts";
import { readOrder } from "../orders/read-order.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { recordByPerson } from "./record.ts";

const UNKNOWN: RefundOutcome = { kind: "unknown", cause: new Error("ECONNRESET") };

/** A paid payment, and a person who reads the gateway's panel. */
async function panel(over: { readonly paid?: boolean } = {}) {
  const harness = await createRefundHarness(over);
  let forms = 0;
  const record = (given: object = {}) =>
    recordByPerson(harness.context, harness.id, {
      ...{ as: "refunded", amount: pln(500), idempotencyKey: `form-${++forms}`, by: "Anna" },
      ...given,
    } as never);
  const reviewsOf = async () =>
    (await harness.store.reviewsOfPayment(harness.id)).map(({ kind, status }) => [kind, status]);
  const history = () => harness.store.history(harness.id);
  return { ...harness, record, reviewsOf, history };
}

describe("recording a refund that was made in the gateway's panel", () => {
  it("counts it like one that the gateway reported, and says who did", async () => {
    const { events, history, id, record, refund, refundEvents, refunds, reviewsOf, store } = await panel();
    const payment = await record({ note: "seen in the panel", refundProviderReference: "R9" });
    expect(payment.state).toBe("succeeded");
    const [made, ...others] = await refunds();
    expect(others).toEqual([]);
    expect(made).toMatchObject({ status: "succeeded", amount: pln(500), origin: "gateway", providerReference: "R9" });
    expect(refundEvents()).toEqual([["refund.succeeded", made!.id, 500]]);
    expect(events[0]?.refund).toEqual(made);
    expect(await reviewsOf()).toEqual([]);
    expect((await history()).slice(-2).map(({ fact }) => fact)).toEqual([
      {
        ...{ kind: "record", as: "refunded", refund: made!.id, amount: pln(500) },
        ...{ by: "Anna", note: "seen in the panel" },
      },
      {
        ...{ kind: "refund_succeeded", refund: made!.id, amount: pln(500), refundProviderReference: "R9" },
        ...{ key: "form-1", recorded: true },
      },
    ]);
    expect(await readOrder(store, "order-1")).toMatchObject({ state: "paid", refundedAmount: pln(500) });
    expect(await errorOf(refund({ amount: pln(1500) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
    await refund();
    expect((await refunds())[1]?.amount).toEqual(pln(PRICE - 500));
    expect(await readOrder(store, "order-1")).toMatchObject({ state: "refunded", payments: [{ id }] });
  });

  it("counts one form once, and two equal refunds twice", async () => {
    const { history, record, refundEvents, statuses } = await panel();
    await record({ idempotencyKey: "form" });
    const before = await history();
    await record({ idempotencyKey: "form" });
    expect(await history()).toEqual(before);
    await record({ idempotencyKey: "another form" });
    expect(await statuses()).toEqual(["succeeded", "succeeded"]);
    expect(refundEvents()).toHaveLength(2);
  });

  it("counts one form once also where it is sent twice at the same moment", async () => {
    const { record, refundEvents } = await panel();
    await Promise.all([record({ idempotencyKey: "form" }), record({ idempotencyKey: "form" })]);
    expect(refundEvents()).toHaveLength(1);
  });

  it("counts two colleagues once who give the gateway's name for it", async () => {
    const { record, refundEvents } = await panel();
    await record({ refundProviderReference: "R9" });
    await record({ refundProviderReference: "R9", by: "Jan" });
    expect(refundEvents()).toHaveLength(1);
  });

  it("ends the refund under way that has this name, or this key", async () => {
    for (const name of [{ refundProviderReference: "F1" }, { idempotencyKey: "key-1" }]) {
      const { answers, record, refund, refundEvents, refunds } = await panel();
      answers[0] = { kind: "pending", providerReference: "F1" };
      const { id } = await refund({ amount: pln(500) });
      await record(name);
      expect(await refunds()).toMatchObject([{ id, status: "succeeded", origin: "shop", providerReference: "F1" }]);
      expect(refundEvents()).toEqual([["refund.succeeded", id, 500]]);
    }
  });

  it("answers the review of a refund that the gateway reported under this name without its amount", async () => {
    const { notifyRefund, record, reviewsOf, store, id } = await panel();
    await notifyRefund({ providerReference: "R9", status: "succeeded" });
    await notifyRefund({ providerReference: "R8", status: "succeeded" });
    await record({ refundProviderReference: "R9" });
    expect(await reviewsOf()).toEqual([
      ["refund_unknown", "accepted"],
      ["refund_unknown", "open"],
    ]);
    const [answered] = await store.reviewsOfPayment(id);
    expect(answered!.actions).toMatchObject([{ action: "accept", as: "succeeded", by: "Anna" }]);
  });
});

describe("a report of the gateway after a person recorded the refund", () => {
  it("is a duplicate under the same name, and a contradiction where it says that it failed", async () => {
    const { cards, notifyRefund, record, refundEvents, reviewsOf } = await panel();
    await record({ refundProviderReference: "R9" });
    await notifyRefund({ providerReference: "R9", status: "succeeded", amount: pln(500) });
    expect(cards.outcomes.at(-1)?.kind).toBe("duplicate");
    expect([refundEvents().length, await reviewsOf()]).toEqual([1, []]);
    await notifyRefund({ providerReference: "R9", status: "failed", amount: pln(500) });
    expect(await reviewsOf()).toEqual([["contradiction", "open"]]);
  });

  it("waits for a person where the name was not recorded: it may be the same refund", async () => {
    const { context, id, notifyRefund, record, refundEvents, reviewsOf, statuses, store } = await panel();
    await record();
    const report = { providerReference: "R9", status: "succeeded", amount: pln(500) } as const;
    await notifyRefund(report);
    expect([refundEvents().length, await reviewsOf()]).toEqual([1, [["refund_unknown", "open"]]]);
    const [review] = await store.reviewsOfPayment(id);
    await resolveReview(context, review!.id, { action: "accept", by: "Anna" });
    expect(await statuses()).toEqual(["succeeded"]);
  });

  it("may be another refund: the person records it by its name, which answers the review", async () => {
    const { notifyRefund, record, refundEvents, reviewsOf } = await panel();
    await record();
    await notifyRefund({ providerReference: "R9", status: "succeeded", amount: pln(500) });
    await record({ refundProviderReference: "R9" });
    expect([refundEvents().length, await reviewsOf()]).toEqual([2, [["refund_unknown", "accepted"]]]);
  });

  it("is a refund of its own where its amount is another", async () => {
    const { notifyRefund, record, refundEvents, reviewsOf } = await panel();
    await record();
    await notifyRefund({ providerReference: "R9", status: "succeeded", amount: pln(300) });
    expect([refundEvents().length, await reviewsOf()]).toEqual([2, []]);
  });
});

describe("a refund that cannot be recorded", () => {
  it.each<[string, object, object]>([
    ["more than was paid", { amount: pln(PRICE + 1) }, { code: "REFUND_EXCEEDS_PAYMENT", field: "amount" }],
    ["nothing", { amount: pln(0) }, { code: "INVALID_AMOUNT", field: "amount" }],
    ["no amount", { amount: undefined }, { code: "INVALID_AMOUNT", field: "amount" }],
    ["another currency", { amount: { value: 500, currency: "EUR" } }, { code: "INVALID_REQUEST", field: "amount" }],
    ["no key", { idempotencyKey: undefined }, { code: "INVALID_REQUEST", field: "idempotencyKey" }],
    ["a key of nothing", { idempotencyKey: "" }, { code: "INVALID_REQUEST", field: "idempotencyKey" }],
    [
      "a name that no store keeps",
      { refundProviderReference: "R\u0000" },
      { code: "INVALID_REQUEST", field: "refundProviderReference" },
    ],
    ["a known refund", { refund: "rfd_1" }, { code: "INVALID_REQUEST", field: "refund" }],
    [
      "a key for a reversal",
      { as: "reversed", amount: undefined },
      { code: "INVALID_REQUEST", field: "idempotencyKey" },
    ],
    [
      "the name of a refund for a success",
      { as: "succeeded", idempotencyKey: undefined, refundProviderReference: "R9" },
      { code: "INVALID_REQUEST", field: "refundProviderReference" },
    ],
  ])("names the field, and changes nothing: %s", async (_, given, error) => {
    const { history, record } = await panel();
    const before = await history();
    expect(await errorOf(record(given))).toMatchObject({ name: "PayError", ...error });
    expect(await history()).toEqual(before);
  });

  it("is more than what is left, also of what a refund under way holds back", async () => {
    const { answers, record, refund } = await panel();
    answers[0] = UNKNOWN;
    await refund({ amount: pln(1600) }).catch(() => {});
    expect(await errorOf(record())).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
    await record({ amount: pln(399) });
    expect(await errorOf(record({ amount: pln(1) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
  });

  it("is one that may be a refund under way of the same amount, until a person says how that one ended", async () => {
    for (const answer of [UNKNOWN, { kind: "pending", providerReference: "F1" } as const]) {
      const { answers, record, refund, refunds, statuses } = await panel();
      answers[0] = answer;
      await refund({ amount: pln(500) }).catch(() => {});
      expect(await errorOf(record())).toMatchObject({ code: "INVALID_REQUEST", field: "refund" });
      const [known] = await refunds();
      await record({ as: "failed", refund: known!.id, amount: undefined, idempotencyKey: undefined });
      await record();
      expect(await statuses()).toEqual(["failed", "succeeded"]);
    }
  });

  it("is not that one where both have names", async () => {
    const { answers, record, refund, statuses } = await panel();
    answers[0] = { kind: "pending", providerReference: "F1" };
    await refund({ amount: pln(500) });
    await record({ refundProviderReference: "R9" });
    expect(await statuses()).toEqual(["pending", "succeeded"]);
  });

  it("waits while the gateway is asked for a refund of this amount", async () => {
    const { answers, record, refund, refunds } = await panel();
    const answer = Promise.withResolvers<RefundOutcome>();
    answers[0] = () => answer.promise;
    const asked = refund({ amount: pln(500) });
    while ((await refunds()).length === 0) await Promise.resolve();
    expect(await errorOf(record())).toMatchObject({ code: "IN_PROGRESS", retryable: true });
    answer.resolve({ kind: "succeeded" });
    await asked;
  });

  it.each<[object, string]>([
    [{ amount: pln(300) }, "amount"],
    [{ refundProviderReference: "R7" }, "refundProviderReference"],
  ])("has the key of another: %j", async (given, field) => {
    const { history, record } = await panel();
    await record({ idempotencyKey: "form", refundProviderReference: "R9" });
    const before = await history();
    const error = await errorOf(record({ idempotencyKey: "form", refundProviderReference: "R9", ...given }));
    expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", fields: [field] });
    expect(await history()).toEqual(before);
  });

  it("has the name of another, of another amount", async () => {
    const { record } = await panel();
    await record({ refundProviderReference: "R9" });
    const error = await errorOf(record({ refundProviderReference: "R9", amount: pln(300) }));
    expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "amount" });
  });

  it("is of a payment that is not paid, or whose money was taken back", async () => {
    const open = await panel({ paid: false });
    expect(await errorOf(open.record())).toMatchObject({ code: "NOT_REFUNDABLE", paymentId: open.id });
    const reversed = await panel();
    await recordByPerson(reversed.context, reversed.id, { as: "reversed", by: "Anna" });
    expect(await errorOf(reversed.record())).toMatchObject({ code: "NOT_REFUNDABLE", paymentId: reversed.id });
    expect(await reversed.refunds()).toEqual([]);
  });
});
