import type { Context } from "../context.ts";
import type { HistoryEntry, SideFact } from "../model/fact.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { type Refund, refundNamed } from "../model/refund.ts";
import { asksForRefund } from "../recording/apply-refund.ts";
import { recordFact } from "../recording/record-fact.ts";

/** Milliseconds a gateway has to answer a refund. */
export const REFUND_TIMEOUT_MS = 30_000;
/** Milliseconds after which a refund without an answer counts as abandoned by its process. */
export const ABANDONED_AFTER_MS: number = REFUND_TIMEOUT_MS + 30_000;
/** Milliseconds that an accepted refund waits for the gateway's report before a person is told. Banks need a few days. */
export const OVERDUE_AFTER_MS: number = 7 * 24 * 60 * 60 * 1000;

/**
 * Gives up waiting for refunds of the payment: one whose process ended before the gateway's answer was stored becomes unknown, and one whose
 * end the gateway does not report is shown to a person, once.
 *
 * @returns when the next refund has waited long enough, in Unix milliseconds; `undefined` if none waits
 */
export async function giveUpRefunds(
  context: Context,
  { payment, refunds = [] }: PaymentRecord,
  history: readonly HistoryEntry[],
): Promise<number | undefined> {
  const now = context.now();
  let next: number | undefined;
  for (const refund of refunds) {
    const endsAt = waitEndsAt(refund, history);
    if (endsAt === undefined) continue;
    if (endsAt > now) {
      next = Math.min(next ?? endsAt, endsAt);
      continue;
    }
    await recordFact(context, {
      query: { merchantAccount: payment.merchantAccount, paymentId: payment.id, openReviews: true },
      fact: givenUp(refund),
      // The gateway, a person or another process may have been faster.
      onlyIf: (current, openReviews) =>
        refundNamed(current.refunds ?? [], refund.id)?.status === refund.status &&
        !openReviews.some((review) => asksForRefund(review, refund)),
    });
  }
  return next;
}

/** When Pay gives up waiting for the refund; `undefined` if it waits for nothing, or a person was told. */
function waitEndsAt(refund: Refund, history: readonly HistoryEntry[]): number | undefined {
  const { createdAt, status, updatedAt } = refund;
  if (status === "requested") return createdAt + ABANDONED_AFTER_MS;
  if (status !== "pending") return undefined;
  const isTold = history.some(({ fact }) => fact.kind === "refund_overdue" && refundNamed([refund], fact.refund));
  return isTold ? undefined : updatedAt + OVERDUE_AFTER_MS;
}

function givenUp({ id: refund, status }: Refund): SideFact {
  return status === "pending"
    ? { kind: "refund_overdue", refund }
    : { kind: "refund_unknown", refund, reason: "the process ended before the answer" };
}
