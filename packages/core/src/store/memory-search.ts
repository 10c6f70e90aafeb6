import type { PaymentSearch, PaymentsFound } from "../contract/store.ts";
import type { PaymentRecord } from "../model/payment.ts";

/** Searches a window of payments, newest first. */
export function search(records: readonly PaymentRecord[], wanted: PaymentSearch): PaymentsFound {
  const { idBefore, idFrom, limit, orderId, window } = wanted;
  const inRange = records
    .filter(
      ({ payment: { id } }) => (idBefore === undefined || id < idBefore) && (idFrom === undefined || id >= idFrom),
    )
    .filter(({ payment }) => orderId === undefined || payment.orderId === orderId)
    .sort((a, b) => (a.payment.id < b.payment.id ? 1 : -1));
  const looked = inRange.slice(0, window);
  const found = looked.filter((record) => fits(record, wanted));
  const payments = found.slice(0, limit);
  const last = found.length > limit ? payments.at(-1) : inRange.length > window ? looked.at(-1) : undefined;
  return { payments, ...(last !== undefined && { next: last.payment.id }) };
}

function fits({ payment }: PaymentRecord, { createdBefore, createdFrom, providerName, state }: PaymentSearch): boolean {
  return (
    (state === undefined || payment.state === state) &&
    (providerName === undefined || payment.providerName === providerName) &&
    (createdFrom === undefined || payment.createdAt >= createdFrom) &&
    (createdBefore === undefined || payment.createdAt < createdBefore)
  );
}
