import type { Decision, PaymentStore, Snapshot } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { Money } from "../model/money.ts";
import { sameMoney } from "../model/money.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { isUnderWay, type Refund } from "../model/refund.ts";
import { applyRefund } from "../recording/apply-refund.ts";
import { changesOf, noteAct, type Situation, startChanges } from "../recording/changes.ts";
import { notRefundable } from "../refunds/errors.ts";
import { paidAmount } from "../refunds/paid-amount.ts";
import { amountToReserve } from "../refunds/reserve.ts";
import type { RefundMade } from "./check-record.ts";
import { acceptRefundReviews, decideRefund } from "./record-refund.ts";

/** Reads what the payment was paid with. Once it succeeded, that does not change. */
export async function readRefundable(store: Pick<PaymentStore, "history">, payment: Payment): Promise<Money> {
  const { amount, id, state } = payment;
  if (state !== "succeeded") {
    throw notRefundable(id, `The payment is ${state}, so nothing of it was refunded; record first that it succeeded.`);
  }
  const paid = await paidAmount(store, payment);
  if (paid.currency !== amount.currency) {
    throw notRefundable(
      id,
      "The payment was paid in another currency, so Pay counts no refunds of it; record it as reversed when everything went back.",
    );
  }
  return paid;
}

/** Adds the refund to the payment as the gateway's own report would. One that Pay knows by its key or its name is not added, but ended. */
export function decideRefunded(
  situation: Pick<Situation, "ids" | "at">,
  made: RefundMade,
  record: PaymentRecord,
  found: Snapshot,
  paid: Money,
): Decision<Payment> {
  const { at, ids } = situation;
  const { amount, by, key, note, refundProviderReference } = made;
  const person = { by, ...(note !== undefined && { note }) };
  const known = refundKnownAs(record, made);
  if (known !== undefined) {
    return decideRefund(situation, { kind: "record", as: "succeeded", refund: known.id, ...person }, record, found);
  }
  if (record.reversed) {
    throw notRefundable(record.payment.id, "All of the money counts as taken back already; there is nothing to add.");
  }
  refuseIfPerhapsUnderWay(record.refunds ?? [], made);
  amountToReserve(record, amount, paid);
  const refund = ids.refund();
  const pending = startChanges(record);
  noteAct(pending, at, { kind: "record", as: "refunded", refund, amount, ...person });
  const named = refundProviderReference !== undefined && { refundProviderReference };
  // Without the open reviews: the gateway did not answer them.
  applyRefund({ ...situation, found: { ...found, openReviews: [] } }, pending, {
    ...{ kind: "refund_succeeded", refund, amount, ...named, key, recorded: true },
  });
  const counted = pending.record.refunds!.at(-1)!;
  pending.resolved.push(...acceptRefundReviews(found, counted, { at, by, note, as: "succeeded" }));
  return { changes: changesOf(pending), result: pending.record.payment };
}

/** @throws PayError `IDEMPOTENCY_CONFLICT` or `INVALID_REQUEST` if the key or the name is that of a refund which differs */
function refundKnownAs({ payment, refunds = [] }: PaymentRecord, made: RefundMade): Refund | undefined {
  const { amount, key, refundProviderReference: name } = made;
  const keyed = refunds.find((refund) => refund.key === key);
  const named = name === undefined ? undefined : refunds.find(({ providerReference }) => providerReference === name);
  if (keyed !== undefined) {
    const fields = [
      ...(sameMoney(keyed.amount, amount) ? [] : ["amount"]),
      ...(name === undefined || keyed.providerReference === name ? [] : ["refundProviderReference"]),
    ];
    if (fields.length === 0) return keyed;
    const message = `The idempotency key was used for another refund; these differ: ${fields.join(", ")}. Use a new key.`;
    throw new PayError("IDEMPOTENCY_CONFLICT", message, { fields, paymentId: payment.id });
  }
  if (named !== undefined && !sameMoney(named.amount, amount)) {
    const message = "amount must be that of the refund which Pay knows under this refundProviderReference.";
    throw new PayError("INVALID_REQUEST", message, { field: "amount", paymentId: payment.id });
  }
  return named;
}

/** Refuses a refund that may be one under way of the same amount: counted besides, the money would go back once and count twice. */
function refuseIfPerhapsUnderWay(refunds: readonly Refund[], made: RefundMade): void {
  const { amount, refundProviderReference: name } = made;
  const perhaps = refunds.find(
    (refund) =>
      isUnderWay(refund) &&
      sameMoney(refund.amount, amount) &&
      (refund.providerReference === undefined || name === undefined),
  );
  if (perhaps === undefined) return;
  if (perhaps.status === "requested") {
    throw new PayError(
      "IN_PROGRESS",
      "The gateway is asked for a refund of this amount at this moment; try again in two minutes.",
    );
  }
  const message =
    "refund must name the refund of this amount that is under way: record first whether it succeeded or failed, or give the refundProviderReference of this other one.";
  throw new PayError("INVALID_REQUEST", message, { field: "refund" });
}
