import type { Context } from "../context.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { recordFact } from "../recording/record-fact.ts";

/** Milliseconds a gateway has to answer a refund. */
export const REFUND_TIMEOUT_MS = 30_000;
/** Milliseconds after which a refund without an answer counts as abandoned by its process. */
export const ABANDONED_AFTER_MS: number = REFUND_TIMEOUT_MS + 30_000;

/**
 * Marks refunds as unknown whose process ended before the gateway's answer was stored.
 *
 * @returns whether no refund of the payment is being requested now
 */
export async function giveUpRefunds(context: Context, { payment, refunds = [] }: PaymentRecord): Promise<boolean> {
  const requested = refunds.filter(({ status }) => status === "requested");
  const abandoned = requested.filter(({ createdAt }) => createdAt + ABANDONED_AFTER_MS <= context.now());
  for (const { id: refund } of abandoned) {
    await recordFact(context, {
      query: { merchantAccount: payment.merchantAccount, paymentId: payment.id },
      fact: { kind: "refund_unknown", refund, reason: "the process ended before the answer" },
      onlyIf: (record) => record.refunds?.find(({ id }) => id === refund)?.status === "requested",
    });
  }
  return abandoned.length === requested.length;
}
