import type { PaymentStore } from "../contract/store.ts";
import type { Money } from "../model/money.ts";
import type { Payment } from "../model/payment.ts";

/** The amount that a succeeded payment was paid with: its own amount, or less if a person accepted another one as its success. */
export async function paidAmount(
  store: Pick<PaymentStore, "history">,
  { amount, id }: Pick<Payment, "amount" | "id">,
): Promise<Money> {
  const history = await store.history(id);
  const success = history.find(({ from, to }) => from !== "succeeded" && to === "succeeded")?.fact;
  const received = success?.kind === "succeeded" ? success.receivedAmount : undefined;
  if (received === undefined || received.currency !== amount.currency) return received ?? amount;
  return { ...amount, value: Math.min(received.value, amount.value) };
}
