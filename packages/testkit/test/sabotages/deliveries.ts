import type { HandlerKey, LeasedDelivery, PayEvent, PaymentStore } from "@pay/core/store";
import { MINUTE } from "../../src/store/fixtures/records.ts";
import { NOTHING, type Sabotage, writing } from "./sabotage.ts";

export const DELIVERIES: readonly Sabotage[] = [
  {
    does: "dispatches to its own handlers alone",
    noticedBy: "dispatches to all registered handlers, also to those that another process runs",
    to: (store) => ({
      async registerHandlers() {},
      async leaseDeliveries(request) {
        await store.registerHandlers(request.handlers);
        return store.leaseDeliveries(request);
      },
    }),
  },
  {
    does: "leases deliveries of handlers that were not named",
    noticedBy: "tells handlers of one name apart by their event type",
    to: (store) => {
      const all: HandlerKey[] = [];
      return {
        registerHandlers(handlers) {
          all.push(...handlers);
          return store.registerHandlers(handlers);
        },
        leaseDeliveries: (request) => store.leaseDeliveries({ ...request, handlers: all }),
      };
    },
  },
  {
    does: "leases a delivery twice",
    noticedBy: "leases nothing twice while the lease lasts, and again with the next attempt when it ended",
    to: (store) => ({
      async leaseDeliveries(request) {
        const leased = await store.leaseDeliveries(request);
        const again = { kind: "retry", at: request.now, dueAt: request.now, error: "" } as const;
        for (const delivery of leased) await store.finishDelivery(delivery, again);
        return leased;
      },
    }),
  },
  {
    does: "never ends a lease",
    noticedBy: "leases nothing twice while the lease lasts, and again with the next attempt when it ended",
    to: (store) => ({
      leaseDeliveries: (request) => store.leaseDeliveries({ ...request, until: Number.MAX_SAFE_INTEGER }),
    }),
  },
  {
    does: "leases more than was asked for",
    noticedBy: "takes no more deliveries than asked for, and the others with the next lease",
    to: (store) => ({ leaseDeliveries: (request) => store.leaseDeliveries({ ...request, limit: request.limit + 1 }) }),
  },
  {
    does: "counts no attempts",
    noticedBy: "retries what failed, when it is due and not before",
    to: (store) => ({
      leaseDeliveries: async (request) =>
        (await store.leaseDeliveries(request)).map((leased) => ({ ...leased, attempt: 1 })),
    }),
  },
  {
    does: "tells of the payment as it is now",
    noticedBy: "gives each event to every handler of its type, as it was then",
    to: (store) => ({
      async leaseDeliveries(request) {
        const current = async (event: PayEvent): Promise<PayEvent> => {
          if (!("payment" in event)) return event;
          return { ...event, payment: (await store.payment(event.payment.id))?.payment ?? event.payment };
        };
        const leased = await store.leaseDeliveries(request);
        return Promise.all(leased.map(async (one) => ({ ...one, event: await current(one.event) })));
      },
    }),
  },
  {
    does: "supersedes nothing",
    noticedBy: "delivers a success instead of the undelivered events before it",
    to: resequencing((event) => (event.type === "payment.succeeded" ? 0 : event.sequence)),
  },
  {
    does: "holds no event until the one before is delivered",
    noticedBy: "delivers the events of a payment in order, each after the one before is delivered",
    to: resequencing(() => 0),
  },
  {
    does: "retries at once",
    noticedBy: "retries what failed, when it is due and not before",
    to: (store) => ({
      finishDelivery: (delivery, end) =>
        store.finishDelivery(delivery, end.kind === "retry" ? { ...end, dueAt: end.at } : end),
    }),
  },
  {
    does: "ignores which attempt ended",
    noticedBy: "ignores an attempt whose lease went to another one, however it ended",
    to: takingForTheNewest(() => true),
  },
  {
    does: "tells attempts apart by their number, which a release or a redrive repeats",
    noticedBy: "ignores an attempt whose number another one has since a release or a redrive",
    to: takingForTheNewest((ended, newest) => ended.attempt === newest.attempt),
  },
  {
    does: "counts a released attempt",
    noticedBy: "takes a released attempt back, however many: it does not count, is no failure and is due at once",
    to: (store) => ({
      finishDelivery: (delivery, end) =>
        store.finishDelivery(
          delivery,
          end.kind === "released" ? { ...end, kind: "retry", dueAt: end.at, error: "Error: closed" } : end,
        ),
    }),
  },
  {
    does: "has a released attempt wait",
    noticedBy: "takes a released attempt back, however many: it does not count, is no failure and is due at once",
    to: (store) => ({
      finishDelivery: (delivery, end) =>
        store.finishDelivery(delivery, end.kind === "released" ? { ...end, at: end.at + MINUTE } : end),
    }),
  },
  {
    does: "forgets with a released attempt why the one before failed",
    noticedBy: "keeps the attempts and the error from before a released attempt",
    to: (store) => {
      const forgotten = new Set<string>();
      return {
        async finishDelivery(delivery, end) {
          if (end.kind === "released") forgotten.add(delivery.event.id);
          else forgotten.delete(delivery.event.id);
          await store.finishDelivery(delivery, end);
        },
        failingDeliveries: async (limit) =>
          (await store.failingDeliveries(limit)).filter(({ eventId }) => !forgotten.has(eventId)),
      };
    },
  },
  {
    does: "opens a dead delivery's review after the lease was lost",
    noticedBy: "ignores an attempt that was superseded after its lease ended",
    to: (store) => ({
      async finishDelivery(delivery, end) {
        await store.finishDelivery(delivery, end);
        const reviews = end.kind === "dead" ? [end.review] : [];
        await store.update({ merchantAccount: "" }, () => ({ changes: { ...NOTHING, reviews }, result: undefined }));
      },
    }),
  },
  {
    does: "gives up without a review",
    noticedBy: "gives up a dead delivery and shows its review",
    to: (store) => ({
      openReviews: async (...page) => (await store.openReviews(...page)).filter(({ kind }) => kind !== "dead_letter"),
    }),
  },
  {
    does: "forgets why an attempt failed",
    noticedBy: "lists a payment's deliveries in the order of its events, with attempts and the last error",
    to: (store) => ({ deliveries: async (id) => (await store.deliveries(id)).map(({ error: _, ...row }) => row) }),
  },
  {
    does: "forgets when the next attempt is due",
    noticedBy: "lists a payment's deliveries in the order of its events, with attempts and the last error",
    to: (store) => ({
      deliveries: async (id) => (await store.deliveries(id)).map(({ nextAttemptAt: _, ...row }) => row),
    }),
  },
  {
    does: "redrives dead letters alone",
    noticedBy: "takes a redriven delivery that waits now, from the first attempt, and no other one",
    to: (store) => ({
      async update(query, decide) {
        const rows = query.paymentId === undefined ? [] : await store.deliveries(query.paymentId);
        const dead = rows.filter(({ status }) => status === "dead");
        const isDead = ({ eventId, handler }: { readonly eventId: string; readonly handler: string }) =>
          dead.some((row) => row.eventId === eventId && row.handler === handler);
        return store.update(query, (found) => {
          const { changes, result } = decide(found);
          return { changes: { ...changes, redriven: changes.redriven.filter(isDead) }, result };
        });
      },
    }),
  },
  {
    does: "counts dead letters alone as failing",
    noticedBy: "lists failing deliveries with their payments, newest payment first, and no others",
    to: (store) => ({
      failingDeliveries: async (limit) =>
        (await store.failingDeliveries(limit)).filter(({ status }) => status === "dead"),
    }),
  },
  {
    does: "shows the oldest failing deliveries",
    noticedBy: "lists failing deliveries with their payments, newest payment first, and no others",
    to: (store) => ({
      failingDeliveries: async (limit) => (await store.failingDeliveries(1000)).toReversed().slice(0, limit),
    }),
  },
  {
    does: "wakes for deliveries that are due already",
    noticedBy: "knows when the next retry is due and when the next lease ends, whichever comes first",
    to: (store) => ({ nextDeliveryAt: (_, handlers) => store.nextDeliveryAt(0, handlers) }),
  },
  {
    does: "sleeps for ever",
    noticedBy: "knows when the next retry is due and when the next lease ends, whichever comes first",
    to: () => ({ nextDeliveryAt: async () => undefined }),
  },
  {
    does: "leases alike to processes that ask at the same time",
    noticedBy: "leases a delivery once where processes ask at the same time",
    to: (store) => {
      let pending: ReturnType<PaymentStore["leaseDeliveries"]> | undefined;
      return {
        leaseDeliveries(request) {
          pending ??= store.leaseDeliveries(request).finally(() => {
            pending = undefined;
          });
          return pending;
        },
      };
    },
  },
];

