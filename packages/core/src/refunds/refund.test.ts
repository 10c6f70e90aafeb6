import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createRefundHarness, PRICE, pln } from "../../test/refund-harness.ts";
import type { RefundRequest } from "../contract/pay.ts";
import type { RefundOutcome } from "../contract/provider.ts";
import type { Money } from "../model/money.ts";
import { recordFact } from "../recording/record-fact.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { providerReference } from "../testing/fake-provider.ts";
import { idle } from "../testing/manual-clock.ts";

describe("a refund", () => {
  it("is reserved by a commit before the gateway is asked, and its answer is committed before the call returns", async () => {
    const harness = await createRefundHarness();
    const atGateway: unknown[] = [];
    harness.answers[0] = async () => {
      atGateway.push(await harness.refunds());
      return { kind: "succeeded", providerReference: "F1" };
    };
    const done = await harness.refund({ amount: pln(500), idempotencyKey: "basket-7" });
    const reserved = { id: done.id, amount: pln(500), origin: "shop", key: "basket-7" };
    expect(atGateway).toMatchObject([[{ ...reserved, status: "requested" }]]);
    expect(done).toMatchObject({ ...reserved, status: "succeeded", providerReference: "F1" });
    expect(await harness.refunds()).toEqual([done]);
    expect(await harness.facts(harness.id)).toEqual([
      ...["opened", "create_accepted", "succeeded"],
      ...["refund_requested", "refund_succeeded"],
    ]);
    expect(harness.events).toMatchObject([{ type: "refund.succeeded", refund: done, payment: { state: "succeeded" } }]);
  });

  it("holds its amount back also where the gateway calls all refunds alike, and its key never sends money twice", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = { kind: "succeeded", providerReference: "ORDER-1" };
    const first = await harness.refund({ amount: pln(900), idempotencyKey: "a" });
    const second = await harness.refund({ amount: pln(900), idempotencyKey: "b" });
    expect(await errorOf(harness.refund({ amount: pln(900) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
    expect(await harness.refund({ amount: pln(900), idempotencyKey: "a" })).toEqual(first);
    expect(await harness.refund({ amount: pln(900), idempotencyKey: "b" })).toEqual(second);
    expect(harness.requests).toHaveLength(2);
    expect(await harness.refunds()).toEqual([first, second]);
    expect(harness.refundEvents()).toEqual([
      ["refund.succeeded", first.id, 900],
      ["refund.succeeded", second.id, 900],
    ]);
  });

  it("that the gateway reported before it answered is found under the requested id too", async () => {
    const harness = await createRefundHarness();
    harness.answers[0] = async () => {
      await harness.notifyRefund({ providerReference: "F1", status: "pending", amount: pln(500) });
      return { kind: "pending", providerReference: "F1" };
    };
    await harness.refund({ amount: pln(500) });
    await harness.notifyRefund({
      merchantReference: harness.requests[0]!.refundMerchantReference,
      status: "failed",
      amount: pln(500),
    });
    expect(await harness.statuses()).toEqual(["failed"]);
    expect(harness.refundEvents()).toHaveLength(1);
    harness.answers[0] = { kind: "succeeded" };
    expect((await harness.refund()).amount).toEqual(pln(PRICE));
  });

  it("is refused where the gateway took the money back already", async () => {
    const harness = await createRefundHarness();
    const reported = { status: "reversed" } as const;
    await harness.notify("cards", { kind: "notification", about: { paymentId: harness.id }, reported });
    expect(await errorOf(harness.refund())).toMatchObject({ code: "NOT_REFUNDABLE", paymentId: harness.id });
    expect(harness.requests).toEqual([]);
  });

  it.each([
    ["less", 1500, 1500],
    ["more", 2500, PRICE],
  ])(
    "is of what came, where a person accepted a payment of %s, and never of more than was asked",
    async (_, receivedAmount, most) => {
      const harness = await createRefundHarness({ paid: false });
      const about = { paymentId: harness.id };
      for (const amount of [pln(1), pln(receivedAmount)]) {
        await harness.notify("cards", { kind: "notification", about, reported: { status: "succeeded", amount } });
      }
      const second = (await harness.store.openReviews(10))[1]!;
      await resolveReview(harness.context, second.id, { action: "accept" });
      expect((await harness.record(harness.id)).payment.state).toBe("succeeded");
      expect(await errorOf(harness.refund({ amount: pln(most + 1) }))).toMatchObject({
        code: "REFUND_EXCEEDS_PAYMENT",
      });
      expect(harness.requests).toEqual([]);
      expect(await harness.refund()).toMatchObject({ status: "succeeded", amount: pln(most) });
    },
  );

  it.each([
    ["dismissed", { action: "dismiss" }],
    ["noted", { action: "note", note: "seen" }],
  ] as const)("is of all that was paid, where another amount was reported before and %s", async (_, resolution) => {
    const harness = await createRefundHarness({ paid: false });
    const about = { paymentId: harness.id };
    for (const amount of [pln(100), { value: 5, currency: "EUR" }]) {
      await harness.notify("cards", { kind: "notification", about, reported: { status: "succeeded", amount } });
    }
    for (const { id } of await harness.store.openReviews(10)) await resolveReview(harness.context, id, resolution);
    await harness.notify("cards", {
      kind: "notification",
      about,
      reported: { status: "succeeded", amount: pln(PRICE) },
    });
    expect(await harness.refund()).toMatchObject({ amount: pln(PRICE) });
  });

  it.each([
    [
      "of another of its payments",
      { status: "succeeded", amount: pln(500) },
      { providerReference: providerReference("R-other") },
      {},
    ],
    [
      "of an unknown status",
      { status: "unrecognized", providerStatus: "PART", amount: pln(500) },
      {},
      { as: "succeeded" },
    ],
  ] as const)("is of what came, where a person accepted a success %s", async (_, reported, named, as) => {
    const harness = await createRefundHarness({ paid: false });
    await harness.notify("cards", { kind: "notification", about: { paymentId: harness.id }, reported, ...named });
    await resolveReview(harness.context, (await harness.store.openReviews(1))[0]!.id, { action: "accept", ...as });
    expect((await harness.record(harness.id)).payment.state).toBe("succeeded");
    expect(await errorOf(harness.refund({ amount: pln(501) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
  });

  it("is for the gateway, where a person accepted a payment in another currency", async () => {
    const harness = await createRefundHarness({ paid: false });
    const amount = { value: PRICE, currency: "EUR" };
    const about = { paymentId: harness.id };
    await harness.notify("cards", { kind: "notification", about, reported: { status: "succeeded", amount } });
    await resolveReview(harness.context, (await harness.store.openReviews(1))[0]!.id, { action: "accept" });
    expect(await errorOf(harness.refund())).toMatchObject({ code: "NOT_REFUNDABLE", paymentId: harness.id });
    expect(harness.requests).toEqual([]);
  });

  it("names payment and refund to the gateway, both amounts, and where to tell of it", async () => {
    const harness = await createRefundHarness();
    const { id: refundId } = await harness.refund({ amount: pln(500) });
    expect(harness.requests).toEqual([
      {
        paymentId: harness.id,
        merchantReference: harness.id.slice(4),
        providerReference: `R-${harness.id}`,
        amount: pln(PRICE),
        refundId,
        refundMerchantReference: refundId.slice(4),
        refundAmount: pln(500),
        callbackUrl: "https://shop.example/pay/callbacks/cards",
      },
    ]);
    expect(refundId).toMatch(/^rfd_[0-9a-z]{26}$/);
  });

  it("is of what was not sent back yet, unless an amount is named; parts add up to the whole", async () => {
    const harness = await createRefundHarness();
    await harness.refund({ amount: pln(500) });
    await harness.refund({ amount: pln(1) });
    expect((await harness.refund()).amount).toEqual(pln(PRICE - 501));
    expect(await errorOf(harness.refund())).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
    expect(harness.requests.map(({ refundAmount }) => refundAmount.value)).toEqual([500, 1, PRICE - 501]);
  });

  it("keeps nothing of an amount but its money", async () => {
    const harness = await createRefundHarness();
    await harness.refund({ amount: { ...pln(5), note: "canary" } as Money });
    expect((await harness.refunds())[0]?.amount).toEqual(pln(5));
  });

  it.each<[string, Money, string, string]>([
    ["more than was paid", pln(PRICE + 1), "REFUND_EXCEEDS_PAYMENT", "amount"],
    ["nothing", pln(0), "INVALID_AMOUNT", "amount"],
    ["less than nothing", pln(-1), "INVALID_AMOUNT", "amount"],
    ["a fraction of a grosz", pln(0.5), "INVALID_AMOUNT", "amount"],
    ["another currency", { value: 1, currency: "EUR" }, "INVALID_REQUEST", "amount"],
    ["no currency there is", { value: 1, currency: "XXY" }, "INVALID_AMOUNT", "amount.currency"],
    ["no amount at all", null as never, "INVALID_AMOUNT", "amount"],
  ])("of %s is refused, and nothing is reserved or sent", async (_, amount, code, field) => {
    const harness = await createRefundHarness();
    expect(await errorOf(harness.refund({ amount }))).toMatchObject({ code, field });
    expect(await harness.refunds()).toEqual([]);
    expect(harness.requests).toEqual([]);
  });

  it("of more than is left is refused: what is requested, pending or unknown is held back, what failed is not", async () => {
    const harness = await createRefundHarness();
    const held = Promise.withResolvers<RefundOutcome>();
    harness.answers.splice(
      0,
      1,
      { kind: "pending" },
      { kind: "unknown", cause: new Error("ECONNRESET") },
      () => held.promise,
    );
    await harness.refund({ amount: pln(900) });
    await errorOf(harness.refund({ amount: pln(900) }));
    const requested = harness.refund({ amount: pln(100) });
    await idle();
    expect(await harness.statuses()).toEqual(["pending", "unknown", "requested"]);
    expect(await errorOf(harness.refund({ amount: pln(100) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
    held.resolve({ kind: "rejected", code: "declined", retryable: false });
    await errorOf(requested);
    harness.answers.splice(0, harness.answers.length, { kind: "succeeded" });
    expect(await harness.refund({ amount: pln(199) })).toMatchObject({ status: "succeeded" });
    expect(await errorOf(harness.refund({ amount: pln(1) }))).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
  });

  it("of nothing named is refused where more went back at the gateway than was left", async () => {
    const harness = await createRefundHarness();
    await harness.refund({ amount: pln(1500) });
    await harness.notifyRefund({ providerReference: "PANEL", status: "succeeded", amount: pln(500) });
    expect(await errorOf(harness.refund())).toMatchObject({ code: "REFUND_EXCEEDS_PAYMENT" });
    expect(harness.requests).toHaveLength(1);
  });

  it("wins alone where calls with different keys want the rest at the same moment", async () => {
    const harness = await createRefundHarness();
    const results = await Promise.allSettled([1, 2, 3].map(() => harness.refund({ amount: pln(1000) })));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(harness.requests).toHaveLength(1);
  });

  it.each(["pending", "failed", "canceled"] as const)(
    "of a payment that is %s is refused, and nothing is sent",
    async (state) => {
      const harness = await createRefundHarness({ paid: false });
      const query = { merchantAccount: "fake:1", paymentId: harness.id };
      const fact = { kind: state === "canceled" ? "cancel" : state } as const;
      await recordFact(harness.context, { query, fact });
      expect(await errorOf(harness.refund())).toMatchObject({ code: "NOT_REFUNDABLE", paymentId: harness.id });
      expect(harness.requests).toEqual([]);
    },
  );

  it("through a provider that cannot is refused before anything is read", async () => {
    const harness = await createRefundHarness();
    harness.store.calls.length = 0;
    expect(await errorOf(harness.refund({}, "without"))).toMatchObject({ code: "NOT_REFUNDABLE" });
    for (const providerName of ["nobody", "__proto__", null as never]) {
      const error = await errorOf(harness.refund({}, providerName));
      expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "providerName" });
      expect(error.message).toContain("one of cards, without");
    }
    const odd = await errorOf(harness.refund({}, "https://canary.example/?secret"));
    expect(odd.message).not.toContain("canary");
    expect(harness.store.calls).toEqual([]);
  });

  it("is refused for a payment the provider's account has not", async () => {
    const harness = await createRefundHarness();
    const other = await harness.checkout({ providerName: "without", orderId: "order-2" });
    expect(await errorOf(harness.refund({}, "cards", other.id))).toMatchObject({ code: "NOT_FOUND" });
    harness.store.calls.length = 0;
    for (const id of ["", "pay_", "nobody", null as never, `${harness.id}\0`]) {
      expect(await errorOf(harness.refund({}, "cards", id))).toMatchObject({ code: "NOT_FOUND" });
    }
    expect(harness.store.calls).toEqual([]);
    expect(harness.requests).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ["without a key", { amount: pln(1), idempotencyKey: undefined }, "idempotencyKey"],
    ["with an empty key", { idempotencyKey: "" }, "idempotencyKey"],
    ["with a key of 201 characters", { idempotencyKey: "x".repeat(201) }, "idempotencyKey"],
    ["with a key of two lines", { idempotencyKey: "a\nb" }, "idempotencyKey"],
    ["with half a character for a key", { idempotencyKey: "\ud800" }, "idempotencyKey"],
    ["with an unknown field", { reason: "canary" }, "reason"],
  ])("%s is refused", async (_, given, field) => {
    const harness = await createRefundHarness();
    harness.store.calls.length = 0;
    expect(await errorOf(harness.refund(given as RefundRequest))).toMatchObject({ code: "INVALID_REQUEST", field });
    expect(harness.store.calls).toEqual([]);
  });
});

describe("a refund's idempotency key", () => {
  const KEY = { amount: pln(500), idempotencyKey: "basket-7" };

  it.each<RefundOutcome>([
    { kind: "succeeded", providerReference: "F1" },
    { kind: "pending" },
    { kind: "rejected", code: "declined", retryable: false, providerCode: "E17" },
    { kind: "not_sent", cause: new Error("ECONNREFUSED") },
    { kind: "unknown", cause: new Error("ECONNRESET") },
  ])("gives the same answer again, and asks the gateway once: %p", async (outcome) => {
    const harness = await createRefundHarness();
    harness.answers[0] = outcome;
    const answer = () =>
      harness.refund(KEY).catch(({ code, paymentId, providerCode }) => ({ code, paymentId, providerCode }));
    const first = await answer();
    expect(await answer()).toEqual(first);
    const { amount: _, ...unnamed } = KEY;
    expect(await harness.refund(unnamed).catch(({ code }) => ({ code }))).toMatchObject(
      "code" in first ? { code: first.code } : first,
    );
    expect(harness.requests).toHaveLength(1);
  });

  it("with another amount is a conflict that names it, and nothing is sent", async () => {
    const harness = await createRefundHarness();
    await harness.refund(KEY);
    for (const amount of [pln(501), { value: 500, currency: "EUR" }]) {
      const error = await errorOf(harness.refund({ ...KEY, amount }));
      expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", fields: ["amount"], paymentId: harness.id });
      expect(error.message).not.toContain("50");
    }
    expect(harness.requests).toHaveLength(1);
  });

  it("is in progress while the first call is at the gateway", async () => {
    const harness = await createRefundHarness();
    const held = Promise.withResolvers<RefundOutcome>();
    harness.answers[0] = () => held.promise;
    const [first, second] = [harness.refund(KEY), harness.refund(KEY)];
    expect(await errorOf(second)).toMatchObject({ code: "IN_PROGRESS", retryable: true });
    held.resolve({ kind: "succeeded" });
    expect(await first).toMatchObject({ status: "succeeded" });
    expect(harness.requests).toHaveLength(1);
  });

  it("is the payment's: another payment may use the same", async () => {
    const harness = await createRefundHarness();
    await harness.refund(KEY);
    const other = await harness.checkout({ orderId: "order-2" });
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: other.id },
      reported: { status: "succeeded" },
    });
    expect(await harness.refund(KEY, "cards", other.id)).toMatchObject({ status: "succeeded" });
    expect(harness.requests).toHaveLength(2);
  });
});
