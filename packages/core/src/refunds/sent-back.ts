import type { Money } from "../model/money.ts";
import type { PaymentRecord } from "../model/payment.ts";

/** What was sent back of a payment that was paid with `paid`: its succeeded refunds, or all of it after a reversal. */
export function sentBackAmount({ payment, refunds = [], reversed }: PaymentRecord, paid: Money): Money {
  if (reversed) return paid;
  const done = refunds.filter(({ status }) => status === "succeeded");
  return { value: done.reduce((total, { amount }) => total + amount.value, 0), currency: payment.amount.currency };
}

/** True if all that was paid went back. Refunds that were started at the gateway may exceed what was paid. */
export function isSentBack(sentBack: Money, paid: Money): boolean {
  return sentBack.currency === paid.currency && sentBack.value >= paid.value;
}
