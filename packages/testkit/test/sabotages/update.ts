import { setImmediate as tick } from "node:timers/promises";
import type { PaymentStore } from "@pay/core/store";
import { NOTHING, type Sabotage, seeing, writing } from "./sabotage.ts";

type Update = PaymentStore["update"];

export const UPDATE: readonly Sabotage[] = [
  {
    does: "never finds a duplicate",
    noticedBy: "applies one of notifications that come at once and say the same",
    to: seeing(() => ({ duplicate: false })),
  },
  {
    does: "finds the duplicates of other payments",
    noticedBy: "finds the duplicate of a notification that was applied to the same payment",
    to: (store) => {
      const digests = new Set<string>();
      const update: Update = (query, decide) =>
        store.update(query, (found) => {
          const decision = decide({ ...found, duplicate: digests.has(query.digest ?? "") });
          for (const digest of decision.changes.inbox) digests.add(digest);
          return decision;
        });
      return { update };
    },
  },
  {
    does: "forgets the inbox",
    noticedBy: "finds the duplicate of a notification that was applied to the same payment",
    to: writing(() => ({ inbox: [] })),
  },
  {
    does: "forgets which payment claimed the order",
    noticedBy: "refuses to open a payment for a paid order, and writes nothing",
    to: writing(() => ({ claimsOrder: false })),
  },
  {
    does: "lets every success claim the order",
    noticedBy: "finds which payment of the order succeeded first",
    to: writing(({ record }) => ({ claimsOrder: record?.payment.state === "succeeded" })),
  },
  {
    does: "ignores the account",
    noticedBy: "does not find a payment of another account, neither by id nor by provider reference",
    to: (store) => ({
      async update(query, decide) {
        const named = query.paymentId && (await store.payment(query.paymentId));
        return store.update(
          { ...query, merchantAccount: named?.payment.merchantAccount ?? query.merchantAccount },
          decide,
        );
      },
    }),
  },
  {
    does: "finds by the provider reference before the id",
    noticedBy: "finds by the id where there is a provider reference too, and says which payment owns the reference",
    to: (store) => ({
      update: ({ paymentId, ...query }, decide) =>
        store.update({ ...query, ...(paymentId && query.providerReference === undefined && { paymentId }) }, decide),
    }),
  },
  {
    does: "knows no owner of a provider reference",
    noticedBy: "gives a provider reference to one of the payments that learn it at once",
    to: seeing(() => ({ providerReferenceOwner: undefined })),
  },
  {
    does: "compares provider references without their case",
    noticedBy: "keeps texts apart that differ in case, accents or spaces alone",
    to: (store) => ({
      update: (query, decide) =>
        store.update(
          {
            ...query,
            ...(query.providerReference && {
              providerReference: query.providerReference.toUpperCase() as typeof query.providerReference,
            }),
          },
          decide,
        ),
    }),
  },
  {
    does: "reads, waits, and then writes",
    noticedBy: "lets each of a payment's updates that come at once see the one before",
    to: (store) => ({
      async update(query, decide) {
        const found = await store.update(query, (result) => ({ changes: NOTHING, result }));
        await tick();
        return store.update(query, () => decide(found));
      },
    }),
  },
  {
    does: "writes in two transactions",
    noticedBy: "shows every update all of another one, or nothing",
    to: (store) => ({
      async update(query, decide) {
        const { changes, result } = await store.update(query, (found) => {
          const decision = decide(found);
          const { record, history } = decision.changes;
          return { changes: { ...NOTHING, ...(record && { record }), history }, result: decision };
        });
        await store.update(query, () => ({ changes: { ...changes, history: [] }, result }));
        return result;
      },
    }),
  },
  {
    does: "fails everything after a decision that threw",
    noticedBy: "fails the one update whose decision throws, and none that came with it",
    to: (store) => {
      let batch: Promise<unknown> = Promise.resolve();
      const update: Update = (query, decide) => {
        const recorded = batch.then(() => store.update(query, decide));
        batch = recorded;
        return recorded;
      };
      return { update };
    },
  },
  {
    does: "rejects with an error of its own",
    noticedBy: "writes nothing and rejects with the very error when the decision throws, and goes on",
    to: (store) => ({
      update: (query, decide) =>
        store.update(query, decide).catch((cause) => Promise.reject(new Error("no", { cause }))),
    }),
  },
  {
    does: "keeps the last line of history alone",
    noticedBy: "keeps the history in the order it was written, several lines of one update too",
    to: writing(({ history }) => ({ history: history.slice(-1) })),
  },
  {
    does: "lists the history newest first",
    noticedBy: "keeps the history in the order it was written, several lines of one update too",
    to: (store) => ({ history: async (id) => [...(await store.history(id))].reverse() }),
  },
  {
    does: "loses what is written while it closes",
    noticedBy: "finishes what is being written before it closes",
    to: (store) => {
      let closed = false;
      return {
        async close() {
          closed = true;
        },
        async update(query, decide) {
          await tick();
          if (closed) throw new Error("closed");
          return store.update(query, decide);
        },
      };
    },
  },
  {
    does: "finds no payment by its provider reference",
    noticedBy: "finds a payment by account and provider reference",
    to: seeing((_, { paymentId }) => (paymentId === undefined ? { record: undefined } : {})),
  },
  {
    does: "keeps the first deadline",
    noticedBy: "goes by the deadline that came with the gateway's answer",
    to: writing(({ record }) => {
      if (record === undefined) return {};
      const { payment } = record;
      return { record: { ...record, payment: { ...payment, expiresAt: payment.createdAt + 60 * 60 * 1000 } } };
    }),
  },
];
