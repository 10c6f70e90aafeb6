import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createRefundHarness, PRICE, pln } from "../../test/refund-harness.ts";
import type { RefundOutcome } from "../contract/provider.ts";
import { recordFact } from "../recording/record-fact.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { idle, until } from "../testing/manual-clock.ts";
import { giveUpRefunds } from "./give-up.ts";

const DAY = 86_400_000;

describe("the gateway's answer to a refund", () => {
  it.each<[RefundOutcome, object]>([
    [{ kind: "rejected", code: "declined", retryable: false, providerCode: "E17" }, { providerCode: "E17" }],
    [{ kind: "not_sent", cause: new Error("ECONNREFUSED") }, {}],
  ])("that it did not take it fails the refund, tells of it and releases its amount: %p", async (outcome, details) => {
    const harness = await createRefundHarness();
    harness.answers[0] = outcome;
    expect(await errorOf(harness.refund())).toMatchObject({
      code: "REFUND_REJECTED",
      paymentId: harness.id,
      ...details,
    });
    expect(await harness.statuses()).toEqual(["failed"]);
    expect(harness.refundEvents()).toEqual([["refund.failed", expect.anything(), PRICE]]);
    expect(await harness.reviews()).toEqual([]);
    harness.answers[0] = { kind: "succeeded" };
    expect(await harness.refund()).toMatchObject({ status: "succeeded", amount: pln(PRICE) });
  });

  it("that it is under way is reported when the gateway says how it ended", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "pending", providerReference: "F1" };
    const refund = await harness.refund();
    expect([refund.status, harness.refundEvents()]).toEqual(["pending", []]);
    await harness.notifyRefund({ providerReference: "F1", status: "succeeded" });
    expect(harness.refundEvents()).toEqual([["refund.succeeded", refund.id, PRICE]]);
    expect(await harness.statuses()).toEqual(["succeeded"]);
  });

  it("that it failed after all releases the amount", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "pending" };
    const { id } = await harness.refund();
    await harness.notifyRefund({
      merchantReference: id.slice(4),
      status: "failed",
      providerStatus: "the account is closed",
    });
    expect(harness.refundEvents()).toEqual([["refund.failed", id, PRICE]]);
    expect(await harness.refund()).toMatchObject({ amount: pln(PRICE) });
  });

  it.each<[string, RefundOutcome | Error | (() => Promise<RefundOutcome>)]>([
    ["was lost", { kind: "unknown", cause: new Error("ECONNRESET canary") }],
    ["does not come in time", () => new Promise(() => {})],
    ["makes the adapter fail", new TypeError("canary of the gateway")],
    ["is none there is", { kind: "refunded" } as never],
    ["is nothing at all", undefined as never],
  ])(
    "that %s leaves it unknown: held back, shown to a person, told nobody, and never sent again",
    async (_, outcome) => {
      const harness = await createRefundHarness();
      harness.answers[0] = outcome === undefined ? () => outcome as never : outcome;
      const failing = errorOf(harness.refund({ idempotencyKey: "basket-7" }));
      await harness.clock.advance(30_000);
      expect(await failing).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId: harness.id });
      expect(await harness.statuses()).toEqual(["unknown"]);
      expect(await harness.reviews()).toEqual(["refund_unknown"]);
      expect(harness.refundEvents()).toEqual([]);
      expect(await errorOf(harness.refund({ amount: pln(1) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
      const statusChecks = await harness.statusChecks();
      await harness.clock.advance(DAY);
      await statusChecks.stop();
      expect(harness.requests).toHaveLength(1);
      expect(await harness.statuses()).toEqual(["unknown"]);
      const seen = JSON.stringify([harness.logger.lines, await harness.store.history(harness.id)]);
      expect(seen).not.toContain("canary");
      expect(harness.clock.sleeping()).toEqual([]);
    },
  );

  it("that came after the notification is a repetition, and its name is kept", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = async ({ refundMerchantReference }) => {
      await harness.notifyRefund({
        merchantReference: refundMerchantReference,
        status: "succeeded",
        amount: pln(PRICE),
      });
      return { kind: "pending", providerReference: "F1" };
    };
    expect(await harness.refund()).toMatchObject({ status: "succeeded", providerReference: "F1" });
    await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(PRICE) });
    expect(harness.refundEvents()).toEqual([["refund.succeeded", expect.anything(), PRICE]]);
    expect(await harness.statuses()).toEqual(["succeeded"]);
  });

  it("that names a refund reported before the answer is about the same refund, which is counted and reported once", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = async () => {
      await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(500) });
      return { kind: "succeeded", providerReference: "F1" };
    };
    const given = { amount: pln(500), idempotencyKey: "basket-7" };
    const refund = await harness.refund(given);
    expect(refund).toMatchObject({ status: "succeeded", origin: "shop", key: "basket-7", providerReference: "F1" });
    expect(harness.refundEvents()).toEqual([["refund.succeeded", refund.id, 500]]);
    expect(await harness.reviews()).toEqual([]);
    expect(await harness.refunds()).toEqual([refund]);
    expect(await harness.refund(given)).toEqual(refund);
    expect((await harness.refund()).amount).toEqual(pln(PRICE - 500));
  });

  it("that names a refund reported with another amount is about another refund", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = async () => {
      await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(501) });
      return { kind: "succeeded", providerReference: "F1" };
    };
    await harness.refund({ amount: pln(500) });
    expect(await harness.refunds()).toMatchObject([
      { status: "succeeded", amount: pln(500), origin: "shop" },
      { status: "succeeded", amount: pln(501), origin: "gateway", providerReference: "F1" },
    ]);
    expect(harness.refundEvents()).toHaveLength(2);
  });
});

