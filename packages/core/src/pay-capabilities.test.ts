import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../test/support/error-of.ts";
import { post } from "../test/requests.ts";
import { BASE, createShop, ORDER } from "../test/shop.ts";
import type { AnyPay } from "./contract/pay.ts";
import type { Capabilities, RefundOutcome } from "./contract/provider.ts";
import type { PaymentEvent } from "./model/event.ts";
import type { StatusReport } from "./model/status-report.ts";
import { type FakeProvider, fakeProvider, providerReference } from "./testing/fake-provider.ts";
import { idle, until } from "./testing/manual-clock.ts";

/** A shop whose gateway has every capability, and whose handlers keep their events. */
function createWhole(can: Partial<Capabilities> = {}) {
  const cards: FakeProvider = fakeProvider({
    can: {
      retrieve: async () => ({ status: "succeeded", providerStatus: "PAID" }),
      refund: async () => ({ kind: "succeeded" }),
      cancel: async () => ({ kind: "canceled" }),
      ...can,
    },
  });
  const shop = createShop({ cards });
  const received: PaymentEvent[] = [];
  for (const type of ["payment.canceled", "refund.succeeded", "refund.failed"] as const) {
    shop.pay.on(type, "books", (event) => {
      received.push(event);
    });
  }
  // Typed as code for any Pay receives it.
  const pay: AnyPay = shop.pay;
  const paid = async () => {
    const payment = await shop.pay.checkout({ ...ORDER, providerName: "cards" });
    await shop.pay.fetch(
      post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: payment.providerReference }),
    );
    return payment.id;
  };
  return { ...shop, pay, received, paid };
}

describe("a Pay whose gateway can do more", () => {
  it("asks it soon after a callback that says only that something changed", async () => {
    const { cards, events, pay } = createWhole();
    await pay.start();
    const { id } = await pay.checkout(ORDER);
    cards.onReceive = () => ({ kind: "check_status", about: { providerReference: providerReference(`R-${id}`) } });
    expect((await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`))).status).toBe(200);
    await until(() => events.length === 1);
    expect((await pay.payments.get(id))?.state).toBe("succeeded");
    await pay.close();
  });

  it("sends money back, lists it and tells the handlers", async () => {
    const { received, paid, pay } = createWhole();
    await pay.start();
    const id = await paid();
    expect(await pay.payments.refunds(id)).toEqual([]);
    const refund = await pay.refund("cards", id, {
      amount: { value: 500, currency: "PLN" },
      idempotencyKey: "basket",
    });
    expect(await pay.payments.refunds(id)).toEqual([refund]);
    await until(() => received.length === 1);
    expect(received).toMatchObject([{ type: "refund.succeeded", refund, payment: { id, state: "succeeded" } }]);
    expect(await pay.payments.refunds("nobody")).toEqual([]);
    await pay.close();
  });

  it("gives a payment up and tells the handlers", async () => {
    const { received, pay } = createWhole();
    await pay.start();
    const { id } = await pay.checkout(ORDER);
    expect((await pay.cancel(id)).state).toBe("canceled");
    await until(() => received.length === 1);
    expect(received).toMatchObject([{ type: "payment.canceled", payment: { id } }]);
    await pay.close();
  });

  it("gives up the other open payments of an order that is paid, and close() waits for that", async () => {
    const held = Promise.withResolvers<{ readonly kind: "canceled" }>();
    const asked: unknown[] = [];
    const { paid, pay, store } = createWhole({
      cancel({ paymentId }) {
        asked.push(paymentId);
        return held.promise;
      },
    });
    await pay.start();
    const other = await pay.checkout(ORDER);
    await paid();
    await until(() => asked.length === 1);
    expect(asked).toEqual([other.id]);
    let isClosed = false;
    const closing = pay.close().then(() => {
      isClosed = true;
    });
    await idle();
    expect([isClosed, (await pay.payments.get(other.id))?.state]).toEqual([false, "pending"]);
    held.resolve({ kind: "canceled" });
    await closing;
    expect((await store.payment(other.id))?.payment.state).toBe("canceled");
  });

  it("does nothing of it before the start and after the close", async () => {
    const { pay, store } = createWhole();
    const calls = [
      () => pay.refund("cards", "x", { idempotencyKey: "basket" }),
      () => pay.cancel("x"),
      () => pay.payments.refunds("x"),
    ];
    for (const call of calls) expect(await errorOf(call())).toMatchObject({ code: "NOT_STARTED" });
    expect(store.calls).toEqual([]);
    await pay.start();
    await pay.close();
    for (const call of calls) expect(await errorOf(call())).toMatchObject({ code: "NOT_STARTED" });
  });

  it("waits at the close for a refund that is at the gateway", async () => {
    const refunding = Promise.withResolvers<RefundOutcome>();
    const { clock, paid, pay, store } = createWhole({ refund: () => refunding.promise });
    await pay.start();
    const refund = pay.refund("cards", await paid(), { idempotencyKey: "basket" });
    await idle();
    const closing = pay.close();
    await idle();
    expect(store.calls).not.toContain("close");
    refunding.resolve({ kind: "succeeded" });
    expect(await refund).toMatchObject({ status: "succeeded" });
    await closing;
    expect(store.calls.at(-1)).toBe("close");
    expect(clock.sleeping()).toEqual([]);
  });

  it("waits at the close for what it is asking", async () => {
    const statusChecks = Promise.withResolvers<StatusReport>();
    const { cards, clock, pay, store } = createWhole({ retrieve: () => statusChecks.promise });
    await pay.start();
    const { id } = await pay.checkout(ORDER);
    cards.onReceive = () => ({ kind: "check_status", about: { paymentId: id } });
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`));
    await idle();
    const closing = pay.close();
    await idle();
    expect(store.calls).not.toContain("close");
    statusChecks.resolve({ status: "pending" });
    await closing;
    expect(store.calls.at(-1)).toBe("close");
    expect(clock.sleeping()).toEqual([]);
  });
});
