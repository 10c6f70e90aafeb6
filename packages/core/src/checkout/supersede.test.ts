import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness, type Harness } from "../../test/harness.ts";
import { watchedStore } from "../../test/watched-store.ts";
import type { CancelOutcome, CreateOutcome, ParsedCallback } from "../contract/provider.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import { readOrder } from "../orders/read-order.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { memoryStore } from "../store/memory.ts";
import { type FakeProvider, fakeProvider } from "../testing/fake-provider.ts";
import { idle, until } from "../testing/manual-clock.ts";

const CHEAP = { value: 1999, currency: "PLN" };
const DEAR = { value: 4999, currency: "PLN" };
const FREED: CreateOutcome = { kind: "not_sent", cause: new Error("ECONNREFUSED") };

/** A shop whose events are kept. */
function shop(providers: Readonly<Record<string, FakeProvider>> = { cards: fakeProvider() }) {
  const events: PaymentEvent[] = [];
  const store = memoryStore();
  const harness = createHarness({
    providers,
    store: watchedStore({
      ...store,
      async update(query, decide) {
        let written: readonly PaymentEvent[] = [];
        const result = await store.update(query, (found) => {
          const decision = decide(found);
          written = decision.changes.events.filter((event) => "payment" in event);
          return decision;
        });
        events.push(...written);
        return result;
      },
    }),
  });
  return { harness, events };
}

const tell = (harness: Harness, paymentId: PaymentId, status: "succeeded" | "failed", providerName = "cards") =>
  harness.notify(providerName, { kind: "notification", about: { paymentId }, reported: { status } });

const refundOf = (
  paymentId: PaymentId,
  { amount = CHEAP, status = "succeeded" }: { amount?: Money; status?: "succeeded" | "pending" } = {},
): ParsedCallback => ({
  kind: "refund",
  about: { paymentId },
  refund: { providerReference: "F-1", amount, status },
});

/** The payments' states and marks, oldest first. */
async function paymentsOf(harness: Harness, orderId = "order-1") {
  const { payments } = await harness.store.order(orderId);
  return payments.map(({ payment: { amount, state, superseded } }) => [amount.value, state, superseded?.amount.value]);
}

/** A gateway that cancels as the test wants, and the payments that it was asked to cancel. */
function canceling(answer: () => CancelOutcome | Promise<CancelOutcome> = () => ({ kind: "canceled" })) {
  const asked: PaymentId[] = [];
  const cancel = async ({ paymentId }: { readonly paymentId: PaymentId }) => {
    asked.push(paymentId);
    return answer();
  };
  return { asked, cards: fakeProvider({ can: { cancel } }) };
}

