import type { HandlerKey, PaymentId, PaymentStore, PruneRequest } from "@pay/core/store";
import { NOTHING, type Sabotage, writing } from "./sabotage.ts";

const OLDEST_FIRST = "prunes what changed longest ago first, no more than asked for, and says what";
const WHOLE = "prunes a payment with everything that is its own, and nothing of another";
const LATE =
  "keeps a notification about a pruned payment as unmatched, and leaves unmatched notifications where they are";
const FOREVER = Number.MAX_SAFE_INTEGER;

/** A store that prunes by another request than the given one. */
const requesting = (change: (request: PruneRequest) => Partial<PruneRequest>) => (store: PaymentStore) => ({
  prune: (request: PruneRequest) => store.prune({ ...request, ...change(request) }),
});

/** A store that removes a reason to keep a payment before it prunes. */
const overlooking = (what: (store: PaymentStore) => Promise<unknown>) => (store: PaymentStore) => ({
  async prune(request: PruneRequest) {
    if (!request.dryRun) await what(store);
    return store.prune(request);
  },
});

/** A store that removes undelivered events of registered handlers before it prunes. */
const overlookingDeliveries =
  (what: (store: PaymentStore, handlers: readonly HandlerKey[]) => Promise<unknown>) => (store: PaymentStore) => {
    let handlers: readonly HandlerKey[] = [];
    return {
      registerHandlers(keys: readonly HandlerKey[]) {
        handlers = keys;
        return store.registerHandlers(keys);
      },
      ...overlooking(() => what(store, handlers))(store),
    };
  };

/** A store that still shows parts of pruned payments. */
const remembering =
  <T>(
    read: (store: PaymentStore, id: PaymentId) => Promise<T>,
    give: (memory: Map<PaymentId, T>) => Partial<PaymentStore>,
  ) =>
  (store: PaymentStore): Partial<PaymentStore> => {
    const memory = new Map<PaymentId, T>();
    return {
      async prune(request) {
        const found = await store.prune({ ...request, dryRun: true });
        if (!request.dryRun) for (const { paymentId } of found) memory.set(paymentId, await read(store, paymentId));
        return store.prune(request);
      },
      ...give(memory),
    };
  };

async function closeReviews(store: PaymentStore): Promise<void> {
  for (const { id: review } of await store.openReviews(1000)) {
    await store.update({ merchantAccount: "", review }, ({ review: found }) => ({
      changes: { ...NOTHING, resolved: [{ ...found!, status: "dismissed" }] },
      result: undefined,
    }));
  }
}

async function deliver(store: PaymentStore, handlers: readonly HandlerKey[], now: number): Promise<void> {
  for (const delivery of await store.leaseDeliveries({ now, until: FOREVER, handlers, limit: 1000 })) {
    await store.finishDelivery(delivery, { kind: "delivered", at: now });
  }
}

