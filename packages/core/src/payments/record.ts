import type { Context } from "../context.ts";
import type { RecordRequest } from "../contract/pay.ts";
import type { Decision, Snapshot } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { Fact } from "../model/fact.ts";
import { type Ids, parsePaymentId } from "../model/ids.ts";
import { type Money, sameMoney } from "../model/money.ts";
import { OPEN_STATES, type Payment, type PaymentRecord } from "../model/payment.ts";
import { OUTCOME_REVIEWS } from "../model/review.ts";
import { applyFact } from "../recording/apply-fact.ts";
import { acceptedReview, changesOf, NOTHING, noteAct, startChanges } from "../recording/changes.ts";
import { commit } from "../recording/record-fact.ts";
import { checkRecord, type RecordAct } from "./check-record.ts";
import { decideRefund, type RefundAct } from "./record-refund.ts";
import { decideRefunded, readRefundable } from "./record-refunded.ts";

/** Records what a person knows about a payment: an act in the history, and a fact that goes through the table. */
export async function recordByPerson(context: Context, id: string, given: RecordRequest): Promise<Payment> {
  const said = checkRecord(given);
  const paymentId = parsePaymentId(id);
  const record = paymentId && (await context.store.payment(paymentId));
  if (record === undefined) throw notFound();
  const { merchantAccount } = record.payment;
  const at = context.now();
  const query = { merchantAccount, paymentId: record.payment.id, openReviews: true };
  if (said.kind === "record") return commit(context, query, (ids, found) => decide(context, ids, at, said, found));
  const paid = await readRefundable(context.store, record.payment);
  return commit(context, query, (ids, found) => {
    if (found.record === undefined) throw notFound();
    return decideRefunded({ ids, at }, said, found.record, found, paid);
  });
}

function decide(context: Context, ids: Ids, at: number, act: RecordAct, found: Snapshot): Decision<Payment> {
  const { record } = found;
  if (record === undefined) throw notFound();
  if (isAboutRefund(act)) return decideRefund({ ids, at }, act, record, found);
  const asking = found.openReviews.filter(({ kind }) => OUTCOME_REVIEWS.includes(kind));
  if (isUnderReview(record.payment, act, found)) return { changes: NOTHING, result: record.payment };
  const isRepeated = isKnown(record, act);
  if (isRepeated && asking.length === 0) return { changes: NOTHING, result: record.payment };
  const pending = startChanges(record);
  noteAct(pending, at, act);
  const situation = { ids, at, traits: context.traitsOf(record.payment.merchantAccount), found };
  if (!isRepeated) applyFact(situation, pending, factOf(act));
  if (isKnown(pending.record, act)) {
    const { as, by, note } = act;
    const action = { at, by, as, ...(note !== undefined && { note }) };
    pending.resolved.push(...asking.map((review) => acceptedReview(review, action)));
  }
  return { changes: changesOf(pending), result: pending.record.payment };
}

function isAboutRefund(act: RecordAct): act is RefundAct {
  return act.refund !== undefined;
}

/** True if the payment is what it is to be recorded as: a repetition adds nothing. A closed payment does not close again. */
function isKnown({ payment: { amount, state }, reversed }: PaymentRecord, act: RecordAct): boolean {
  switch (act.as) {
    case "succeeded":
      return state === "succeeded" && !isOther(act.amount, amount);
    case "reversed":
      return reversed;
    default:
      return state !== "succeeded" && !OPEN_STATES.includes(state);
  }
}

function factOf({ amount, as }: RecordAct): Fact {
  if (as === "canceled") return { kind: "cancel" };
  return { kind: as, ...(amount !== undefined && { amount }), recorded: true };
}

function isOther(received: Money | undefined, asked: Money): received is Money {
  return received !== undefined && !sameMoney(received, asked);
}

/** True if this amount has an open review already, which a person has to accept or dismiss. */
function isUnderReview({ amount }: Payment, { amount: received }: RecordAct, { openReviews }: Snapshot): boolean {
  if (!isOther(received, amount)) return false;
  return openReviews.some(({ details, kind }) => {
    return (
      kind === "amount_mismatch" &&
      details.fact === "succeeded" &&
      details.amount !== undefined &&
      sameMoney(details.amount, received)
    );
  });
}

function notFound(): PayError {
  return new PayError("NOT_FOUND", "The store has no payment of this id.");
}
