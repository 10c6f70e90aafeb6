import type { PaymentSearch, PaymentsFound, UnmatchedNotification } from "../contract/store.ts";
import type { PaymentId } from "../model/ids.ts";
import { sameMoney } from "../model/money.ts";
import type { PaymentRecord } from "../model/payment.ts";

/** Searches a window of payments, newest first. */
export function search(records: readonly PaymentRecord[], wanted: PaymentSearch): PaymentsFound {
  const { idBefore, idFrom, limit, orderId, providerReference, window } = wanted;
  const inRange = records
    .filter(
      ({ payment: { id } }) => (idBefore === undefined || id < idBefore) && (idFrom === undefined || id >= idFrom),
    )
    .filter(({ payment }) => orderId === undefined || payment.orderId === orderId)
    .filter(({ payment }) => providerReference === undefined || payment.providerReference === providerReference)
    .sort((a, b) => (a.payment.id < b.payment.id ? 1 : -1));
  const looked = inRange.slice(0, window);
  const found = looked.filter((record) => fits(record, wanted));
  const payments = found.slice(0, limit);
  const last = found.length > limit ? payments.at(-1) : inRange.length > window ? looked.at(-1) : undefined;
  return { payments, ...(last !== undefined && { next: last.payment.id }) };
}

function fits({ payment }: PaymentRecord, wanted: PaymentSearch): boolean {
  const { amount, createdBefore, createdFrom, orderIdContains, providerName, state } = wanted;
  return (
    (orderIdContains === undefined || payment.orderId.includes(orderIdContains)) &&
    (amount === undefined || sameMoney(payment.amount, amount)) &&
    (state === undefined || payment.state === state) &&
    (providerName === undefined || payment.providerName === providerName) &&
    (createdFrom === undefined || payment.createdAt >= createdFrom) &&
    (createdBefore === undefined || payment.createdAt < createdBefore)
  );
}

/** The payments that a notification may belong to, likeliest first. */
export function candidates(records: readonly PaymentRecord[], unmatched: UnmatchedNotification): readonly PaymentId[] {
  const { buyerDigest, fact, merchantAccount, receivedAt } = unmatched;
  const amount = "amount" in fact ? fact.amount : undefined;
  const ranks: readonly ((record: PaymentRecord) => boolean)[] = [
    (record) => buyerDigest !== undefined && record.buyerDigest === buyerDigest,
    ({ payment }) => amount !== undefined && sameMoney(payment.amount, amount),
    ({ payment }) => payment.providerReference === undefined,
  ];
  const compare = (a: PaymentRecord, b: PaymentRecord) =>
    ranks.map((rank) => Number(rank(b)) - Number(rank(a))).find((difference) => difference !== 0) ??
    (b.payment.createdAt - a.payment.createdAt || (a.payment.id < b.payment.id ? 1 : -1));
  return records
    .filter(({ payment }) => payment.merchantAccount === merchantAccount && payment.createdAt <= receivedAt)
    .sort(compare)
    .map(({ payment }) => payment.id);
}
