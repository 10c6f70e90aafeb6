import type { InsertRequest, PaymentRecord } from "@pay/core/store";
import type { Sabotage } from "./sabotage.ts";

export const INSERT: readonly Sabotage[] = [
  {
    does: "answers a repeated attempt with what it was given",
    noticedBy: "answers a repeated attempt with the payment that was first, and writes nothing",
    to: (store) => ({
      async insert(request) {
        const result = await store.insert(request);
        return result.kind === "exists" ? { ...result, record: request.record } : result;
      },
    }),
  },
  {
    does: "looks whether the order is paid before it looks for a repeated attempt",
    noticedBy: "answers a repeated attempt before it looks whether the order is paid",
    to: (store) => ({
      async insert(request) {
        const known = (await store.order(request.record.payment.orderId)).payments;
        const paid = known.find(({ payment }) => payment.state === "succeeded");
        return paid ? { kind: "order_paid", paymentId: paid.payment.id } : store.insert(request);
      },
    }),
  },
  {
    does: "tells attempts apart by the order, too",
    noticedBy: "answers a repeated attempt with the payment that was first, and writes nothing",
    to: (store) => ({ insert: (request) => store.insert(withKey(request, ({ orderId }, key) => `${orderId} ${key}`)) }),
  },
  {
    does: "takes all attempts of a checkout key for one",
    noticedBy: "tells the attempts of a checkout key apart by their number, and the keys from each other",
    to: (store) => ({
      insert: ({ record, ...request }) =>
        store.insert({
          ...request,
          record: { ...record, ...(record.checkout && { checkout: { ...record.checkout, attempt: 0 } }) },
        }),
    }),
  },
  {
    does: "writes a new payment without what it changes of the order's others",
    noticedBy: "changes other payments of the order together with the insert, each with its history",
    to: (store) => ({ insert: (request) => store.insert(deciding(request, { changes: [] })) }),
  },
  {
    does: "keeps an order paid that may be paid again",
    noticedBy: "lets an order be paid again where the rule says so",
    to: (store) => ({ insert: (request) => store.insert(deciding(request, { releasesOrder: false })) }),
  },
  {
    does: "hides superseded payments from the rule",
    noticedBy: "shows the rule every payment that a new one of the order may concern, and who paid",
    to: (store) => ({
      insert: ({ decide, ...request }) =>
        store.insert({
          ...request,
          decide: ({ paidBy, payments }) =>
            decide({ paidBy, payments: payments.filter(({ payment }) => payment.superseded === undefined) }),
        }),
    }),
  },
  {
    does: "forgets who paid an order",
    noticedBy: "knows of an order its payments and which of them paid it, and of another order nothing",
    to: (store) => ({ order: async (id) => ({ ...(await store.order(id)), paidBy: undefined }) }),
  },
  {
    does: "opens the payments of an order side by side",
    noticedBy: "lets no payment of an order be open with an amount that the order does not cost",
    to: (store) => ({
      async insert(request) {
        const order = await store.order(request.record.payment.orderId);
        await Promise.resolve();
        return store.insert({ ...request, decide: () => request.decide(order) });
      },
    }),
  },
  {
    does: "lists an order's payments newest first",
    noticedBy: "lists the payments of an order oldest first, in any order of saving",
    to: (store) => ({
      async order(orderId) {
        const { paidBy, payments } = await store.order(orderId);
        return { paidBy, payments: payments.toReversed() };
      },
    }),
  },
  {
    does: "adds fields that are undefined",
    noticedBy: "keeps a new payment without any of its optional fields",
    to: (store) => ({
      payment: async (id) => withUndefined(await store.payment(id)),
    }),
  },
  {
    does: "normalises texts",
    noticedBy: "keeps texts apart that differ in case, accents or spaces alone",
    to: (store) => ({
      insert: ({ decide, ...request }) => store.insert({ ...JSON.parse(JSON.stringify(request).normalize()), decide }),
    }),
  },
  {
    does: "opens one payment per order, paid or not",
    noticedBy: "opens another payment for an order whose first one was not paid, and for other orders",
    to: (store) => ({
      async insert(request) {
        const [first] = (await store.order(request.record.payment.orderId)).payments;
        return first ? { kind: "order_paid", paymentId: first.payment.id } : store.insert(request);
      },
    }),
  },
];

/** The request, with these parts of its decision replaced. */
function deciding({ decide, ...request }: InsertRequest, part: object): InsertRequest {
  return {
    ...request,
    decide(order) {
      const decision = decide(order);
      return decision.kind === "open" ? { ...decision, ...part } : decision;
    },
  };
}

function withKey(
  { record, ...request }: InsertRequest,
  make: (payment: PaymentRecord["payment"], key: string) => string,
): InsertRequest {
  const { checkout, payment } = record;
  return {
    ...request,
    record: { ...record, ...(checkout && { checkout: { ...checkout, key: make(payment, checkout.key) } }) },
  };
}

function withUndefined(record: PaymentRecord | undefined): PaymentRecord | undefined {
  return record && ({ next: undefined, ...record } as PaymentRecord);
}
