import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createRefundHarness, PRICE, pln } from "../../test/refund-harness.ts";
import type { ReviewId } from "../model/ids.ts";
import type { ReviewResolution } from "../model/review.ts";
import { recordByPerson } from "../payments/record.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { providerReference } from "../testing/fake-provider.ts";

type Harness = Awaited<ReturnType<typeof createRefundHarness>>;

/** The verdicts of the callbacks so far, without the payment's own success. */
const verdicts = ({ cards }: Harness) => cards.outcomes.slice(1).map(({ kind }) => kind);
const resolve = async ({ context, store }: Harness, resolution: ReviewResolution, at = 0) =>
  resolveReview(context, (await store.openReviews(10))[at]?.id as ReviewId, resolution);

describe("a refund that was begun at the gateway", () => {
  it("is kept, counted and reported like the shop's own", async () => {
    const harness = await createRefundHarness();
    await harness.notifyRefund({ providerReference: "PANEL", status: "succeeded", amount: pln(500) });
    expect(verdicts(harness)).toEqual(["applied"]);
    const [refund] = await harness.refunds();
    expect(refund).toMatchObject({
      status: "succeeded",
      amount: pln(500),
      origin: "gateway",
      providerReference: "PANEL",
    });
    expect(harness.events).toMatchObject([{ type: "refund.succeeded", refund }]);
    expect(await errorOf(harness.refund({ amount: pln(1500) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
  });

  it("is one, however often and under however many statuses it is reported", async () => {
    const harness = await createRefundHarness();
    const report = { providerReference: "PANEL", amount: pln(500) };
    for (const status of ["pending", "pending", "succeeded", "succeeded", "pending"] as const) {
      await harness.notifyRefund({ ...report, status });
    }
    await harness.notifyRefund({ ...report, status: "succeeded", providerStatus: "in other words" });
    expect(verdicts(harness)).toEqual(["applied", "duplicate", "applied", "duplicate", "duplicate", "duplicate"]);
    expect(await harness.refunds()).toMatchObject([{ status: "succeeded" }]);
    expect(harness.refundEvents()).toHaveLength(1);
    expect(await harness.facts(harness.id)).toEqual([
      ...["opened", "create_accepted", "succeeded"],
      ...["refund_pending", "refund_succeeded", "refund_succeeded"],
    ]);
  });

  it.each([
    ["how much it is of", { providerReference: "PANEL", status: "succeeded" }, "refund_unknown"],
    ["which one it is: it may be one that is known", { status: "succeeded", amount: pln(500) }, "refund_unknown"],
    [
      "a name we know, though it has the form of ours",
      {
        merchantReference: "01h455vb4pex5vsknk084sn02q",
        providerReference: "PANEL",
        status: "succeeded",
        amount: pln(500),
      },
      "refund_unknown",
    ],
    [
      "an amount in the payment's currency",
      { providerReference: "PANEL", status: "succeeded", amount: { value: 500, currency: "EUR" } },
      "amount_mismatch",
    ],
  ] as const)("and does not tell %s waits for a person, who can only close it", async (_, report, kind) => {
    const harness = await createRefundHarness();
    const own = await harness.refund({ amount: pln(1) });
    await harness.notifyRefund(report);
    await harness.notifyRefund(report);
    expect(verdicts(harness)).toEqual(["under_review", "duplicate"]);
    expect(await harness.reviews()).toEqual([kind]);
    expect(harness.refundEvents()).toHaveLength(1);
    expect(await errorOf(resolve(harness, { action: "accept", as: "succeeded" }))).toMatchObject({ field: "as" });
    await resolve(harness, { action: "accept" });
    expect(await harness.reviews()).toEqual([]);
    expect(await harness.refunds()).toEqual([own]);
  });

  it("is applied when its payment is known, if it was reported before", async () => {
    const harness = await createRefundHarness({ paid: false });
    harness.cards.onCreate = async ({ paymentId }) => {
      const about = { providerReference: providerReference(`R-${paymentId}`) };
      await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(1) }, { about });
      await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(1) }, { about });
      return { kind: "accepted", providerReference: about.providerReference, next: { kind: "wait" } };
    };
    const { id } = await harness.checkout({ orderId: "order-2" });
    expect(harness.cards.outcomes.map(({ kind }) => kind)).toEqual(["unknown_payment", "unknown_payment"]);
    expect((await harness.record(id)).refunds).toMatchObject([{ providerReference: "F1", status: "succeeded" }]);
    expect(harness.refundEvents()).toHaveLength(1);
    expect(await harness.store.staleUnmatched(harness.clock.now(), 10)).toEqual([]);
  });

  it("brings the gateway's name for the payment, and is not the payment's refund under another name", async () => {
    const harness = await createRefundHarness();
    harness.cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const { id } = await harness.checkout({ orderId: "order-2" });
    const report = { status: "succeeded", amount: pln(500) } as const;
    await harness.notifyRefund(
      { ...report, providerReference: "F1" },
      { about: { paymentId: id }, providerReference: providerReference("SEEN") },
    );
    await harness.notifyRefund(
      { ...report, providerReference: "F2" },
      { about: { paymentId: id }, providerReference: providerReference("OTHER") },
    );
    expect(await harness.record(id)).toMatchObject({
      payment: { providerReference: "SEEN" },
      refunds: [{ providerReference: "F1" }],
    });
    expect((await harness.record(id)).refunds).toHaveLength(1);
    expect(await harness.reviews()).toEqual(["reference_mismatch"]);
  });
});