describe("an order that is opened again for another amount", () => {
  it("tells the success of the first payment as superseded, has a person look, and stays unpaid", async () => {
    const { events, harness } = shop();
    const cheap = await harness.checkout();
    const dear = await harness.checkout({ amount: DEAR });
    const superseded = { amount: DEAR, by: dear.id };
    expect((await harness.record(cheap.id)).payment).toMatchObject({ state: "pending", superseded });
    expect(await harness.facts(cheap.id)).toEqual(["opened", "create_accepted", "order_repriced"]);

    await tell(harness, cheap.id, "succeeded");
    expect(events).toMatchObject([
      {
        type: "payment.succeeded",
        superseded,
        payment: { id: cheap.id, state: "succeeded", amount: CHEAP, superseded },
      },
    ]);
    expect(await harness.reviews()).toEqual(["superseded_paid"]);
    expect((await harness.store.order("order-1")).paidBy).toBeUndefined();
  });

  it("lets the right payment still pay it, and tells what comes then as paid again", async () => {
    const { events, harness } = shop();
    const [first, second] = [await harness.checkout(), await harness.checkout()];
    const dear = await harness.checkout({ amount: DEAR });
    await tell(harness, first.id, "succeeded");
    await tell(harness, dear.id, "succeeded");
    // Reviews are listed in the order of the milliseconds in which they were opened.
    harness.clock.step(1);
    await tell(harness, second.id, "succeeded");
    expect(events.map(({ type, superseded, payment }) => [type, superseded?.by, payment.id])).toEqual([
      ["payment.succeeded", dear.id, first.id],
      ["payment.succeeded", undefined, dear.id],
      ["payment.paid_again", dear.id, second.id],
    ]);
    expect((await harness.store.order("order-1")).paidBy).toBe(dear.id);
    expect((await harness.reviews()).toSorted()).toEqual(["double_payment", "superseded_paid"]);
  });

  it("is paid by the superseded payment that a person accepts, once, and what is paid later is paid again", async () => {
    const { events, harness } = shop();
    const cheap = await harness.checkout();
    const dear = await harness.checkout({ amount: DEAR });
    await tell(harness, cheap.id, "succeeded");
    const [review] = await harness.store.openReviews(1);
    await resolveReview(harness.context, review!.id, { action: "accept" });
    expect(await readOrder(harness.store, "order-1")).toMatchObject({ state: "paid" });
    expect((await harness.store.order("order-1")).paidBy).toBe(cheap.id);
    expect(await errorOf(harness.checkout({ amount: DEAR }))).toMatchObject({
      code: "ORDER_ALREADY_PAID",
      paymentId: cheap.id,
    });
    await tell(harness, dear.id, "succeeded");
    expect(events.map(({ type, payment }) => [type, payment.id])).toEqual([
      ["payment.succeeded", cheap.id],
      ["payment.paid_again", dear.id],
    ]);
    expect(await harness.reviews()).toEqual(["double_payment"]);
  });

  it("stays unpaid where a person dismisses the review of the superseded payment", async () => {
    const { harness } = shop();
    const cheap = await harness.checkout();
    await harness.checkout({ amount: DEAR });
    await tell(harness, cheap.id, "succeeded");
    const [review] = await harness.store.openReviews(1);
    await resolveReview(harness.context, review!.id, { action: "dismiss" });
    expect((await harness.store.order("order-1")).paidBy).toBeUndefined();
    expect((await harness.checkout({ amount: DEAR })).state).toBe("pending");
  });

  it("cannot be paid by the superseded payment once another one paid it, or once its money was sent back", async () => {
    const { harness } = shop();
    const cheap = await harness.checkout();
    const dear = await harness.checkout({ amount: DEAR });
    await tell(harness, cheap.id, "succeeded");
    const [review] = await harness.store.openReviews(1);
    const accept = () => errorOf(resolveReview(harness.context, review!.id, { action: "accept" }));
    await harness.notify("cards", refundOf(cheap.id));
    expect(await accept()).toMatchObject({ code: "INVALID_REQUEST", field: "action" });
    await tell(harness, dear.id, "succeeded");
    expect(await accept()).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: dear.id });
    expect((await harness.store.review(review!.id))?.status).toBe("open");
  });

  it("takes no money again where it costs again what a superseded payment brought: a person decides", async () => {
    const { events, harness } = shop();
    const cheap = await harness.checkout();
    const dear = await harness.checkout({ amount: DEAR });
    await tell(harness, cheap.id, "succeeded");
    for (const _ of [1, 2]) {
      expect(await errorOf(harness.checkout())).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: cheap.id });
    }
    expect(await readOrder(harness.store, "order-1")).toMatchObject({ state: "superseded_paid" });
    expect((await harness.store.order("order-1")).payments).toHaveLength(2);
    const [review] = await harness.store.openReviews(1);
    await resolveReview(harness.context, review!.id, { action: "accept" });
    expect(await readOrder(harness.store, "order-1")).toMatchObject({ state: "paid" });
    await tell(harness, dear.id, "succeeded");
    expect(events.map(({ type }) => type)).toEqual(["payment.succeeded", "payment.paid_again"]);
  });

  it("names every payment that brought this amount, so that one is accepted and the money of the others goes back", async () => {
    const { harness } = shop();
    const [first, second] = [await harness.checkout(), await harness.checkout()];
    await harness.checkout({ amount: DEAR });
    for (const { id } of [first, second]) await tell(harness, id, "succeeded");
    const error = await errorOf(harness.checkout());
    expect(error).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentIds: [first.id, second.id].sort() });
    expect([first.id, second.id]).toContain(error.paymentId);
    await harness.notify("cards", refundOf(first.id));
    expect(await errorOf(harness.checkout())).toMatchObject({ paymentId: second.id, paymentIds: [second.id] });
    await harness.notify("cards", refundOf(second.id));
    expect((await harness.checkout()).state).toBe("pending");
  });

  it.each(["pending", "succeeded"] as const)(
    "takes money again once a part of it goes back (%s), and never accepts the review by itself",
    async (status) => {
      const { harness } = shop();
      const cheap = await harness.checkout();
      await harness.checkout({ amount: DEAR });
      await tell(harness, cheap.id, "succeeded");
      await harness.notify("cards", refundOf(cheap.id, { status, amount: { value: 1, currency: "PLN" } }));
      expect((await harness.checkout()).state).toBe("pending");
      expect((await harness.store.order("order-1")).paidBy).toBeUndefined();
      expect(await harness.reviews()).toEqual(["superseded_paid"]);
    },
  );

  it("takes no money again while a dismissed payment of that amount is not sent back, and does afterwards", async () => {
    const { harness } = shop();
    const cheap = await harness.checkout();
    await harness.checkout({ amount: DEAR });
    await tell(harness, cheap.id, "succeeded");
    const [review] = await harness.store.openReviews(1);
    await resolveReview(harness.context, review!.id, { action: "dismiss" });
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: cheap.id });
    expect((await harness.store.order("order-1")).paidBy).toBeUndefined();
    await harness.notify("cards", refundOf(cheap.id));
    expect((await harness.checkout()).state).toBe("pending");
  });

  it("counts another currency as another amount", async () => {
    const { harness } = shop();
    const { id } = await harness.checkout();
    await harness.checkout({ amount: { value: 1999, currency: "EUR" } });
    expect((await harness.record(id)).payment.superseded?.amount).toEqual({ value: 1999, currency: "EUR" });
  });

  it("supersedes closed payments too, which may still succeed, and no paid one", async () => {
    const { events, harness } = shop();
    const [failed, paid] = [await harness.checkout(), await harness.checkout()];
    await tell(harness, failed.id, "failed");
    await harness.checkout({ amount: DEAR });
    await tell(harness, paid.id, "succeeded");
    const last = await harness.checkout({ amount: { value: 1, currency: "PLN" } });
    await tell(harness, failed.id, "succeeded");
    expect((await harness.record(paid.id)).payment.superseded?.amount).toEqual(DEAR);
    expect(events.at(-1)).toMatchObject({
      type: "payment.succeeded",
      late: true,
      superseded: { amount: { value: 1, currency: "PLN" }, by: last.id },
    });
    expect(await harness.reviews()).toEqual(["superseded_paid", "superseded_paid"]);
  });

  it("tells every payment what the order costs now, and takes the mark back where that is its own amount again", async () => {
    const { events, harness } = shop();
    const cheap = await harness.checkout();
    await harness.checkout({ amount: DEAR });
    await harness.checkout({ amount: { value: 5999, currency: "PLN" } });
    expect(await paymentsOf(harness)).toEqual([
      [1999, "pending", 5999],
      [4999, "pending", 5999],
      [5999, "pending", undefined],
    ]);
    await harness.checkout();
    expect(await paymentsOf(harness)).toEqual([
      [1999, "pending", undefined],
      [4999, "pending", 1999],
      [5999, "pending", 1999],
      [1999, "pending", undefined],
    ]);
    await tell(harness, cheap.id, "succeeded");
    expect(events.map(({ type, superseded }) => [type, superseded])).toEqual([["payment.succeeded", undefined]]);
  });

  it("leaves payments of the same amount and of other orders alone", async () => {
    const { harness } = shop();
    const [first, other] = [await harness.checkout(), await harness.checkout({ orderId: "order-2" })];
    await harness.checkout();
    for (const { id } of [first, other]) expect(await harness.facts(id)).toEqual(["opened", "create_accepted"]);
  });

  it("gives the buyer of a superseded payment no way to pay, and names the remedy", async () => {
    const { harness } = shop();
    const request = { idempotencyKey: "basket-1" };
    const { id } = await harness.checkout(request);
    await harness.checkout({ amount: DEAR });
    const error = await errorOf(harness.checkout(request));
    expect([error.code, error.paymentId, error.retryable]).toEqual(["SUPERSEDED", id, false]);
    expect(error.message).toContain("a new idempotency key");
    // Once it is paid, its page may say so.
    await tell(harness, id, "succeeded");
    expect(await harness.checkout(request)).toMatchObject({ id, state: "succeeded", next: { kind: "wait" } });
  });

  it("refuses the checkout that another one superseded while its gateway was asked", async () => {
    const cards = fakeProvider();
    const { harness } = shop({ cards });
    cards.onCreate = async ({ amount, paymentId }) => {
      if (amount.value === CHEAP.value) await harness.checkout({ amount: DEAR });
      return { kind: "accepted", next: { kind: "redirect", url: `https://gateway.example/${paymentId}` } };
    };
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "SUPERSEDED" });
    expect(await paymentsOf(harness)).toEqual([
      [1999, "pending", 4999],
      [4999, "pending", undefined],
    ]);
  });

  it("opens no payment at the next provider for a checkout that was superseded at the first", async () => {
    const [first, second] = [fakeProvider({ merchantAccount: "a" }), fakeProvider({ merchantAccount: "b" })];
    const { harness } = shop({ first, second });
    first.onCreate = async () => {
      await harness.checkout({ amount: DEAR, providerName: "second" });
      return FREED;
    };
    const error = await errorOf(harness.checkout({ providerName: ["first", "second"] }));
    expect(error).toMatchObject({ code: "SUPERSEDED" });
    expect(await paymentsOf(harness)).toEqual([
      [1999, "failed", 4999],
      [4999, "pending", undefined],
    ]);
  });
});

