import type { PayEvent, PaymentId, PaymentRecord } from "@pay/core/store";
import { type Sabotage, seeing, writing } from "./sabotage.ts";

export const REFUNDS: readonly Sabotage[] = [
  {
    does: "forgets refunds",
    noticedBy: "keeps each refund with its fields, in the order they were made, and changes them one by one",
    to: writing(({ record }) => (record === undefined ? {} : { record: { ...record, refunds: [] } })),
  },
  {
    does: "keeps the newest refund alone",
    noticedBy: "keeps each refund with its fields, in the order they were made, and changes them one by one",
    to: writing(({ record }) => ({
      ...(record?.refunds && { record: { ...record, refunds: record.refunds.slice(-1) } }),
    })),
  },
  {
    does: "expects that a payment has no refunds, and does not look",
    noticedBy: "decides on the refunds of a payment, also where the store may expect that it has none",
    to: seeing(({ record }, { expected }) => {
      if (record === undefined || expected === undefined) return {};
      const { refunds: _, ...rest } = record;
      return { record: rest };
    }),
  },
  {
    does: "tells of a refund without saying which",
    noticedBy: "tells of a refund as it was then, beside the payment as it was then",
    to: writing(({ events }) => ({ events: events.map(withoutRefund) })),
  },
  {
    does: "tells of a refund as it is now",
    noticedBy: "tells of a refund as it was then, beside the payment as it was then",
    to: (store) => ({
      async leaseDeliveries(request) {
        const leased = await store.leaseDeliveries(request);
        return Promise.all(
          leased.map(async (one) => {
            const { event } = one;
            if (!("payment" in event)) return one;
            const { refunds = [] } = (await store.payment(event.payment.id)) ?? {};
            const refund = refunds.find(({ id }) => id === event.refund?.id);
            return { ...one, event: { ...event, ...(refund && { refund }) } };
          }),
        );
      },
    }),
  },
  {
    does: "cuts what is sealed",
    noticedBy: "keeps a form as it was sealed, until it is served",
    to: writing(({ record }) => ({
      ...(record?.next?.kind === "form" && {
        record: { ...record, next: { ...record.next, sealed: record.next.sealed.slice(0, 4000) } },
      }),
    })),
  },
  {
    does: "keeps a form that was served",
    noticedBy: "keeps a form as it was sealed, until it is served",
    to: (store) => {
      const forms = new Map<PaymentId, PaymentRecord["next"] & object>();
      return writing(({ record }) => {
        if (record === undefined) return {};
        if (record.next?.kind === "form") forms.set(record.payment.id, record.next);
        const next = forms.get(record.payment.id);
        return next === undefined ? {} : { record: { ...record, next } };
      })(store);
    },
  },
];

function withoutRefund(event: PayEvent): PayEvent {
  if (!("refund" in event)) return event;
  const { refund: _, ...rest } = event;
  return rest;
}
