import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import { LINE_TEXT, Line } from "../checkout/request.ts";
import type { OrderSnapshot, PaymentStore } from "../contract/store.ts";
import type { HistoryEntry } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { Order, OrderPayment, OrderState } from "../model/order.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import type { Review } from "../model/review.ts";
import { amountPaid, successIn } from "../refunds/paid-amount.ts";
import { isSentBack, sentBackAmount } from "../refunds/sent-back.ts";

type ReadableStore = Pick<PaymentStore, "history" | "order">;
type StoreWithReviews = ReadableStore & Pick<PaymentStore, "reviewsOfPayment">;
/** The entry that made each succeeded payment succeed. It never changes. */
type Successes = ReadonlyMap<PaymentId, HistoryEntry | undefined>;

const Request = v.strictObject({ orderId: Line });

/**
 * Reads what was asked, paid and sent back for an order.
 *
 * @throws PayError `INVALID_REQUEST`: an id that no order can have must not pass for an order that nobody paid
 */
export async function readOrder(store: StoreWithReviews, id: string): Promise<Order> {
  const { orderId } = parseInput(Request, { orderId: id }, "INVALID_REQUEST", { orderId: LINE_TEXT }, "request");
  const order = await store.order(orderId);
  const successes = await readSuccesses(store, order);
  const payments = order.payments.map((record) => withMoney(record, successes));
  const known = stateOf(order.paidBy, payments, successes);
  const isPayable = known === "unpaid" || (known === "refunded" && order.paidBy === undefined);
  const state = isPayable && (await hasMoneyUnderReview(store, payments)) ? "under_review" : known;
  const requestedAmount = costOf(order);
  if (requestedAmount === undefined) return { orderId, state, payments };
  const sum = (amounts: readonly Money[]): Money => ({
    value: amounts.filter(isIn(requestedAmount)).reduce((total, { value }) => total + value, 0),
    currency: requestedAmount.currency,
  });
  return {
    ...{ orderId, state, requestedAmount },
    paidAmount: sum(payments.map((payment) => payment.paidAmount)),
    refundedAmount: sum(payments.map((payment) => payment.refundedAmount)),
    payments,
  };
}

/**
 * The amount of the newest checkout. The marks of superseded payments say which one that is. Ids do not always: clocks of two processes
 * differ, and two payments may be of one millisecond. A payment that succeeded learns no later amount, but one without a mark was of its
 * order's amount then: the one that paid the order, or the newest.
 */
function costOf({ paidBy, payments }: OrderSnapshot): Money | undefined {
  const known = payments.map(({ payment }) => payment);
  const unmarked = known.filter(({ superseded }) => superseded === undefined);
  const telling =
    known.findLast(({ state }) => state !== "succeeded") ??
    unmarked.find(({ id }) => id === paidBy) ??
    unmarked.at(-1) ??
    known.at(-1);
  return telling?.superseded?.amount ?? telling?.amount;
}

/** Reads what an order was paid with, and returns the rule that says whether all of it was sent back. */
export async function refundedRule(store: ReadableStore, orderId: string): Promise<(order: OrderSnapshot) => boolean> {
  const successes = await readSuccesses(store, await store.order(orderId));
  return ({ paidBy, payments }) => {
    const withAmounts = payments.map((record) => withMoney(record, successes));
    return stateOf(paidBy, withAmounts, successes) === "refunded";
  };
}

async function readSuccesses(store: ReadableStore, { payments }: OrderSnapshot): Promise<Successes> {
  const succeeded = payments.map(({ payment }) => payment).filter(({ state }) => state === "succeeded");
  return new Map(await Promise.all(succeeded.map(async ({ id }) => [id, successIn(await store.history(id))] as const)));
}

function withMoney(record: PaymentRecord, successes: Successes): OrderPayment {
  const { payment } = record;
  const nothing = { value: 0, currency: payment.amount.currency };
  // A payment that succeeded meanwhile is paid in full, and nothing of it was sent back.
  const fact = successes.get(payment.id)?.fact;
  const whole = fact?.kind === "succeeded" ? amountPaid(fact, payment.amount) : payment.amount;
  const paidAmount = payment.state === "succeeded" ? whole : nothing;
  return { ...payment, paidAmount, refundedAmount: sentBackAmount(record, paidAmount) };
}

function stateOf(paidBy: PaymentId | undefined, payments: readonly OrderPayment[], successes: Successes): OrderState {
  const succeeded = payments.filter(({ state }) => state === "succeeded");
  const isPruned = paidBy !== undefined && !succeeded.some(({ id }) => id === paidBy);
  const isKept =
    isPruned || !succeeded.every(({ paidAmount, refundedAmount }) => isSentBack(refundedAmount, paidAmount));
  if (isKept) return paidBy === undefined ? "superseded_paid" : "paid";
  if (paidBy !== undefined) return "refunded";
  // What was sent back of superseded payments, or before the order was opened again, does not keep it from being paid.
  const ofRightAmount = payments.filter(({ superseded }) => superseded === undefined);
  if (ofRightAmount.some(({ state }) => OPEN_STATES.includes(state))) return "open";
  // The same as where the success came first, but the payment does not pay the order.
  const isPaidTooLate = ({ id }: OrderPayment) => successes.get(id)?.reviews.includes("sent_back_paid");
  return ofRightAmount.some(isPaidTooLate) ? "refunded" : "unpaid";
}

/** True if a gateway reported money of a payment that did not succeed by it, and a person has not decided yet. */
async function hasMoneyUnderReview(store: StoreWithReviews, payments: readonly OrderPayment[]): Promise<boolean> {
  const unsuccessful = payments.filter(({ state }) => state !== "succeeded");
  const reviews = await Promise.all(unsuccessful.map(({ id }) => store.reviewsOfPayment(id)));
  return reviews.flat().some((review) => review.status === "open" && tellsOfMoney(review));
}

function tellsOfMoney({ details, kind }: Review): boolean {
  return (kind === "amount_mismatch" || kind === "reference_mismatch") && details.fact === "succeeded";
}

function isIn({ currency }: Money): (amount: Money) => boolean {
  return (amount) => amount.currency === currency;
}
