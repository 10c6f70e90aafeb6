import { PayError } from "../model/errors.ts";
import type { PaymentEventType } from "../model/event-types.ts";
import type { Fact, NotificationFact } from "../model/fact.ts";
import type { ProviderReference } from "../model/ids.ts";
import { sameMoney } from "../model/money.ts";
import type { PaymentRecord, PaymentState } from "../model/payment.ts";
import type { FactReviewKind } from "../model/review.ts";
import { amountPaid } from "../refunds/paid-amount.ts";
import { isSentBack, sentBackAmount } from "../refunds/sent-back.ts";

/** The rows of the table: the kinds of facts, some divided by what is known about the payment. */
export type Row =
  | "create_accepted"
  | "create_refused"
  | "create_unknown"
  | "succeeded"
  | "succeeded_after_soft_failure"
  | "succeeded_recorded"
  | "succeeded_order_paid"
  | "succeeded_superseded"
  | "succeeded_sent_back"
  | "succeeded_other_amount"
  | "succeeded_other_reference"
  | "failed"
  | "failed_finally"
  | "failed_recorded"
  | "pending"
  | "reversed"
  | "reversed_again"
  | "reversed_other_amount"
  | "reversed_other_reference"
  | "unrecognized"
  | "deadline"
  | "cancel";

/** The cause of a state that a person's word brought. */
export const RECORDED = "recorded";

/** The columns: groups of states that behave alike. A payment is closed when it is not open: unsuccessful or succeeded. */
export type Column = "open" | "unsuccessful" | "succeeded";

/** The effect of a fact. An empty cell keeps the state, without event or review. */
export interface Cell {
  readonly to?: PaymentState;
  /** The state changes only from these states. */
  readonly from?: readonly PaymentState[];
  readonly event?: PaymentEventType;
  /** The payment pays its order. */
  readonly claimsOrder?: true;
  readonly review?: FactReviewKind;
  /** The fact repeats a known one. */
  readonly duplicate?: true;
  readonly refuse?: "ALREADY_SUCCEEDED";
}

const KEEP: Cell = {};
const SUCCEED: Cell = { to: "succeeded", event: "payment.succeeded", claimsOrder: true };
const PAY_AGAIN: Cell = { to: "succeeded", event: "payment.paid_again", review: "double_payment" };
const PAY_SUPERSEDED: Cell = { to: "succeeded", event: "payment.succeeded", review: "superseded_paid" };
const PAY_SENT_BACK: Cell = { to: "succeeded", review: "sent_back_paid" };
const REVERSE: Cell = { event: "payment.reversed", review: "reversed" };

/**
 * The whole state machine. No cell leaves `succeeded`, so any order of arrival ends in the same state. A success whose money went back before
 * it came has no event: a handler of `payment.succeeded` would deliver, and the money is gone.
 */
