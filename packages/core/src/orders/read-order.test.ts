import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness, type Harness } from "../../test/harness.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { providerReference } from "../testing/fake-provider.ts";
import { readOrder } from "./read-order.ts";

const DEAR = { value: 4999, currency: "PLN" };
const pln = (value: number): Money => ({ value, currency: "PLN" });

const read = ({ store }: Harness, orderId = "order-1") => readOrder(store, orderId);

async function tell(
  harness: Harness,
  paymentId: PaymentId,
  status: "succeeded" | "failed" | "reversed",
  amount?: Money,
) {
  const reported = { status, ...(amount && { amount }) };
  // Reviews are listed in the order of the milliseconds in which they were opened.
  harness.clock.step(1);
  await harness.notify("cards", { kind: "notification", about: { paymentId }, reported });
}

/** The gateway sends money back by itself. */
async function refund(harness: Harness, paymentId: PaymentId, amount: Money, name = "F-1") {
  await harness.notify("cards", {
    kind: "refund",
    about: { paymentId },
    refund: { providerReference: name, amount, status: "succeeded" },
  });
}

/** A person accepts the payment's review of this kind. */
async function accept(harness: Harness, id: PaymentId, kind: string) {
  const review = (await harness.store.reviewsOfPayment(id)).find((one) => one.kind === kind);
  await resolveReview(harness.context, review!.id, { action: "accept" });
}

async function paidOrder(): Promise<{ readonly harness: Harness; readonly id: PaymentId }> {
  const harness = createHarness();
  const { id } = await harness.checkout();
  await tell(harness, id, "succeeded");
  return { harness, id };
}

