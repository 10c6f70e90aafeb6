import { type TransitionContext, transition } from "@pay/core/internal";
import type { Fact, HistoryEntry, OrderRepriced, Payment, PaymentRecord } from "@pay/core/store";

/** Kinds of facts that never change the state. */
const BESIDE = /^(?:opened|review|redrive|check_status|form_opened|order_repriced|record|status_unknown|refund_\w+)$/;

function isBeside(fact: HistoryEntry["fact"]): fact is Exclude<HistoryEntry["fact"], Fact> {
  return BESIDE.test(fact.kind);
}

export type FoldContext = TransitionContext;

/** Applies the next history entry to a payment, by the state machine alone, and compares the result with the entry. */
export function foldEntry(
  before: PaymentRecord,
  { sequence, fact, from, to }: HistoryEntry,
  context: FoldContext,
  differ: (claim: string) => void,
): PaymentRecord {
  const { payment } = before;
  const line = `${payment.id} line ${sequence}: ${fact.kind} ${from} → ${to}`;
  if (sequence !== before.version + 1) differ(`${line} after version ${before.version}`);
  if (from !== payment.state) differ(`${line} but it was ${payment.state}`);
  const version = before.version + 1;
  if (isBeside(fact)) {
    if (to !== from) differ(line);
    return { ...before, payment: besides(payment, fact, context), version };
  }
  const { event, state, providerReference } = transition(before, fact, context);
  if (state !== to) differ(`${line} where the table says ${state}`);
  return {
    ...before,
    payment: { ...payment, state, ...(providerReference !== undefined && { providerReference }) },
    version,
    cause: state === payment.state ? before.cause : "recorded" in fact ? "recorded" : fact.kind,
    reversed: before.reversed || event === "payment.reversed",
  };
}

/** A fact that changes no state may change what is known besides. */
function besides(payment: Payment, fact: HistoryEntry["fact"], { providerReferenceTaken }: FoldContext): Payment {
  if (fact.kind === "order_repriced") return repriced(payment, fact);
  const isNamed = payment.providerReference !== undefined || providerReferenceTaken;
  if (fact.kind !== "check_status" || fact.providerReference === undefined || isNamed) return payment;
  return { ...payment, providerReference: fact.providerReference };
}

function repriced({ superseded: _, ...payment }: Payment, { amount, by }: OrderRepriced): Payment {
  return amount.value === payment.amount.value ? payment : { ...payment, superseded: { amount, by } };
}

/** Rules that any table must keep. They are repeated here, so that a mistake in the table is noticed. */
export function refuseWrongMove(
  { fact, from, to }: HistoryEntry,
  { payment }: PaymentRecord,
  violate: (invariant: string, detail: string) => void,
): void {
  if (from === to) return;
  const line = `${payment.id}: ${fact.kind} ${from} → ${to}`;
  if (from === "succeeded") violate("nothing leaves succeeded", line);
  if (to !== "succeeded") return;
  const paid = fact.kind === "succeeded" && (fact.amount === undefined || fact.amount.value === payment.amount.value);
  if (!paid) violate("only the payment's own amount pays it", line);
  if ("providerReference" in fact && fact.providerReference !== payment.providerReference)
    violate("only the payment's own name pays it", line);
}