describe("what the gateway says of a refund", () => {
  it("that succeeded never makes it failed, and is shown to a person", async () => {
    const harness = await createRefundHarness();
    const { id } = await harness.refund();
    await harness.notifyRefund({ merchantReference: id.slice(4), status: "failed" });
    expect(verdicts(harness)).toEqual(["under_review"]);
    expect(await harness.statuses()).toEqual(["succeeded"]);
    expect(harness.refundEvents()).toEqual([["refund.succeeded", id, PRICE]]);
    expect(await harness.reviews()).toEqual(["contradiction"]);
  });

  it("that failed may still make it succeeded, and is shown to a person: it may have been repeated since", async () => {
    const harness = await createRefundHarness();
    harness.answers.splice(0, 1, { kind: "rejected", code: "unavailable", retryable: true }, { kind: "succeeded" });
    await errorOf(harness.refund());
    await harness.refund();
    const [first] = await harness.refunds();
    await harness.notifyRefund({ merchantReference: first!.id.slice(4), providerReference: "F1", status: "succeeded" });
    expect(verdicts(harness)).toEqual(["applied"]);
    expect(await harness.statuses()).toEqual(["succeeded", "succeeded"]);
    expect(harness.refundEvents().map(([type, id]) => [type, id === first!.id])).toEqual([
      ["refund.failed", true],
      ["refund.succeeded", false],
      ["refund.succeeded", true],
    ]);
    expect(await harness.reviews()).toEqual(["contradiction"]);
    expect((await harness.store.openReviews(1))[0]?.details).toMatchObject({ refund: first!.id });
  });

  it("with another amount is shown to a person, and moves nothing", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "pending", providerReference: "F1" };
    await harness.refund({ amount: pln(500) });
    await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(501) });
    expect(await harness.statuses()).toEqual(["pending"]);
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
  });

  it.each(["succeeded", "pending"] as const)(
    "under another name than before (%s) is shown to a person, and moves nothing: it may have been sent twice",
    async (status) => {
      const harness = await createRefundHarness();
      harness.answers[0] = { kind: "pending", providerReference: "F1" };
      const { id } = await harness.refund({ amount: pln(500) });
      const report = { merchantReference: id.slice(4), amount: pln(500) };
      await harness.notifyRefund({ ...report, providerReference: "F1", status: "succeeded" });
      await harness.notifyRefund({ ...report, providerReference: "F2", status });
      await harness.notifyRefund({ ...report, providerReference: "F2", status });
      expect(verdicts(harness)).toEqual(["applied", "under_review", "duplicate"]);
      expect(await harness.refunds()).toMatchObject([{ id, status: "succeeded", providerReference: "F1" }]);
      expect(harness.refundEvents()).toEqual([["refund.succeeded", id, 500]]);
      expect(await harness.store.openReviews(10)).toMatchObject([
        { kind: "contradiction", details: { fact: `refund_${status}`, refund: id, refundProviderReference: "F2" } },
      ]);
    },
  );

  it("under another name is the person's to decide: what was sent besides is recorded by that name", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "pending", providerReference: "F1" };
    const { id } = await harness.refund({ amount: pln(500) });
    const report = { merchantReference: id.slice(4), amount: pln(500), status: "succeeded" } as const;
    await harness.notifyRefund({ ...report, providerReference: "F2" });
    expect(await harness.statuses()).toEqual(["pending"]);
    await harness.notifyRefund({ ...report, providerReference: "F1" });
    await resolve(harness, { action: "accept", by: "Anna" });
    expect(await harness.statuses()).toEqual(["succeeded"]);
    await recordByPerson(harness.context, harness.id, {
      ...{ as: "refunded", amount: pln(500), idempotencyKey: "besides", refundProviderReference: "F2", by: "Anna" },
    });
    expect(await harness.refunds()).toMatchObject([{ providerReference: "F1" }, { providerReference: "F2" }]);
  });

  it("moves only the one it names", async () => {
    const harness = await createRefundHarness();
    harness.answers.splice(
      0,
      1,
      { kind: "pending", providerReference: "F1" },
      { kind: "pending", providerReference: "F2" },
    );
    await harness.refund({ amount: pln(500) });
    await harness.refund({ amount: pln(500) });
    await harness.notifyRefund({ providerReference: "F2", status: "failed", amount: pln(500) });
    expect(await harness.statuses()).toEqual(["pending", "failed"]);
  });

  it("is kept as every store can keep it", async () => {
    const harness = await createRefundHarness();
    const odd = `F\0${"x".repeat(300)}`;
    await harness.notifyRefund({ providerReference: odd, providerStatus: odd, status: "succeeded", amount: pln(1) });
    expect((await harness.refunds())[0]?.providerReference).toBe(`F\ufffd${"x".repeat(198)}`);
  });
});