describe("an order", () => {
  it("is unpaid and has no payments or amounts where Pay knows nothing of it", async () => {
    expect(await read(createHarness())).toEqual({ orderId: "order-1", state: "unpaid", payments: [] });
  });

  it("is open while a payment of what it costs may be paid, then paid, with its amounts in minor units", async () => {
    const harness = createHarness();
    const { id, next: _, ...rest } = await harness.checkout();
    const payment = { id, ...rest, paidAmount: pln(0), refundedAmount: pln(0) };
    const asked = { orderId: "order-1", requestedAmount: pln(1999), paidAmount: pln(0), refundedAmount: pln(0) };
    expect(await read(harness)).toEqual({ ...asked, state: "open", payments: [payment] });
    await tell(harness, id, "succeeded");
    expect(await read(harness)).toMatchObject({ ...asked, state: "paid", paidAmount: pln(1999), payments: [{ id }] });
  });

  it("is unpaid once every payment of what it costs is closed, also while a superseded one is open", async () => {
    const harness = createHarness();
    await harness.checkout();
    const { id } = await harness.checkout({ amount: DEAR });
    expect(await read(harness)).toMatchObject({ state: "open", requestedAmount: DEAR });
    await tell(harness, id, "failed");
    expect(await read(harness)).toMatchObject({ state: "unpaid", requestedAmount: DEAR });
  });

  it("says that only a superseded payment was paid, until the right one is", async () => {
    const harness = createHarness();
    const cheap = await harness.checkout();
    const dear = await harness.checkout({ amount: DEAR });
    await tell(harness, cheap.id, "succeeded");
    expect(await read(harness)).toMatchObject({
      state: "superseded_paid",
      paidAmount: pln(1999),
      requestedAmount: DEAR,
    });
    await tell(harness, dear.id, "succeeded");
    expect(await read(harness)).toMatchObject({ state: "paid", paidAmount: pln(6998) });
  });

  it.each<[string, (harness: Harness) => Promise<unknown>]>([
    ["both payments are open", async () => {}],
    [
      "both were paid",
      async (harness) => {
        for (const { payment } of (await harness.store.order("order-1")).payments)
          await tell(harness, payment.id, "succeeded");
      },
    ],
    [
      "both failed",
      async (harness) => {
        for (const { payment } of (await harness.store.order("order-1")).payments)
          await tell(harness, payment.id, "failed");
      },
    ],
  ])(
    "costs what its newest checkout says while %s, also where the ids of its payments are in another order",
    async (_, happens) => {
      const harness = createHarness();
      await harness.checkout();
      await harness.checkout({ amount: DEAR });
      await happens(harness);
      // Clocks of two processes differ, and ids of one millisecond are in an order of chance.
      const store = {
        ...harness.store,
        async order(id: string) {
          const order = await harness.store.order(id);
          return { ...order, payments: order.payments.toReversed() };
        },
      };
      for (const read of [store, harness.store]) {
        expect((await readOrder(read, "order-1")).requestedAmount).toEqual(DEAR);
      }
    },
  );

  it("costs what its newest checkout says also where an earlier payment pays it as it is, with less than its amount", async () => {
    const harness = createHarness();
    const first = await harness.checkout();
    const second = await harness.checkout({ amount: DEAR });
    await tell(harness, first.id, "succeeded", pln(1500));
    await accept(harness, first.id, "amount_mismatch");
    expect(await read(harness)).toMatchObject({
      state: "superseded_paid",
      requestedAmount: DEAR,
      paidAmount: pln(1500),
    });
    const third = await harness.checkout({ amount: pln(5999) });
    await tell(harness, second.id, "succeeded");
    await accept(harness, first.id, "superseded_paid");
    await tell(harness, third.id, "succeeded");
    expect((await harness.store.order("order-1")).paidBy).toBe(first.id);
    const paid = { state: "paid", requestedAmount: pln(5999), paidAmount: pln(1500 + 4999 + 5999) };
    expect(await read(harness)).toMatchObject(paid);
    await refund(harness, first.id, pln(1500));
    expect(await read(harness)).toMatchObject({ ...paid, refundedAmount: pln(1500) });
  });

  it("is unpaid once what a superseded payment brought was sent back, and can be paid as one that was never paid", async () => {
    const harness = createHarness();
    const cheap = await harness.checkout();
    const dear = await harness.checkout({ amount: DEAR });
    await tell(harness, cheap.id, "succeeded");
    await tell(harness, dear.id, "failed");
    await refund(harness, cheap.id, pln(1999));
    expect(await read(harness)).toMatchObject({ state: "unpaid", paidAmount: pln(1999), refundedAmount: pln(1999) });
    expect((await harness.checkout({ amount: DEAR })).state).toBe("pending");
    expect((await read(harness)).state).toBe("open");
  });

  it("is refunded once everything that was paid for it was sent back", async () => {
    const { harness, id } = await paidOrder();
    await refund(harness, id, pln(1000));
    expect(await read(harness)).toMatchObject({ state: "paid", refundedAmount: pln(1000) });
    await refund(harness, id, pln(999), "F-2");
    expect(await read(harness)).toMatchObject({ state: "refunded", paidAmount: pln(1999), refundedAmount: pln(1999) });
  });

  it("is refunded after the gateway took the money back", async () => {
    const { harness, id } = await paidOrder();
    await tell(harness, id, "reversed");
    expect(await read(harness)).toMatchObject({ state: "refunded", refundedAmount: pln(1999) });
  });

  it("stays paid where the gateway took back the second of two payments that the buyer made under one", async () => {
    const { harness, id } = await paidOrder();
    const other = {
      kind: "notification",
      about: { paymentId: id },
      providerReference: providerReference("T-2"),
    } as const;
    await harness.notify("cards", { ...other, reported: { status: "succeeded" } });
    harness.clock.step(1);
    await harness.notify("cards", { ...other, reported: { status: "reversed" } });
    expect(await read(harness)).toMatchObject({ state: "paid", refundedAmount: pln(0) });
    expect((await harness.record(id)).reversed).toBe(false);
    expect((await harness.reviews()).toSorted()).toEqual(["double_payment", "reference_mismatch"]);
    // A person knows better: the gateway meant this payment.
    await accept(harness, id, "reference_mismatch");
    expect((await read(harness)).state).toBe("refunded");
  });

  it("is under review where money that came too late went back, and a person has to decide on other money", async () => {
    const harness = createHarness();
    const [gone, other] = [await harness.checkout(), await harness.checkout()];
    for (const status of ["reversed", "succeeded"] as const) await tell(harness, gone.id, status);
    await tell(harness, other.id, "failed");
    expect((await read(harness)).state).toBe("refunded");
    await tell(harness, other.id, "succeeded", pln(1500));
    expect((await read(harness)).state).toBe("under_review");
  });

  it("was paid with what the gateway reported where a person accepted less", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await tell(harness, id, "succeeded", pln(1500));
    const [review] = await harness.store.openReviews(1);
    await resolveReview(harness.context, review!.id, { action: "accept" });
    expect(await read(harness)).toMatchObject({ state: "paid", paidAmount: pln(1500), requestedAmount: pln(1999) });
    await refund(harness, id, pln(1500));
    expect((await read(harness)).state).toBe("refunded");
  });

  it.each(["failed", "pending"] as const)(
    "is under review while a person has to decide on money that was reported for it (%s)",
    async (before) => {
      const harness = createHarness();
      const { id } = await harness.checkout();
      if (before === "failed") await tell(harness, id, "failed");
      await tell(harness, id, "succeeded", pln(1500));
      expect((await read(harness)).state).toBe(before === "failed" ? "under_review" : "open");
      const [review] = await harness.store.openReviews(1);
      await resolveReview(harness.context, review!.id, { action: "dismiss" });
      expect((await read(harness)).state).toBe(before === "failed" ? "unpaid" : "open");
    },
  );

  it("counts amounts in the currency that it costs, and leaves the others to its payments", async () => {
    const harness = createHarness();
    const euro = await harness.checkout({ amount: { value: 500, currency: "EUR" } });
    await harness.checkout();
    await tell(harness, euro.id, "succeeded");
    const order = await read(harness);
    expect(order).toMatchObject({ state: "superseded_paid", paidAmount: pln(0) });
    expect(order.payments[0]?.paidAmount).toEqual({ value: 500, currency: "EUR" });
  });

  it("stays paid after its payments were pruned", async () => {
    const { harness } = await paidOrder();
    // Dispatches the event, which nobody waits for.
    await harness.store.leaseDeliveries({ now: harness.clock.now(), until: 0, handlers: [], limit: 1 });
    expect(await harness.store.prune({ before: harness.clock.now() + 1, limit: 10 })).toHaveLength(1);
    expect(await read(harness)).toEqual({ orderId: "order-1", state: "paid", payments: [] });
  });
});

