import { describe, expect, it } from "@jest/globals";
import { createRefundHarness, pln } from "../../test/refund-harness.ts";

/** A refund with an unknown outcome, because its answer was lost. */
async function lostRefund() {
  const harness = await createRefundHarness();
  harness.answers[0] = { kind: "unknown", cause: new Error("ECONNRESET") };
  await harness.refund({ amount: pln(500) }).catch(() => {});
  const merchantReference = harness.requests[0]!.refundMerchantReference;
  const reviews = async () => harness.store.reviewsOfPayment(harness.id);
  return { ...harness, merchantReference, reviewsOf: reviews };
}

describe("a review of a refund whose outcome is unknown", () => {
  it.each(["succeeded", "failed"] as const)(
    "is closed by the gateway's word that it %s, and keeps the trail",
    async (status) => {
      const harness = await lostRefund();
      expect(await harness.reviews()).toEqual(["refund_unknown"]);
      await harness.clock.advance(1000);
      await harness.notifyRefund({ merchantReference: harness.merchantReference, status });
      expect(await harness.statuses()).toEqual([status]);
      expect(await harness.reviews()).toEqual([]);
      const at = harness.clock.now();
      expect(await harness.reviewsOf()).toMatchObject([
        { kind: "refund_unknown", status: "answered", actions: [{ at, action: "answer", as: status, by: "gateway" }] },
      ]);
    },
  );

  it("stays open while the gateway says only that the refund is under way", async () => {
    const harness = await lostRefund();
    await harness.notifyRefund({ merchantReference: harness.merchantReference, status: "pending" });
    expect(await harness.reviews()).toEqual(["refund_unknown"]);
    await harness.notifyRefund({ merchantReference: harness.merchantReference, status: "succeeded" });
    expect(await harness.reviews()).toEqual([]);
  });

  it("stays open when another refund ends", async () => {
    const harness = await lostRefund();
    await harness.notifyRefund({ providerReference: "PANEL", status: "succeeded", amount: pln(700) });
    expect(await harness.reviews()).toEqual(["refund_unknown"]);
  });

  it("about a refund of the gateway's own is closed when its amount comes", async () => {
    const harness = await createRefundHarness();
    await harness.notifyRefund({ providerReference: "PANEL", status: "pending" });
    expect(await harness.reviews()).toEqual(["refund_unknown"]);
    await harness.notifyRefund({ providerReference: "PANEL", status: "succeeded", amount: pln(700) });
    expect(await harness.statuses()).toEqual(["succeeded"]);
    expect(await harness.reviews()).toEqual([]);
  });
});
