import { OPEN_STATES } from "@pay/core/store";
import type { Gateway, Notification, Transaction } from "./gateway.ts";
import type { Ledger } from "./ledger.ts";
import type { Questions } from "./questions.ts";
import type { World } from "./world.ts";

/** More than the clocks of the processes differ from the true time. */
export const CLOCKS_MS = 5000;

/** Longer than Pay waits before it asks again. */
const SOON_MS = 6000;

/** True unless the transaction's callbacks carry no proof: then the answer is recorded instead of them. */
export function isRecorded({ provesHints }: Pick<Gateway, "provesHints">, { kind }: Transaction): boolean {
  return kind !== "bank" || provesHints;
}

/** Checks that a hint about an open payment, once it is acknowledged, has a question that is due soon or began since it arrived. */
export function checkAskedSoon(
  { ledger, questions, world }: { readonly ledger: Ledger; readonly questions: Questions; readonly world: World },
  { transaction: { kind, paymentId, providerReference } }: Notification,
  arrivedAt: number,
): void {
  const payment = ledger.records.get(paymentId)?.payment;
  // Under a name that the payment has not learned, the hint waits until it does.
  if (kind !== "bank" || payment?.providerReference !== providerReference || !OPEN_STATES.includes(payment.state))
    return;
  if (!questions.isAskedSoon(paymentId, arrivedAt, world.timeline.now() + SOON_MS + CLOCKS_MS))
    world.violate("a hint on an open payment has a question soon", paymentId);
}
