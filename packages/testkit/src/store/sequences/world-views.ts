import type { HandlerKey, PaymentRecord, PaymentSearch, PaymentStore, UnmatchedNotification } from "@pay/core/store";
import { HOUR, MINUTE, providerReference } from "../fixtures/records.ts";
import { look, sorted } from "../fixtures/steps.ts";
import type { Operation } from "./operation.ts";
import { byId as byPayment } from "./world-status-checks.ts";

const SEARCHES: readonly Partial<PaymentSearch>[] = [
  {},
  { state: "created" },
  { state: "pending" },
  { state: "failed" },
  { providerReference: "T-1" },
  { orderIdContains: "1" },
  { amount: { value: 1999, currency: "PLN" } },
];

/** Reads everything that a store holds about payments and their orders. */
export function views(
  payments: readonly PaymentRecord[],
  orders: readonly string[],
  handlers: readonly HandlerKey[],
  now: number,
): readonly Operation[] {
  const byId = (records: readonly PaymentRecord[]) =>
    [...records].sort((a, b) => (a.payment.id < b.payment.id ? -1 : 1));
  return [
    ...payments.flatMap(({ payment: { merchantAccount, id } }): Operation[] => [
      { name: "payment", run: (store) => store.payment(id) },
      { name: "history", run: (store) => store.history(id) },
      { name: "reviews of a payment", run: (store) => store.reviewsOfPayment(id) },
      { name: "deliveries", run: async (store) => sorted(await store.deliveries(id)) },
      { name: "snapshot", run: (store) => look(store, { merchantAccount, paymentId: id, adopt: true }) },
    ]),
    ...orders.map((orderId): Operation => ({ name: orderId, run: (store) => store.order(orderId) })),
    ...SEARCHES.map((search): Operation => {
      const all = { limit: 1000, window: 1000, ...search };
      return { name: `list of ${JSON.stringify(search)}`, run: (store) => store.payments(all) };
    }),
    { name: "reviews", run: (store) => store.openReviews(1000) },
    { name: "failing deliveries", run: (store) => store.failingDeliveries(1000) },
    { name: "next delivery", run: (store) => store.nextDeliveryAt(now, handlers) },
    { name: "overdue", run: async (store) => byId(await store.overdue(now, now - MINUTE, 1000)) },
    { name: "stale unmatched", run: (store) => store.staleUnmatched(now + 1, 1000) },
  ];
}

export function unmatchedViews(unmatchedNotifications: readonly UnmatchedNotification[]): readonly Operation[] {
  return unmatchedNotifications.flatMap((unmatched): Operation[] => [
    { name: "candidates", run: (store) => store.candidates(unmatched, 100) },
    {
      name: "provider references",
      run: (store) =>
        look(store, {
          merchantAccount: unmatched.merchantAccount,
          providerReference: providerReference(unmatched.subject),
          adopt: true,
        }),
    },
  ]);
}

/** Reads what status checks use. The last view leases every waiting status check, so it changes the store. */
export function statusCheckViews(payments: readonly PaymentRecord[], now: number): readonly Operation[] {
  return [
    { name: "open payments by account", run: (store) => store.openPaymentsByAccount() },
    ...payments.map(({ payment: { merchantAccount, id } }): Operation => {
      const byProviderReference = async (store: PaymentStore) => {
        const known = (await store.payment(id))?.payment.providerReference;
        return known && store.paymentByProviderReference(merchantAccount, known);
      };
      return { name: "payment by provider reference", run: byProviderReference };
    }),
    {
      name: "status checks",
      run: async (store) => (await store.leaseStatusChecks(now + HOUR, now + HOUR, 1000)).toSorted(byPayment),
    },
  ];
}
