import type { Changes, InsertDecision, OrderSnapshot } from "../contract/store.ts";
import type { OrderRepriced } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import { type Money, sameMoney } from "../model/money.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { addHistoryEntry, changesOf, startChanges } from "./changes.ts";

/** What the checkout of the new payment knows of its order. */
export interface Checkout {
  /** The attempt before, at another provider. If it was superseded meanwhile, a later checkout says what the order costs. */
  readonly previous?: PaymentId | undefined;
  /** True if the order may be paid again. */
  readonly mayRepeat?: ((order: OrderSnapshot) => boolean) | undefined;
}

/**
 * Decides whether a new payment may be opened, and tells the other payments of the order what it costs from now on. Each one that has not
 * succeeded takes part, also if it is closed: it may still succeed. Pure.
 */
export function openInOrder({ payment }: PaymentRecord, checkout: Checkout, order: OrderSnapshot): InsertDecision {
  const { paidBy, payments } = order;
  const releasesOrder = paidBy !== undefined && checkout.mayRepeat?.(order) === true;
  if (paidBy !== undefined && !releasesOrder) return { kind: "order_paid", paymentId: paidBy };
  const [kept, ...others] = payments
    .filter((known) => isKeptAtPrice(known, payment.amount))
    .map(({ payment: { id } }) => id);
  if (paidBy === undefined && kept !== undefined) {
    return { kind: "order_paid", paymentId: kept, supersededPayments: [kept, ...others] };
  }
  const mark = payments.find(({ payment: { id } }) => id === checkout.previous)?.payment.superseded;
  if (mark !== undefined) return { kind: "superseded", by: mark.by };
  const fact: OrderRepriced = { kind: "order_repriced", amount: payment.amount, by: payment.id };
  const changes = payments
    .filter((known) => isNews(known, fact))
    .map((known) => repriced(known, payment.createdAt, fact));
  return { kind: "open", changes, releasesOrder };
}

/** The buyer paid this amount already, while the order cost another one, and no refund of it has begun. */
function isKeptAtPrice({ payment, refunds = [], reversed }: PaymentRecord, amount: Money): boolean {
  const isSuperseded = payment.state === "succeeded" && payment.superseded !== undefined;
  const isKept = !reversed && refunds.every(({ status }) => status === "failed");
  return isSuperseded && sameMoney(payment.amount, amount) && isKept;
}

function isNews({ payment: { amount, state, superseded } }: PaymentRecord, fact: OrderRepriced): boolean {
  return state !== "succeeded" && !sameMoney(fact.amount, superseded?.amount ?? amount);
}

function repriced(record: PaymentRecord, at: number, fact: OrderRepriced): Changes {
  const pending = startChanges(record);
  const { superseded: _, ...payment } = record.payment;
  const { amount, by } = fact;
  const mark = sameMoney(amount, payment.amount) ? {} : { superseded: { amount, by } };
  addHistoryEntry(pending, at, fact, { ...record, payment: { ...payment, ...mark } });
  return changesOf(pending);
}
