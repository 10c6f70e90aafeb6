import { describe, expect, it } from "@jest/globals";
import type { Payment, PaymentEvent, PaymentState } from "@pay/core";
import { ITEMS } from "./items.ts";
import { isFinal, orderState } from "./order-state.ts";
import { createOrders } from "./orders.ts";
import { orderPage } from "./pages.ts";
import { TEXTS } from "./texts/index.ts";

const wanted = { buyer: "a browser", item: ITEMS[0], language: "en" } as const;
const payment = (orderId: string, state: PaymentState, amount = wanted.item.price) =>
  ({ orderId, state, amount, providerName: "psc" }) as Payment;
const told = (id: string, orderId: string) => ({ id, payment: payment(orderId, "succeeded") }) as PaymentEvent;

describe("the shop's orders", () => {
  it("are delivered once per event, however often it is told", () => {
    const orders = createOrders();
    const { id } = orders.place("form", wanted);
    for (let times = 0; times < 3; times++) orders.deliver(told("evt_1", id));
    expect(orders.get(id)?.deliveredOn).toEqual(["evt_1"]);
  });

  it("are not delivered for another amount than their price", () => {
    const orders = createOrders();
    const { id } = orders.place("form", wanted);
    const cheap = { value: wanted.item.price.value - 1, currency: "PLN" };
    orders.deliver({ id: "evt_1", payment: payment(id, "succeeded", cheap) } as PaymentEvent);
    expect(orders.get(id)?.deliveredOn).toEqual([]);
  });

  it("are not paid by a payment of an earlier price", () => {
    const superseded = { amount: wanted.item.price, by: "pay_2" } as Payment["superseded"] & object;
    const old = { ...payment("order", "succeeded"), superseded };
    expect(orderState([old, payment("order", "pending")])).toBe("waiting");
  });

  it("resolve each wait when the order changes, and at once when the wait is aborted", async () => {
    const orders = createOrders();
    const { id } = orders.place("form", wanted);
    const { signal } = new AbortController();
    const changed = Promise.all([orders.changed(id, signal), orders.changed(id, signal)]);
    orders.release(told("evt_1", id));
    await changed;
    await orders.changed(id, AbortSignal.abort());
  });

  it.each<[string, PaymentState[]]>([
    ["paid", ["failed", "succeeded"]],
    ["paid", ["succeeded", "pending"]],
    ["waiting", ["created"]],
    ["waiting", ["failed", "unknown"]],
    ["failed", ["expired", "failed"]],
    ["failed", ["canceled"]],
    ["failed", []],
    ["expired", ["failed", "expired"]],
  ])("are %s with payments that are %j", (state, payments) => {
    expect(orderState(payments.map((each) => payment("order", each)))).toBe(state);
  });

  it("are not final after a payment before they are delivered", () => {
    const order = createOrders().place("form", wanted);
    expect(isFinal(order, "paid")).toBe(false);
    expect(isFinal({ ...order, deliveredOn: ["evt_1"] }, "paid")).toBe(true);
  });

  it.each(["pl", "en"] as const)("that expired say so and can be paid once more (%s)", (language) => {
    const order = createOrders().place("form", wanted);
    const links = { gateways: "http://127.0.0.1:1", console: "http://127.0.0.1:1/console" };
    const page = String(orderPage({ language, links }, order, [payment(order.id, "expired")]));
    expect(page).toContain(`<h1>${TEXTS[language].expired}</h1>`);
    expect(page).toContain(`action="/orders/${order.id}/pay?lang=${language}"`);
  });
});