describe("checkout of a refunded order", () => {
  it("is refused, and names the remedy", async () => {
    const { harness, id } = await paidOrder();
    await refund(harness, id, pln(1999));
    const error = await errorOf(harness.checkout());
    expect(error).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: id });
    expect(error.message).toContain("allowRepeat");
  });

  it("opens a payment where the shop allows it, whose success is an ordinary one", async () => {
    const { harness, id } = await paidOrder();
    await refund(harness, id, pln(1999));
    const again = await harness.checkout({ allowRepeat: true, amount: DEAR });
    expect(await read(harness)).toMatchObject({ state: "open", requestedAmount: DEAR });
    expect((await harness.record(id)).payment.superseded).toBeUndefined();
    await tell(harness, again.id, "succeeded");
    expect(await read(harness)).toMatchObject({ state: "paid", paidAmount: pln(6998), refundedAmount: pln(1999) });
    expect((await harness.store.order("order-1")).paidBy).toBe(again.id);
    expect(await harness.reviews()).toEqual([]);
    expect(await errorOf(harness.checkout({ allowRepeat: true }))).toMatchObject({ code: "ORDER_ALREADY_PAID" });
  });

  it("leaves the order unpaid where that payment fails, so that it can be tried again", async () => {
    const { harness, id } = await paidOrder();
    await refund(harness, id, pln(1999));
    const again = await harness.checkout({ allowRepeat: true });
    await tell(harness, again.id, "failed");
    expect((await read(harness)).state).toBe("unpaid");
    expect((await harness.checkout()).state).toBe("pending");
  });

  it.each<[string, (harness: Harness, id: PaymentId) => Promise<unknown>]>([
    ["nothing was sent back", async () => {}],
    ["less was sent back than was paid", (harness, id) => refund(harness, id, pln(1998))],
  ])("is refused although the shop allows it where %s", async (_, happens) => {
    const { harness, id } = await paidOrder();
    await happens(harness, id);
    const error = await errorOf(harness.checkout({ allowRepeat: true }));
    expect([error.code, error.field, error.paymentId]).toEqual(["ORDER_ALREADY_PAID", "allowRepeat", id]);
    expect(error.message).toContain("refund the rest");
  });

  it("is refused where a second payment of the order is not sent back", async () => {
    const harness = createHarness();
    const [first, second] = [await harness.checkout(), await harness.checkout()];
    for (const { id } of [first, second]) await tell(harness, id, "succeeded");
    await refund(harness, first.id, pln(1999));
    expect(await errorOf(harness.checkout({ allowRepeat: true }))).toMatchObject({ code: "ORDER_ALREADY_PAID" });
    await refund(harness, second.id, pln(1999), "F-2");
    expect((await harness.checkout({ allowRepeat: true })).state).toBe("pending");
  });

  it("is the same request under one key whether it says false, nothing or undefined", async () => {
    const harness = createHarness();
    const key = { idempotencyKey: "basket-1" };
    const { id } = await harness.checkout(key);
    for (const allowRepeat of [false, undefined]) {
      expect((await harness.checkout({ ...key, ...({ allowRepeat } as object) })).id).toBe(id);
    }
    const error = await errorOf(harness.checkout({ ...key, allowRepeat: true }));
    expect([error.code, error.fields]).toEqual(["IDEMPOTENCY_CONFLICT", ["allowRepeat"]]);
  });

  it("changes nothing for an order that was not paid", async () => {
    expect((await createHarness().checkout({ allowRepeat: true })).state).toBe("pending");
  });
});