export const TRANSITIONS: Readonly<Record<Row, Readonly<Record<Column, Cell>>>> = {
  create_accepted: { open: { to: "pending" }, unsuccessful: KEEP, succeeded: KEEP },
  create_refused: {
    open: { to: "failed", event: "payment.failed" },
    unsuccessful: KEEP,
    succeeded: { review: "contradiction" },
  },
  create_unknown: { open: { to: "unknown", from: ["created"] }, unsuccessful: KEEP, succeeded: KEEP },
  succeeded: { open: SUCCEED, unsuccessful: { ...SUCCEED, review: "late_success" }, succeeded: { duplicate: true } },
  succeeded_after_soft_failure: { open: SUCCEED, unsuccessful: SUCCEED, succeeded: { duplicate: true } },
  succeeded_recorded: { open: SUCCEED, unsuccessful: SUCCEED, succeeded: { duplicate: true } },
  succeeded_order_paid: { open: PAY_AGAIN, unsuccessful: PAY_AGAIN, succeeded: { duplicate: true } },
  succeeded_superseded: { open: PAY_SUPERSEDED, unsuccessful: PAY_SUPERSEDED, succeeded: { duplicate: true } },
  succeeded_sent_back: { open: PAY_SENT_BACK, unsuccessful: PAY_SENT_BACK, succeeded: { duplicate: true } },
  succeeded_other_amount: {
    open: { review: "amount_mismatch" },
    unsuccessful: { review: "amount_mismatch" },
    succeeded: { review: "amount_mismatch" },
  },
  succeeded_other_reference: {
    open: { review: "reference_mismatch" },
    unsuccessful: { review: "reference_mismatch" },
    succeeded: { review: "double_payment" },
  },
  failed: { open: { to: "failed", event: "payment.failed" }, unsuccessful: KEEP, succeeded: KEEP },
  failed_finally: {
    open: { to: "failed", event: "payment.failed" },
    unsuccessful: KEEP,
    succeeded: { review: "contradiction" },
  },
  failed_recorded: {
    open: { to: "failed", event: "payment.failed" },
    unsuccessful: KEEP,
    succeeded: { refuse: "ALREADY_SUCCEEDED" },
  },
  pending: { open: { to: "pending" }, unsuccessful: KEEP, succeeded: KEEP },
  reversed: { open: REVERSE, unsuccessful: REVERSE, succeeded: REVERSE },
  reversed_again: { open: { duplicate: true }, unsuccessful: { duplicate: true }, succeeded: { duplicate: true } },
  // A part of the money: Pay counts parts as refunds, and a person records this one.
  reversed_other_amount: {
    open: { review: "amount_mismatch" },
    unsuccessful: { review: "amount_mismatch" },
    succeeded: { review: "amount_mismatch" },
  },
  // The buyer paid twice under one payment, and the gateway took the other one back: the money of this one is kept.
  reversed_other_reference: {
    open: { review: "reference_mismatch" },
    unsuccessful: { review: "reference_mismatch" },
    succeeded: { review: "reference_mismatch" },
  },
  unrecognized: {
    open: { review: "unrecognized" },
    unsuccessful: { review: "unrecognized" },
    succeeded: { review: "unrecognized" },
  },
  deadline: { open: { to: "expired", event: "payment.expired" }, unsuccessful: KEEP, succeeded: KEEP },
  cancel: {
    open: { to: "canceled", event: "payment.canceled" },
    unsuccessful: KEEP,
    succeeded: { refuse: "ALREADY_SUCCEEDED" },
  },
};

/** The column of each state. */
export const COLUMNS: Readonly<Record<PaymentState, Column>> = {
  created: "open",
  pending: "open",
  unknown: "open",
  failed: "unsuccessful",
  expired: "unsuccessful",
  canceled: "unsuccessful",
  succeeded: "succeeded",
};

/** What the rule needs to know besides the payment. */
export interface TransitionContext {
  /** The provider's trait: true if a failure that it reports never changes. */
  readonly failureIsFinal: boolean;
  /** True if another payment of the same order succeeded first. */
  readonly orderPaidByAnother: boolean;
  /** True if another payment of the account has the fact's provider reference. */
  readonly providerReferenceTaken: boolean;
  /** The success that a person accepted or recorded. What was received with it is the money of this payment. */
  readonly acceptedSuccess?: NotificationFact | undefined;
}

export interface Transition {
  readonly state: PaymentState;
  readonly providerReference: ProviderReference | undefined;
  readonly event: PaymentEventType | undefined;
  readonly claimsOrder: boolean;
  /** True if an unsuccessful payment succeeds. */
  readonly late: boolean;
  readonly reviews: readonly FactReviewKind[];
  readonly duplicate: boolean;
}

/**
 * Computes the effect of a fact on a payment. Pure: the same input gives the same result; it reads and writes nothing.
 *
 * @throws PayError `ALREADY_SUCCEEDED` if the shop cancels a succeeded payment, or a person records it as failed
 */