/** A store that takes the end of an attempt for that of the newest lease, if `isTaken` says so. */
function takingForTheNewest(isTaken: (ended: LeasedDelivery, newest: LeasedDelivery) => boolean) {
  return (store: PaymentStore): Partial<PaymentStore> => {
    const newest = new Map<string, LeasedDelivery>();
    const key = ({ event, handler }: LeasedDelivery) => `${event.id} ${handler}`;
    return {
      async leaseDeliveries(request) {
        const leased = await store.leaseDeliveries(request);
        for (const delivery of leased) newest.set(key(delivery), delivery);
        return leased;
      },
      finishDelivery(delivery, end) {
        const last = newest.get(key(delivery)) ?? delivery;
        return store.finishDelivery(isTaken(delivery, last) ? { ...delivery, lease: last.lease } : delivery, end);
      },
    };
  };
}

/** A store that keeps events under another sequence, so that it loses their order, and gives them out with their own. */
function resequencing(change: (event: PayEvent) => number) {
  return (store: PaymentStore): Partial<PaymentStore> => {
    const originals = new Map<string, PayEvent>();
    return {
      ...writing(({ events }) => {
        for (const event of events) originals.set(event.id, event);
        return { events: events.map((event) => ({ ...event, sequence: change(event) })) };
      })(store),
      leaseDeliveries: async (request) =>
        (await store.leaseDeliveries(request)).map((leased) => ({
          ...leased,
          event: originals.get(leased.event.id) ?? leased.event,
        })),
      finishDelivery: ({ event, ...delivery }, end) =>
        store.finishDelivery({ ...delivery, event: { ...event, sequence: change(event) } }, end),
    };
  };
}
