import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createRefundBench, PRICE, pln } from "../../test/refund-harness.ts";
import type { ReviewId } from "../model/ids.ts";
import type { ReviewResolution } from "../model/review.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { providerReference } from "../testing/fake-provider.ts";

type Bench = Awaited<ReturnType<typeof createRefundBench>>;

/** The verdicts of the callbacks so far, but for the payment's own success. */
const verdicts = ({ cards }: Bench) => cards.outcomes.slice(1).map(({ kind }) => kind);
const resolve = async ({ context, store }: Bench, resolution: ReviewResolution, at = 0) =>
  resolveReview(context, (await store.openReviews(10))[at]?.id as ReviewId, resolution);

describe("a refund that was begun at the gateway", () => {
  it("is kept, counted and told of like the shop's own", async () => {
    const bench = await createRefundBench();
    await bench.hear({ providerReference: "PANEL", status: "succeeded", amount: pln(500) });
    expect(verdicts(bench)).toEqual(["applied"]);
    const [refund] = await bench.refunds();
    expect(refund).toMatchObject({
      status: "succeeded",
      amount: pln(500),
      origin: "gateway",
      providerReference: "PANEL",
    });
    expect(bench.events).toMatchObject([{ type: "refund.succeeded", refund }]);
    expect(await errorOf(bench.refund({ amount: pln(1500) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
  });

  it("is one, however often and under however many statuses it is told of", async () => {
    const bench = await createRefundBench();
    const told = { providerReference: "PANEL", amount: pln(500) };
    for (const status of ["pending", "pending", "succeeded", "succeeded", "pending"] as const) {
      await bench.hear({ ...told, status });
    }
    await bench.hear({ ...told, status: "succeeded", providerStatus: "in other words" });
    expect(verdicts(bench)).toEqual(["applied", "duplicate", "applied", "duplicate", "duplicate", "duplicate"]);
    expect(await bench.refunds()).toMatchObject([{ status: "succeeded" }]);
    expect(bench.told()).toHaveLength(1);
    expect(await bench.facts(bench.id)).toEqual([
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
  ] as const)("and does not tell %s waits for a person, who can only close it", async (_, told, kind) => {
    const bench = await createRefundBench();
    const own = await bench.refund({ amount: pln(1) });
    await bench.hear(told);
    await bench.hear(told);
    expect(verdicts(bench)).toEqual(["under_review", "duplicate"]);
    expect(await bench.reviews()).toEqual([kind]);
    expect(bench.told()).toHaveLength(1);
    expect(await errorOf(resolve(bench, { action: "accept", as: "succeeded" }))).toMatchObject({ field: "as" });
    await resolve(bench, { action: "accept" });
    expect(await bench.reviews()).toEqual([]);
    expect(await bench.refunds()).toEqual([own]);
  });

  it("is applied when its payment is known, if it was told of before", async () => {
    const bench = await createRefundBench({ paid: false });
    bench.cards.onCreate = async ({ paymentId }) => {
      const about = { providerReference: providerReference(`R-${paymentId}`) };
      await bench.hear({ providerReference: "F1", status: "succeeded", amount: pln(1) }, { about });
      await bench.hear({ providerReference: "F1", status: "succeeded", amount: pln(1) }, { about });
      return { kind: "accepted", providerReference: about.providerReference, next: { kind: "wait" } };
    };
    const { id } = await bench.checkout({ orderId: "order-2" });
    expect(bench.cards.outcomes.map(({ kind }) => kind)).toEqual(["unknown_payment", "unknown_payment"]);
    expect((await bench.record(id)).refunds).toMatchObject([{ providerReference: "F1", status: "succeeded" }]);
    expect(bench.told()).toHaveLength(1);
    expect(await bench.store.staleUnmatched(bench.clock.now(), 10)).toEqual([]);
  });

  it("teaches the gateway's name for the payment, and is none of the payment's under another one", async () => {
    const bench = await createRefundBench();
    bench.cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const { id } = await bench.checkout({ orderId: "order-2" });
    const told = { status: "succeeded", amount: pln(500) } as const;
    await bench.hear(
      { ...told, providerReference: "F1" },
      { about: { paymentId: id }, providerReference: providerReference("SEEN") },
    );
    await bench.hear(
      { ...told, providerReference: "F2" },
      { about: { paymentId: id }, providerReference: providerReference("OTHER") },
    );
    expect(await bench.record(id)).toMatchObject({
      payment: { providerReference: "SEEN" },
      refunds: [{ providerReference: "F1" }],
    });
    expect((await bench.record(id)).refunds).toHaveLength(1);
    expect(await bench.reviews()).toEqual(["reference_mismatch"]);
  });
});

describe("what the gateway says of a refund", () => {
  it("that succeeded never makes it failed, and is shown to a person", async () => {
    const bench = await createRefundBench();
    const { id } = await bench.refund();
    await bench.hear({ merchantReference: id.slice(4), status: "failed" });
    expect(verdicts(bench)).toEqual(["under_review"]);
    expect(await bench.statuses()).toEqual(["succeeded"]);
    expect(bench.told()).toEqual([["refund.succeeded", id, PRICE]]);
    expect(await bench.reviews()).toEqual(["contradiction"]);
  });

  it("that failed may still make it succeeded, and is shown to a person: it may have been repeated since", async () => {
    const bench = await createRefundBench();
    bench.answers.splice(0, 1, { kind: "rejected", code: "unavailable", retryable: true }, { kind: "succeeded" });
    await errorOf(bench.refund());
    await bench.refund();
    const [first] = await bench.refunds();
    await bench.hear({ merchantReference: first!.id.slice(4), providerReference: "F1", status: "succeeded" });
    expect(verdicts(bench)).toEqual(["applied"]);
    expect(await bench.statuses()).toEqual(["succeeded", "succeeded"]);
    expect(bench.told().map(([type, id]) => [type, id === first!.id])).toEqual([
      ["refund.failed", true],
      ["refund.succeeded", false],
      ["refund.succeeded", true],
    ]);
    expect(await bench.reviews()).toEqual(["contradiction"]);
    expect((await bench.store.openReviews(1))[0]?.details).toMatchObject({ refund: first!.id });
  });

  it("with another amount is shown to a person, and moves nothing", async () => {
    const bench = await createRefundBench();
    bench.answers[0] = { kind: "pending", providerReference: "F1" };
    await bench.refund({ amount: pln(500) });
    await bench.hear({ providerReference: "F1", status: "succeeded", amount: pln(501) });
    expect(await bench.statuses()).toEqual(["pending"]);
    expect(await bench.reviews()).toEqual(["amount_mismatch"]);
  });

  it("moves only the one it names", async () => {
    const bench = await createRefundBench();
    bench.answers.splice(
      0,
      1,
      { kind: "pending", providerReference: "F1" },
      { kind: "pending", providerReference: "F2" },
    );
    await bench.refund({ amount: pln(500) });
    await bench.refund({ amount: pln(500) });
    await bench.hear({ providerReference: "F2", status: "failed", amount: pln(500) });
    expect(await bench.statuses()).toEqual(["pending", "failed"]);
  });

  it("is kept as every store can keep it", async () => {
    const bench = await createRefundBench();
    const odd = `F\0${"x".repeat(300)}`;
    await bench.hear({ providerReference: odd, providerStatus: odd, status: "succeeded", amount: pln(1) });
    expect((await bench.refunds())[0]?.providerReference).toBe(`F\ufffd${"x".repeat(198)}`);
  });
});

describe("a refund that nobody knows of", () => {
  async function unknown() {
    const bench = await createRefundBench();
    bench.answers[0] = { kind: "unknown", cause: new Error("ECONNRESET") };
    await errorOf(bench.refund());
    return bench;
  }

  it.each([
    ["succeeded", "REFUND_EXCEEDS_PAYMENT"],
    ["failed", undefined],
  ] as const)("is what a person says it is: %s", async (as, code) => {
    const bench = await unknown();
    await resolve(bench, { action: "accept", as, by: "Anna" });
    expect(await bench.statuses()).toEqual([as]);
    expect(bench.told()).toEqual([[`refund.${as}`, expect.anything(), PRICE]]);
    expect(await bench.reviews()).toEqual([]);
    bench.answers[0] = { kind: "succeeded" };
    const another = await bench.refund().catch((error) => ({ code: error.code }));
    expect("code" in another ? another.code : undefined).toBe(code);
  });

  it.each([{}, { as: "pending" }, { as: "reversed" }] as const)(
    "is not taken for %p: a person has to say whether the money went back",
    async (given) => {
      const bench = await unknown();
      const accepting = resolve(bench, { action: "accept", ...given });
      expect(await errorOf(accepting)).toMatchObject({ code: "INVALID_REQUEST", field: "as" });
      expect(await bench.statuses()).toEqual(["unknown"]);
    },
  );

  it("is what the gateway says in the end, whatever a person said", async () => {
    const bench = await unknown();
    await resolve(bench, { action: "accept", as: "failed" });
    await bench.hear({ merchantReference: bench.requests[0]!.refundMerchantReference, status: "succeeded" });
    expect(await bench.statuses()).toEqual(["succeeded"]);
    expect(await bench.reviews()).toEqual(["contradiction"]);
  });
});
