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
  const came = success?.kind === "succeeded" ? success.came : undefined;
  if (came === undefined || came.currency !== amount.currency) return came ?? amount;
  return { ...amount, amount: Math.min(came.amount, amount.amount) };
}
