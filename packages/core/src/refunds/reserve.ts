import type { Decision, Snapshot } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { Ids, PaymentId } from "../model/ids.ts";
import { type Money, sameMoney } from "../model/money.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { type Refund, refundedAmount } from "../model/refund.ts";
import { applyRefund } from "../recording/apply-refund.ts";
import { changesOf, NOTHING, startChanges } from "../recording/changes.ts";
import { notFound, notRefundable } from "./errors.ts";
import { ABANDONED_AFTER_MS } from "./give-up.ts";

export interface Reserved {
  readonly refund: Refund;
  readonly record: PaymentRecord;
  /** False if the key was used before: then `refund` is that earlier refund. */
  readonly isNew: boolean;
}

export interface Wanted {
  readonly key: string;
  /** Absent: all that was not sent back yet. */
  readonly amount: Money | undefined;
}

/** The rule: no more goes back than was paid, however many refunds are requested at the same moment. */
export function reserve(ids: Ids, at: number, found: Snapshot, wanted: Wanted, paid: Money): Decision<Reserved> {
  const { record } = found;
  if (record === undefined) throw notFound();
  const { id: paymentId } = record.payment;
  const known = record.refunds?.find((refund) => refund.key === wanted.key);
  if (known !== undefined) {
    refuseOtherAmount(known, wanted.amount, paymentId);
    return { changes: NOTHING, result: { refund: known, record, isNew: false } };
  }
  if (record.reversed) {
    throw notRefundable(paymentId, "The gateway took the money back already; a refund would pay it back twice.");
  }
  const amount = amountToReserve(record, wanted.amount, paid);
  const pending = startChanges(record);
  const id = ids.refund();
  const fact = { kind: "refund_requested", refund: id, amount, key: wanted.key } as const;
  applyRefund({ ids, at, found }, pending, fact);
  // If this process dies now, the status check finds the refund and reports it as unknown.
  pending.checkStatusAt = at + ABANDONED_AFTER_MS;
  const refund = pending.record.refunds!.at(-1)!;
  return { changes: changesOf(pending), result: { refund, record: pending.record, isNew: true } };
}

/**
 * The rule of what can be sent back at most.
 *
 * @throws PayError `REFUND_EXCEEDS_PAYMENT`, `INVALID_REQUEST` or `INVALID_AMOUNT`, naming `amount`
 */
export function amountToReserve(
  { payment, refunds = [] }: PaymentRecord,
  wanted: Money | undefined,
  paid: Money,
): Money {
  const details = { field: "amount", paymentId: payment.id };
  const left = paid.value - refundedAmount(refunds);
  const amount = { value: wanted?.value ?? left, currency: wanted?.currency ?? paid.currency };
  if (amount.currency !== paid.currency) {
    throw new PayError("INVALID_REQUEST", `amount must be in ${paid.currency}.`, details);
  }
  // Refunds begun at the gateway may exceed what was left.
  if (amount.value > left || left <= 0) {
    throw new PayError("REFUND_EXCEEDS_PAYMENT", "amount must not exceed what is left of the payment.", details);
  }
  if (amount.value === 0) throw new PayError("INVALID_AMOUNT", "amount must be more than zero.", details);
  return amount;
}

function refuseOtherAmount({ amount }: Refund, wanted: Money | undefined, paymentId: PaymentId): void {
  if (wanted === undefined || sameMoney(wanted, amount)) return;
  const message = "The idempotency key was used for another refund; these differ: amount. Use a new key.";
  throw new PayError("IDEMPOTENCY_CONFLICT", message, { fields: ["amount"], paymentId });
}
