import type { PaymentStore } from "../contract/store.ts";
import type { HistoryEntry, NotificationFact } from "../model/fact.ts";
import type { Money } from "../model/money.ts";
import type { Payment } from "../model/payment.ts";

/** The amount that a succeeded payment was paid with: its own amount, or less if a person accepted another one as its success. */
export async function paidAmount(
  store: Pick<PaymentStore, "history">,
  { amount, id }: Pick<Payment, "amount" | "id">,
): Promise<Money> {
  return amountPaid(await acceptedSuccess(store, id), amount);
}

/** The success of a payment. Where a person accepted it, it says what was received. */
export async function acceptedSuccess(
  store: Pick<PaymentStore, "history">,
  id: Payment["id"],
): Promise<NotificationFact> {
  const success = successIn(await store.history(id))?.fact;
  return success?.kind === "succeeded" ? success : { kind: "succeeded" };
}

/** The entry that made the payment succeed. It never changes. */
export function successIn(history: readonly HistoryEntry[]): HistoryEntry | undefined {
  return history.find(({ from, to }) => from !== "succeeded" && to === "succeeded");
}

/** The amount that a payment of this amount is paid with by this success. */
export function amountPaid({ receivedAmount: received }: NotificationFact, amount: Money): Money {
  if (received === undefined || received.currency !== amount.currency) return received ?? amount;
  return { ...amount, value: Math.min(received.value, amount.value) };
}