describe("an unknown refund", () => {
  async function unknown() {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "unknown", cause: new Error("ECONNRESET") };
    await errorOf(harness.refund());
    return harness;
  }

  it.each([
    ["succeeded", "REFUND_EXCEEDS_PAYMENT"],
    ["failed", undefined],
  ] as const)("is what a person says it is: %s", async (as, code) => {
    const harness = await unknown();
    await resolve(harness, { action: "accept", as, by: "Anna" });
    expect(await harness.statuses()).toEqual([as]);
    expect(harness.refundEvents()).toEqual([[`refund.${as}`, expect.anything(), PRICE]]);
    expect((await harness.store.history(harness.id)).at(-1)?.fact).toMatchObject({ recorded: true });
    expect(await harness.reviews()).toEqual([]);
    harness.answers[0] = { kind: "succeeded" };
    const another = await harness.refund().catch((error) => ({ code: error.code }));
    expect("code" in another ? another.code : undefined).toBe(code);
  });

  it.each([{}, { as: "pending" }, { as: "reversed" }] as const)(
    "is not taken for %p: a person has to say whether the money went back",
    async (given) => {
      const harness = await unknown();
      const accepting = resolve(harness, { action: "accept", ...given });
      expect(await errorOf(accepting)).toMatchObject({ code: "INVALID_REQUEST", field: "as" });
      expect(await harness.statuses()).toEqual(["unknown"]);
    },
  );

  it("is what the gateway says in the end, whatever a person said", async () => {
    const harness = await unknown();
    await resolve(harness, { action: "accept", as: "failed" });
    await harness.notifyRefund({
      merchantReference: harness.requests[0]!.refundMerchantReference,
      status: "succeeded",
    });
    expect(await harness.statuses()).toEqual(["succeeded"]);
    expect(await harness.reviews()).toEqual(["contradiction"]);
  });
});