export function transition(record: PaymentRecord, fact: Fact, context: TransitionContext): Transition {
  const { payment } = record;
  const column = COLUMNS[payment.state];
  const cell = TRANSITIONS[rowOf(record, fact, context)][column];
  if (cell.refuse !== undefined) {
    const end = fact.kind === "cancel" ? "canceled" : fact.kind;
    throw new PayError(cell.refuse, `The payment is paid and cannot be ${end}; refund it instead.`, {
      paymentId: payment.id,
    });
  }
  const moves = cell.to !== undefined && (cell.from === undefined || cell.from.includes(payment.state));
  const state = moves ? cell.to : payment.state;
  const reviews = cell.review === undefined ? [] : [cell.review];
  if (fact.kind === "create_accepted" && bringsOtherReference(record, fact, context))
    reviews.push("reference_mismatch");
  return {
    state,
    providerReference:
      payment.providerReference ?? (context.providerReferenceTaken ? undefined : providerReferenceOf(fact)),
    event: cell.event,
    claimsOrder: cell.claimsOrder === true,
    late: column === "unsuccessful" && state === "succeeded",
    reviews,
    duplicate: cell.duplicate === true,
  };
}

function rowOf(record: PaymentRecord, fact: Fact, context: TransitionContext): Row {
  switch (fact.kind) {
    case "create_rejected":
    case "create_not_sent":
      return "create_refused";
    case "succeeded":
      return successRow(record, fact, context);
    case "failed":
      if (fact.recorded) return "failed_recorded";
      // Only a gateway that reported the success itself may follow it with a failure of an earlier try.
      return context.failureIsFinal || isRecorded(record) ? "failed_finally" : "failed";
    case "reversed":
      if (bringsOtherReference(record, fact, context)) return "reversed_other_reference";
      if (bringsOtherAmount(record, fact, context)) return "reversed_other_amount";
      return record.reversed ? "reversed_again" : "reversed";
    case "create_accepted":
    case "create_unknown":
    case "pending":
    case "unrecognized":
    case "deadline":
    case "cancel":
      return fact.kind;
    default:
      return fact satisfies never;
  }
}

function successRow(record: PaymentRecord, fact: NotificationFact, context: TransitionContext): Row {
  const { payment } = record;
  if (bringsOtherReference(record, fact, context)) return "succeeded_other_reference";
  if (bringsOtherAmount(record, fact, context)) return "succeeded_other_amount";
  const paid = amountPaid(fact, payment.amount);
  if (isSentBack(sentBackAmount(record, paid), paid)) return "succeeded_sent_back";
  if (context.orderPaidByAnother) return "succeeded_order_paid";
  if (payment.superseded !== undefined) return "succeeded_superseded";
  if (fact.recorded) return "succeeded_recorded";
  const failedByNotification = payment.state === "failed" && record.cause === "failed";
  return failedByNotification && !context.failureIsFinal ? "succeeded_after_soft_failure" : "succeeded";
}

/** True if a person's word made the payment succeed or fail. */
function isRecorded({ cause }: PaymentRecord): boolean {
  return cause === RECORDED;
}

/** True if a person's word made the payment succeed. */
export function isPaidByWord(record: PaymentRecord): boolean {
  return record.payment.state === "succeeded" && isRecorded(record);
}

function bringsOtherReference(record: PaymentRecord, fact: Fact, context: TransitionContext): boolean {
  const providerReference = providerReferenceOf(fact);
  if (providerReference === undefined) return false;
  const received = fact.kind === "create_accepted" ? undefined : context.acceptedSuccess?.receivedProviderReference;
  if (received !== undefined) return providerReference !== received;
  return (
    context.providerReferenceTaken ||
    (record.payment.providerReference !== undefined && record.payment.providerReference !== providerReference)
  );
}

function bringsOtherAmount(
  { payment }: PaymentRecord,
  { amount }: NotificationFact,
  { acceptedSuccess }: TransitionContext,
): boolean {
  return amount !== undefined && !sameMoney(amount, acceptedSuccess?.receivedAmount ?? payment.amount);
}

function providerReferenceOf(fact: Fact): ProviderReference | undefined {
  return "providerReference" in fact ? fact.providerReference : undefined;
}