describe("a refund that the gateway took without naming it", () => {
  it.each<RefundOutcome["kind"]>(["succeeded", "pending", "unknown"])(
    "and %s is perhaps the one it then tells of by a name alone: a person looks, and nothing is counted or told twice",
    async (kind) => {
      const harness = await createRefundHarness();
      harness.answers[0] = kind === "unknown" ? { kind, cause: new Error("HTTP 500") } : ({ kind } as RefundOutcome);
      await harness.refund({ amount: pln(500) }).catch(() => {});
      const before = harness.refundEvents();
      await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(500) });
      expect(harness.cards.outcomes.at(-1)).toMatchObject({ kind: "under_review" });
      expect(await harness.statuses()).toEqual([kind]);
      expect(harness.refundEvents()).toEqual(before);
      // Another amount means another refund.
      await harness.notifyRefund({ providerReference: "F2", status: "succeeded", amount: pln(501) });
      expect(await harness.statuses()).toEqual([kind, "succeeded"]);
    },
  );

  it("and failed is not: what it tells of then is another one", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "rejected", code: "declined", retryable: false };
    await harness.refund({ amount: pln(500) }).catch(() => {});
    await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(500) });
    expect(await harness.statuses()).toEqual(["failed", "succeeded"]);
  });
});

describe("a refund of which the gateway told by its own name alone, while it was asked for it", () => {
  it.each(["succeeded", "pending"] as const)(
    "and which it then takes without a name is %s for a person to say: both are held back, one is told",
    async (kind) => {
      const harness = await createRefundHarness();
      harness.answers[0] = async () => {
        await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(500) });
        return { kind };
      };
      expect(await errorOf(harness.refund({ amount: pln(500) }))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
      expect(await harness.statuses()).toEqual(["unknown", "succeeded"]);
      expect(await harness.reviews()).toEqual(["refund_unknown"]);
      expect(harness.refundEvents()).toHaveLength(1);
      expect(await errorOf(harness.refund({ amount: pln(1000) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
      // They are the same refund, so the shop's entry is dismissed.
      await resolveReview(harness.context, (await harness.store.openReviews(1))[0]!.id, {
        action: "accept",
        as: "failed",
      });
      expect(await harness.refund()).toMatchObject({ amount: pln(PRICE - 500) });
    },
  );

  it("is as old as the call for it, and at least as far as it was reported", async () => {
    const harness = await createRefundHarness();
    const createdAt = harness.clock.now();
    harness.answers[0] = async () => {
      await harness.clock.advance(1000);
      await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(500) });
      return { kind: "pending", providerReference: "F1" };
    };
    expect(await harness.refund({ amount: pln(500) })).toMatchObject({ status: "succeeded", createdAt });
    expect(harness.refundEvents()).toHaveLength(1);
  });

  /** A notification reports it as `status` with the gateway's name only; then the answer refuses it; its name arrives late. */
  async function namedLate(status: "pending" | "succeeded") {
    const harness = await createRefundHarness();
    harness.answers[0] = async () => {
      await harness.notifyRefund({ providerReference: "F1", status, amount: pln(500) });
      return { kind: "rejected", code: "declined", retryable: false };
    };
    await errorOf(harness.refund({ amount: pln(500) }));
    await harness.notifyRefund({
      merchantReference: harness.requests[0]!.refundMerchantReference,
      providerReference: "F1",
      status,
    });
    return harness;
  }

  it("and which it then refused keeps the id and the failure that were told, where it is named late", async () => {
    const harness = await namedLate("pending");
    const [refund, ...others] = await harness.refunds();
    expect(others).toEqual([]);
    expect(refund).toMatchObject({ status: "failed", origin: "shop", providerReference: "F1" });
    expect(harness.refundEvents()).toEqual([["refund.failed", refund!.id, 500]]);
    expect(await harness.reviews()).toEqual([]);
  });

  it("and which the shop heard of under two ids is shown to a person", async () => {
    const harness = await namedLate("succeeded");
    expect(new Set(harness.refundEvents().map(([, id]) => id)).size).toBe(2);
    expect(await harness.statuses()).toEqual(["succeeded"]);
    expect(await harness.reviews()).toEqual(["contradiction"]);
  });

  it("is another one if its amount differs, or if it was reported before", async () => {
    const harness = await createRefundHarness();
    await harness.notifyRefund({ providerReference: "F0", status: "succeeded", amount: pln(500) });
    await harness.clock.advance(1);
    harness.answers[0] = async () => {
      await harness.notifyRefund({ providerReference: "F1", status: "succeeded", amount: pln(501) });
      return { kind: "succeeded" };
    };
    expect(await harness.refund({ amount: pln(500) })).toMatchObject({ status: "succeeded" });
    expect(await harness.reviews()).toEqual([]);
    expect(harness.refundEvents()).toHaveLength(3);
  });

  it("never turns from succeeded to failed, whatever it is called when", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "succeeded" };
    const { id } = await harness.refund({ amount: pln(500) });
    // Another process commits it between our request and the answer.
    await recordFact(harness.context, {
      query: { merchantAccount: harness.cards.merchantAccount, paymentId: harness.id },
      fact: { kind: "refund_pending", refundProviderReference: "F1", amount: pln(499) },
    });
    const named = { merchantReference: id.slice(4), providerReference: "F9", amount: pln(500) };
    await harness.notifyRefund({ ...named, status: "failed" });
    expect(await harness.refunds()).toMatchObject([{ id, status: "succeeded" }, { status: "pending" }]);
    expect(await harness.reviews()).toEqual(["contradiction"]);
    expect(harness.refundEvents()).toHaveLength(1);
  });
});

