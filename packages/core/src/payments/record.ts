import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { Context } from "../context.ts";
import type { RecordRequest } from "../contract/pay.ts";
import type { Decision, Snapshot } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { Fact, OperatorAct } from "../model/fact.ts";
import { type Ids, parsePaymentId, type RefundId } from "../model/ids.ts";
import { checkMoney, type Money, sameMoney } from "../model/money.ts";
import { OPEN_STATES, type Payment, type PaymentRecord } from "../model/payment.ts";
import { OUTCOME_REVIEWS } from "../model/review.ts";
import { applyFact } from "../recording/apply-fact.ts";
import { acceptedReview, changesOf, NOTHING, noteAct, startChanges } from "../recording/changes.ts";
import { commit } from "../recording/record-fact.ts";
import { invalid, NOTE_TEXT, Note, PERSON_TEXT, Person } from "../reviews/check-resolution.ts";
import { decideRefund, type RefundAct } from "./record-refund.ts";

const Given = v.strictObject({
  as: v.picklist(["succeeded", "failed", "canceled", "reversed"]),
  refund: v.optional(v.string()),
  // checkMoney() checks it.
  amount: v.optional(v.unknown()),
  by: v.nonOptional(Person),
  note: v.optional(Note),
});
const MUST_BE = {
  as: '"succeeded", "failed", "canceled" or "reversed"',
  refund: "the id of a refund of the payment",
  by: `the name of the person who records it, ${PERSON_TEXT}`,
  note: NOTE_TEXT,
};

type Act = Extract<OperatorAct, { kind: "record" }>;

/** Records what a person knows about a payment: an act in the history, and a fact that goes through the table. */
export async function recordByPerson(context: Context, id: string, given: RecordRequest): Promise<Payment> {
  const act = checkedAct(given);
  const paymentId = parsePaymentId(id);
  const record = paymentId && (await context.store.payment(paymentId));
  if (record === undefined) throw notFound();
  const { merchantAccount } = record.payment;
  const at = context.now();
  const query = { merchantAccount, paymentId: record.payment.id, openReviews: true };
  return commit(context, query, (ids, found) => decide(context, ids, at, act, found));
}

/** @throws PayError `INVALID_REQUEST` or `INVALID_AMOUNT`, naming the field */
function checkedAct(given: RecordRequest): Act {
  const { amount, as, by, note, refund } = parseInput(Given, given, "INVALID_REQUEST", MUST_BE, "record");
  if (refund !== undefined && as !== "succeeded" && as !== "failed") {
    throw invalid("as", 'must be "succeeded" or "failed" for a refund');
  }
  if (amount !== undefined && refund !== undefined) throw invalid("amount", "belongs to payments; remove it");
  if (amount !== undefined && as !== "succeeded") throw invalid("amount", 'belongs to "succeeded"; remove it');
  if (amount !== undefined) checkMoney(amount as Money);
  return {
    kind: "record",
    as,
    ...(refund !== undefined && { refund: refund as RefundId }),
    ...(amount !== undefined && { amount: amount as Money }),
    by,
    ...(note !== undefined && { note }),
  };
}

function decide(context: Context, ids: Ids, at: number, act: Act, found: Snapshot): Decision<Payment> {
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

function isAboutRefund(act: Act): act is RefundAct {
  return act.refund !== undefined;
}

/** True if the payment is what it is to be recorded as: a repetition adds nothing. A closed payment does not close again. */
function isKnown({ payment: { amount, state }, reversed }: PaymentRecord, act: Act): boolean {
  switch (act.as) {
    case "succeeded":
      return state === "succeeded" && !isOther(act.amount, amount);
    case "reversed":
      return reversed;
    default:
      return state !== "succeeded" && !OPEN_STATES.includes(state);
  }
}

function factOf({ amount, as }: Act): Fact {
  if (as === "canceled") return { kind: "cancel" };
  return { kind: as, ...(amount !== undefined && { amount }), recorded: true };
}

function isOther(received: Money | undefined, asked: Money): received is Money {
  return received !== undefined && !sameMoney(received, asked);
}

/** True if this amount has an open review already, which a person has to accept or dismiss. */
function isUnderReview({ amount }: Payment, { amount: received }: Act, { openReviews }: Snapshot): boolean {
  if (!isOther(received, amount)) return false;
  return openReviews.some(({ details, kind }) => {
    return kind === "amount_mismatch" && details.amount && sameMoney(details.amount, received);
  });
}

function notFound(): PayError {
  return new PayError("NOT_FOUND", "The store has no payment of this id.");
}