describe("a superseded payment at its gateway", () => {
  it("is canceled there where the gateway can, and stays superseded in case it was paid all the same", async () => {
    const { asked, cards } = canceling();
    const { events, harness } = shop({ cards });
    const cheap = await harness.checkout();
    const dear = await harness.checkout({ amount: DEAR });
    expect(asked).toEqual([cheap.id]);
    expect(await paymentsOf(harness)).toEqual([
      [1999, "canceled", 4999],
      [4999, "pending", undefined],
    ]);
    await tell(harness, cheap.id, "succeeded");
    await tell(harness, dear.id, "succeeded");
    expect(events.map(({ type, superseded }) => [type, superseded?.by])).toEqual([
      ["payment.canceled", dear.id],
      ["payment.succeeded", dear.id],
      ["payment.succeeded", undefined],
    ]);
  });

  it("is canceled there also if it was superseded while its own gateway was asked", async () => {
    let known = false;
    const { asked, cards } = canceling(() =>
      known ? { kind: "canceled" } : { kind: "rejected", code: "invalid_request", retryable: false },
    );
    const { harness } = shop({ cards });
    const accept = cards.onCreate;
    cards.onCreate = async (request, call) => {
      if (request.amount.value === DEAR.value) return accept(request, call);
      await harness.checkout({ amount: DEAR });
      known = true;
      return accept(request, call);
    };
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "SUPERSEDED" });
    expect(asked).toHaveLength(2);
    expect(await paymentsOf(harness)).toEqual([
      [1999, "canceled", 4999],
      [4999, "pending", undefined],
    ]);
  });

  it.each<[string, () => CancelOutcome | Promise<CancelOutcome>]>([
    ["refuses", () => ({ kind: "rejected", code: "declined", retryable: false })],
    ["is not reached", () => ({ kind: "not_sent", cause: new Error("ECONNREFUSED") })],
    ["may have canceled it", () => ({ kind: "unknown", cause: new Error("ECONNRESET") })],
    ["has an adapter that fails", () => Promise.reject(new Error("a bug"))],
  ])(
    "stays open and superseded where the gateway %s, and the new payment is opened all the same",
    async (_, answer) => {
      const { asked, cards } = canceling(answer);
      const { harness } = shop({ cards });
      const cheap = await harness.checkout();
      await harness.checkout({ amount: DEAR });
      expect(asked).toEqual([cheap.id]);
      expect(await paymentsOf(harness)).toEqual([
        [1999, "pending", 4999],
        [4999, "pending", undefined],
      ]);
      expect(harness.logger.lines.map(({ message }) => message)).toContainEqual(
        expect.stringContaining("superseded payment could not be canceled"),
      );
    },
  );

  it("is marked before its gateway is asked, so that a success in between is told as superseded", async () => {
    const held = Promise.withResolvers<CancelOutcome>();
    const { asked, cards } = canceling(() => held.promise);
    const { events, harness } = shop({ cards });
    const cheap = await harness.checkout();
    const opening = harness.checkout({ amount: DEAR });
    await until(() => asked.length === 1);
    await tell(harness, cheap.id, "succeeded");
    held.resolve({ kind: "rejected", code: "declined", retryable: false });
    const dear = await opening;
    expect(events).toMatchObject([{ type: "payment.succeeded", superseded: { amount: DEAR, by: dear.id } }]);
    expect(dear.state).toBe("pending");
  });

  it("delays the new payment no longer than a gateway may take to answer", async () => {
    const { cards } = canceling(() => Promise.withResolvers<CancelOutcome>().promise);
    const { harness } = shop({ cards });
    await harness.checkout();
    const opening = harness.checkout({ amount: DEAR });
    await idle();
    await harness.clock.advance(30_000);
    expect((await opening).state).toBe("pending");
  });

  it("is not asked about where it is closed already", async () => {
    const { asked, cards } = canceling();
    const { harness } = shop({ cards });
    const { id } = await harness.checkout();
    await tell(harness, id, "failed");
    await harness.checkout({ amount: DEAR });
    expect(asked).toEqual([]);
  });
});
