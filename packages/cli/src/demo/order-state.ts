import type { Payment } from "@pay/core";
import type { Order } from "./orders.ts";

/** The state of an order as its buyer sees it. */
export type OrderState = "paid" | "waiting" | "expired" | "failed";

/** One succeeded payment of its price makes an order paid. It is lost only when none of its payments is open. */
export function orderState(payments: readonly Payment[]): OrderState {
  const states = payments.filter(({ superseded }) => superseded === undefined).map(({ state }) => state);
  if (states.includes("succeeded")) return "paid";
  if (states.some((state) => state === "created" || state === "pending" || state === "unknown")) return "waiting";
  return states.at(-1) === "expired" ? "expired" : "failed";
}

/** True if no further change is expected. */
export function isFinal({ deliveredOn }: Order, state: OrderState): boolean {
  return state === "paid" ? deliveredOn.length > 0 : state !== "waiting";
}
