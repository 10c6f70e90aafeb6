import type { FailingDelivery } from "@pay/core";

/** By payment id: `dead` if a delivery of one of its events was given up, `due` if one failed and is tried again. */
export type Failing = ReadonlyMap<string, "dead" | "due">;

/** The most deliveries that Pay lists, those of the newest payments first. */
export const MOST_FAILING = 1000;

/** The payments whose own events a handler did not take. */
export function failingOf(deliveries: readonly FailingDelivery[]): Failing {
  const failing = new Map<string, "dead" | "due">();
  for (const { payment, review, status } of deliveries) {
    if (payment === undefined || review !== undefined) continue;
    if (failing.get(payment.id) !== "dead") failing.set(payment.id, status === "dead" ? "dead" : "due");
  }
  return failing;
}