describe("a refund at a gateway whose callbacks prove nothing", () => {
  it("that is under way is for a person to decide: no report of its end will be trusted", async () => {
    const harness = await createRefundHarness();
    const callback = { ...harness.cards.traits.callback, authentication: ["verify-by-retrieve"] };
    Object.assign(harness.cards, { traits: { ...harness.cards.traits, callback } });
    harness.answers[0] = { kind: "pending", providerReference: "F1" };
    expect(await errorOf(harness.refund())).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(await harness.refunds()).toMatchObject([{ status: "unknown", providerReference: "F1" }]);
    expect(await harness.reviews()).toEqual(["refund_unknown"]);
  });
});

describe("a refund whose answer the store does not take", () => {
  it("is stored as soon as the store takes it, so that no person has to find out", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = () => {
      harness.store.failNext("update", 4);
      return { kind: "succeeded", providerReference: "F1" };
    };
    const refunding = harness.refund();
    await until(() => harness.requests.length === 1);
    await harness.clock.advance(2000);
    expect(await refunding).toMatchObject({ status: "succeeded", providerReference: "F1" });
    expect(harness.requests).toHaveLength(1);
    expect(await harness.reviews()).toEqual([]);
  });

  it("fails for its caller after five seconds", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = () => {
      harness.store.failNext("update", 1000);
      return { kind: "succeeded", providerReference: "F1" };
    };
    const refusal = expect(harness.refund()).rejects.toThrow("the disk is full");
    await until(() => harness.requests.length === 1);
    await harness.clock.advance(5000);
    await refusal;
    expect(harness.requests).toHaveLength(1);
  });
});