export const PRUNE: readonly Sabotage[] = [
  {
    does: "prunes what has changed lately",
    noticedBy: "prunes nothing that changed at the moment or after it",
    to: requesting(({ before }) => ({ before: before + 1 })),
  },
  { does: "prunes without limit", noticedBy: OLDEST_FIRST, to: requesting(() => ({ limit: 1000 })) },
  {
    does: "says what it pruned newest first",
    noticedBy: OLDEST_FIRST,
    to: (store) => ({ prune: async (request) => (await store.prune(request)).toReversed() }),
  },
  { does: "prunes nothing", noticedBy: OLDEST_FIRST, to: requesting(() => ({ dryRun: true })) },
  {
    does: "prunes what it is only to find",
    noticedBy: "finds what it would prune, and removes nothing, where that is asked for",
    to: requesting(() => ({ dryRun: false })),
  },
  {
    does: "begins anew with every batch it prunes",
    noticedBy: "goes on pruning after the given payment, also among those that changed at once",
    to: (store) => ({ prune: ({ after: _, ...request }) => store.prune(request) }),
  },
  {
    does: "passes over payments that changed at once when it prunes",
    noticedBy: "goes on pruning after the given payment, also among those that changed at once",
    to: requesting(({ after }) =>
      after === undefined ? {} : { after: { ...after, paymentId: "pay_~" as PaymentId } },
    ),
  },
  {
    does: "prunes payments that are open",
    noticedBy: "prunes no payment that is open",
    to: (store) => {
      const opened: PaymentId[] = [];
      return {
        insert(request) {
          opened.push(request.record.payment.id);
          return store.insert(request);
        },
        ...overlooking(async () => {
          for (const paymentId of opened) {
            const { merchantAccount } = (await store.payment(paymentId))!.payment;
            await store.update({ merchantAccount, paymentId }, ({ record }) => ({
              changes: { ...NOTHING, record: { ...record!, payment: { ...record!.payment, state: "failed" } } },
              result: undefined,
            }));
          }
        })(store),
      };
    },
  },
  {
    does: "prunes payments with open reviews",
    noticedBy: "prunes no payment while a review of it is open",
    to: overlooking(closeReviews),
  },
  {
    does: "prunes payments with a scheduled status check",
    noticedBy: "prunes no payment while a status check of it is scheduled",
    to: overlooking(async (store) => {
      for (const check of await store.leaseStatusChecks(FOREVER, FOREVER, 1000)) await store.finishStatusCheck(check);
    }),
  },
  {
    does: "prunes payments with events that are not dispatched yet",
    noticedBy: "prunes no payment while an event of it is not dispatched yet",
    to: overlooking((store) => store.leaseDeliveries({ now: 0, until: 0, handlers: [], limit: 1 })),
  },
  {
    does: "prunes candidates of open reviews",
    noticedBy: "prunes no payment while it is a candidate of an open review",
    to: writing(({ reviews }) => ({ reviews: reviews.map((review) => ({ ...review, candidates: [] })) })),
  },
  {
    does: "prunes one attempt of a checkout key while another is open",
    noticedBy: "prunes no payment while another attempt of its checkout key is open",
    to: (store) => ({
      insert: ({ record: { checkout: _, ...record }, ...request }) => store.insert({ ...request, record }),
    }),
  },
  {
    does: "prunes payments with deliveries that are due",
    noticedBy: "prunes no payment while a delivery of it is due",
    to: overlookingDeliveries((store, handlers) => deliver(store, handlers, FOREVER - 1)),
  },
  {
    does: "prunes payments with deliveries that are leased",
    noticedBy: "prunes no payment while a delivery of it is leased",
    to: overlookingDeliveries((store, handlers) => deliver(store, handlers, FOREVER - 1)),
  },
  {
    does: "prunes payments with dead letters",
    noticedBy: "prunes no payment while a delivery of it is dead",
    to: (store) => ({
      finishDelivery: (delivery, outcome) =>
        store.finishDelivery(delivery, outcome.kind === "dead" ? { kind: "delivered", at: outcome.at } : outcome),
    }),
  },
  {
    does: "prunes payments of which a refund is under way",
    noticedBy: "prunes no payment while a refund of it is under way",
    to: writing(({ record }) => {
      const refunds = record?.refunds?.map((refund) => ({ ...refund, status: "failed" as const }));
      return record === undefined || refunds === undefined ? {} : { record: { ...record, refunds } };
    }),
  },
  {
    does: "prunes superseded payments whose money is kept",
    noticedBy:
      "prunes no payment while it is superseded and paid, its order is paid by none, and not all of its money was sent back",
    to: writing(({ record }) => {
      if (record?.payment.superseded === undefined) return {};
      const { superseded: _, ...payment } = record.payment;
      return { record: { ...record, payment } };
    }),
  },
  {
    does: "keeps superseded payments for ever",
    noticedBy: "prunes a superseded payment once its money was sent back, or its order is paid",
    to: writing(({ record }) =>
      record?.payment.superseded === undefined ? {} : { record: { ...record, refunds: [], reversed: false } },
    ),
  },
  {
    does: "leaves the history of what it prunes",
    noticedBy: WHOLE,
    to: (store) =>
      remembering(
        (_, id) => store.history(id),
        (memory) => ({ history: async (id) => memory.get(id) ?? store.history(id) }),
      )(store),
  },
  {
    does: "leaves the reviews of what it prunes",
    noticedBy: WHOLE,
    to: (store) =>
      remembering(
        (_, id) => store.reviewsOfPayment(id),
        (memory) => ({ reviewsOfPayment: async (id) => memory.get(id) ?? store.reviewsOfPayment(id) }),
      )(store),
  },
  {
    does: "leaves the deliveries of what it prunes",
    noticedBy: WHOLE,
    to: (store) =>
      remembering(
        (_, id) => store.deliveries(id),
        (memory) => ({ deliveries: async (id) => memory.get(id as PaymentId) ?? store.deliveries(id) }),
      )(store),
  },
  {
    does: "forgets that an order is paid when it prunes its payment",
    noticedBy: "keeps an order paid whose payment is pruned",
    to: (store) => ({
      async insert(request) {
        const result = await store.insert(request);
        const isGone = result.kind === "order_paid" && (await store.payment(result.paymentId)) === undefined;
        return isGone ? { kind: "opened" } : result;
      },
    }),
  },
  {
    does: "prunes unmatched notifications",
    noticedBy: LATE,
    to: overlooking(async (store) => {
      for (const unmatched of await store.staleUnmatched(FOREVER, 1000)) {
        await store.update({ merchantAccount: unmatched.merchantAccount }, () => ({
          changes: { ...NOTHING, adopted: [unmatched] },
          result: undefined,
        }));
      }
    }),
  },
  {
    does: "leaves the checkout keys of what it prunes",
    noticedBy: "opens another payment under the checkout key and the provider reference of one that is pruned",
    to: (store) => {
      const keys = new Map<string, PaymentId>();
      return {
        async insert(request) {
          const { checkout, payment } = request.record;
          const known = checkout && keys.get(`${checkout.key} ${checkout.attempt}`);
          if (known !== undefined && (await store.payment(known)) === undefined)
            return { kind: "order_paid", paymentId: known };
          if (checkout !== undefined) keys.set(`${checkout.key} ${checkout.attempt}`, payment.id);
          return store.insert(request);
        },
      };
    },
  },
  {
    does: "says more than once that a payment was pruned",
    noticedBy: "prunes each payment once where several prune at the same moment",
    to: (store) => ({
      async prune(request) {
        const found = await store.prune({ ...request, dryRun: true });
        await store.prune(request);
        return found;
      },
    }),
  },
  {
    does: "prunes what it found a moment before, without another look",
    noticedBy: "either prunes a payment or keeps the update of it at the same moment, whole",
    to: (store) => ({
      async prune(request) {
        const found = await store.prune({ ...request, dryRun: true });
        if (request.dryRun) return found;
        await store.leaseDeliveries({ now: 0, until: 0, handlers: [], limit: 1 });
        await store.prune({ ...request, before: FOREVER });
        return found;
      },
    }),
  },
];
