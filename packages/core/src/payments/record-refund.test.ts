import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createRefundHarness, PRICE, pln } from "../../test/refund-harness.ts";
import type { RecordRequest } from "../contract/pay.ts";
import type { RefundOutcome } from "../contract/provider.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { recordByPerson } from "./record.ts";

const PENDING: RefundOutcome = { kind: "pending", providerReference: "F1" };
const UNKNOWN: RefundOutcome = { kind: "unknown", cause: new Error("ECONNRESET") };

/** A payment with one refund of everything, which the gateway answered so. */
async function refunded(answer: RefundOutcome) {
  const harness = await createRefundHarness();
  harness.answers[0] = answer;
  await harness.refund().catch(() => {});
  const [refund] = await harness.refunds();
  if (refund === undefined) throw new Error("There is no refund.");
  const record = (over: Partial<RecordRequest>) =>
    recordByPerson(harness.context, harness.id, { as: "failed", refund: refund.id, by: "Anna", ...over } as never);
  const reviewsOf = async () =>
    (await harness.store.reviewsOfPayment(harness.id)).map(({ kind, status }) => [kind, status]);
  return { ...harness, refundId: refund.id, record, reviewsOf };
}

describe("recording what a person knows about a refund", () => {
  it.each([
    ["succeeded", PENDING],
    ["failed", PENDING],
    ["succeeded", UNKNOWN],
    ["failed", UNKNOWN],
  ] as const)("ends it as %s, tells the shop, and closes what asks for it: %p", async (as, answer) => {
    const { record, refundEvents, refundId, reviewsOf, statuses, store, id } = await refunded(answer);
    await record({ as, note: "seen in the panel" });
    expect(await statuses()).toEqual([as]);
    expect(refundEvents()).toEqual([[`refund.${as}`, refundId, PRICE]]);
    expect(await reviewsOf()).toEqual(answer === UNKNOWN ? [["refund_unknown", "accepted"]] : []);
    expect((await store.history(id)).slice(-2).map(({ fact }) => fact)).toEqual([
      { kind: "record", as, refund: refundId, by: "Anna", note: "seen in the panel" },
      { kind: `refund_${as}`, refund: refundId, recorded: true },
    ]);
  });

  it("ends one whose review was dismissed, so that its amount is not held back for ever", async () => {
    const { context, record, refund, store, id, statuses } = await refunded(UNKNOWN);
    const [review] = await store.reviewsOfPayment(id);
    await resolveReview(context, review!.id, { action: "dismiss", by: "Anna" });
    expect(await errorOf(refund({ amount: pln(1) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
    await record({ as: "failed" });
    expect(await statuses()).toEqual(["failed"]);
  });

  it("changes nothing where it repeats what is known", async () => {
    const { record, refundEvents, store, id } = await refunded(PENDING);
    await record({ as: "succeeded" });
    const before = (await store.history(id)).length;
    await record({ as: "succeeded" });
    expect([(await store.history(id)).length, refundEvents().length]).toEqual([before, 1]);
  });

  it("is a duplicate where the gateway reports the same later, and a contradiction where it does not", async () => {
    const { notifyRefund, record, refundEvents, reviewsOf } = await refunded(PENDING);
    await record({ as: "succeeded" });
    await notifyRefund({ providerReference: "F1", status: "succeeded" });
    expect([refundEvents().length, await reviewsOf()]).toEqual([1, []]);
    await notifyRefund({ providerReference: "F1", status: "failed" });
    expect(await reviewsOf()).toEqual([["contradiction", "open"]]);
  });

  it.each<[string, Partial<RecordRequest>, object]>([
    ["another outcome", { as: "canceled" }, { code: "INVALID_REQUEST", field: "as" }],
    ["an amount", { as: "succeeded", amount: pln(1) }, { code: "INVALID_REQUEST", field: "amount" }],
    ["a refund that the payment does not have", { refund: "rfd_00000000000000000000000000" }, { code: "NOT_FOUND" }],
  ])("refuses %s, and changes nothing", async (_, over, error) => {
    const { record, statuses } = await refunded(PENDING);
    expect(await errorOf(record(over))).toMatchObject(error);
    expect(await statuses()).toEqual(["pending"]);
  });

  it("refuses a failure of one that was made", async () => {
    const { record, statuses } = await refunded({ kind: "succeeded" });
    expect(await errorOf(record({ as: "failed" }))).toMatchObject({ code: "ALREADY_SUCCEEDED" });
    expect(await statuses()).toEqual(["succeeded"]);
  });

  it("waits for the gateway's answer to one that is being requested", async () => {
    const harness = await createRefundHarness();
    const answer = Promise.withResolvers<RefundOutcome>();
    harness.answers[0] = () => answer.promise;
    const asked = harness.refund();
    while ((await harness.refunds()).length === 0) await Promise.resolve();
    const [refund] = await harness.refunds();
    const given = { as: "failed", refund: refund!.id, by: "Anna" } as const;
    expect(await errorOf(recordByPerson(harness.context, harness.id, given))).toMatchObject({ code: "IN_PROGRESS" });
    answer.resolve({ kind: "succeeded" });
    await asked;
  });
});