describe("a refund whose process dies at the gateway", () => {
  /** The gateway's answer is never stored, as if the process had died. */
  async function unmatched() {
    const harness = await createRefundHarness();
    harness.answers[0] = () => {
      harness.store.holdNext("update");
      return { kind: "succeeded", providerReference: "F1" };
    };
    void harness.refund({ idempotencyKey: "basket-7" });
    await until(() => harness.requests.length === 1);
    await idle();
    return harness;
  }

  it("is in progress for a minute, then unknown and shown to a person, and never sent again", async () => {
    const harness = await unmatched();
    const statusChecks = await harness.statusChecks();
    await harness.clock.advance(59_000);
    expect(await errorOf(harness.refund({ idempotencyKey: "basket-7" }))).toMatchObject({ code: "IN_PROGRESS" });
    expect(await harness.reviews()).toEqual([]);
    await harness.clock.advance(31_000);
    expect(await errorOf(harness.refund({ idempotencyKey: "basket-7" }))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(await harness.statuses()).toEqual(["unknown"]);
    expect(await harness.reviews()).toEqual(["refund_unknown"]);
    await harness.clock.advance(DAY);
    expect(harness.requests).toHaveLength(1);
    expect(await harness.store.leaseStatusChecks(harness.clock.now(), harness.clock.now(), 10)).toEqual([]);
    await statusChecks.stop();
  });

  it("ends with the gateway's notification, before or after that minute", async () => {
    for (const pause of [0, 120_000]) {
      const harness = await unmatched();
      const statusChecks = await harness.statusChecks();
      await harness.clock.advance(pause);
      const { refundMerchantReference } = harness.requests[0]!;
      await harness.notifyRefund({
        merchantReference: refundMerchantReference,
        providerReference: "F1",
        status: "succeeded",
        amount: pln(PRICE),
      });
      await harness.clock.advance(120_000);
      expect(await harness.refunds()).toMatchObject([{ status: "succeeded", providerReference: "F1" }]);
      expect(harness.refundEvents()).toHaveLength(1);
      await statusChecks.stop();
    }
  });

  it("is not given up if it was reported just then", async () => {
    const harness = await unmatched();
    await harness.clock.advance(60_000);
    const before = await harness.record(harness.id);
    await harness.notifyRefund({
      merchantReference: harness.requests[0]!.refundMerchantReference,
      status: "succeeded",
    });
    await giveUpRefunds(harness.context, before, await harness.store.history(harness.id));
    expect((await harness.facts(harness.id)).slice(3)).toEqual(["refund_requested", "refund_succeeded"]);
  });

  it.each([
    ["asked about the payment meanwhile", {}],
    [
      "asked about the payment meanwhile, and answers",
      { retrieve: async () => ({ status: "succeeded", providerStatus: "PAID" }) },
    ],
  ])("is not given up before, and is then, when the gateway is %s", async (_, can) => {
    const harness = await unmatched();
    Object.assign(harness.cards, can);
    const statusChecks = await harness.statusChecks();
    await harness.notify("cards", { kind: "check_status", about: { paymentId: harness.id } });
    await harness.clock.advance(50_000);
    expect(await harness.statuses()).toEqual(["requested"]);
    await harness.clock.advance(150_000);
    expect(await harness.statuses()).toEqual(["unknown"]);
    await statusChecks.stop();
  });

  it("does not have the gateway asked about the payment", async () => {
    const harness = await unmatched();
    let asked = 0;
    Object.assign(harness.cards, { retrieve: async () => ({ status: asked++ === 0 ? "reversed" : "failed" }) });
    const statusChecks = await harness.statusChecks();
    await harness.clock.advance(DAY);
    expect(asked).toBe(0);
    expect(await harness.reviews()).toEqual(["refund_unknown"]);
    await statusChecks.stop();
  });

  it.each(["unrecognized", "failed", "pending"])("does not have it asked where it once answered %s", async (status) => {
    const harness = await createRefundHarness();
    let asked = 0;
    Object.assign(harness.cards, { retrieve: async () => ({ status, providerStatus: `answer ${++asked}` }) });
    const statusChecks = await harness.statusChecks();
    await harness.notify("cards", { kind: "check_status", about: { paymentId: harness.id } });
    await harness.clock.advance(1000);
    await harness.refund({ amount: pln(500) });
    await harness.clock.advance(DAY);
    expect(asked).toBe(1);
    await statusChecks.stop();
  });

  it("does not have it asked where an earlier question was answered, and does where one was not", async () => {
    const harness = await createRefundHarness();
    let asked = 0;
    let answer = async () => ({ status: "succeeded" as const, providerStatus: "PAID" });
    const retrieve = () => {
      asked += 1;
      return answer();
    };
    Object.assign(harness.cards, { retrieve });
    const statusChecks = await harness.statusChecks();
    await harness.notify("cards", { kind: "check_status", about: { paymentId: harness.id } });
    await harness.clock.advance(DAY);
    expect(asked).toBe(1);
    await harness.refund({ amount: pln(500) });
    await harness.clock.advance(DAY);
    expect(asked).toBe(1);
    answer = () => Promise.reject(new Error("HTTP 500"));
    await harness.notify("cards", { kind: "check_status", about: { paymentId: harness.id } });
    await harness.clock.advance(1000);
    await harness.refund({ amount: pln(500) });
    answer = async () => ({ status: "succeeded" as const, providerStatus: "PAID TWICE" });
    await harness.clock.advance(DAY);
    expect(asked).toBeGreaterThan(2);
    expect((await harness.facts(harness.id)).at(-1)).toBe("succeeded");
    await statusChecks.stop();
  });
});
