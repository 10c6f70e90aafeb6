import type { PaymentStore } from "../contract/store.ts";
import type { Money } from "../model/money.ts";
import type { Payment } from "../model/payment.ts";

/** What was paid of a succeeded payment: what was asked for, or less, where a person took something else for its success. */
export async function paidAmount(
  store: Pick<PaymentStore, "history">,
  { amount, id }: Pick<Payment, "amount" | "id">,
): Promise<Money> {
  const history = await store.history(id);
  const success = history.find(({ from, to }) => from !== "succeeded" && to === "succeeded")?.fact;
  const receivedAmount = success?.kind === "succeeded" ? success.receivedAmount : undefined;
  if (receivedAmount === undefined || receivedAmount.currency !== amount.currency) return receivedAmount ?? amount;
  return { ...amount, value: Math.min(receivedAmount.value, amount.value) };
}
