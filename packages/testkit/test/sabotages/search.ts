import { firstPaymentIdOf } from "@pay/core/internal";
import type { PaymentId, PaymentSearch, PaymentStore, PaymentsFound } from "@pay/core/store";
import type { Sabotage } from "./sabotage.ts";

const NEWEST_FIRST = "lists payments newest first, in any order of saving, each as it is";
const BY_MOMENT = "lists payments created from a moment on and before another one";
const BY_ID = "lists payments from an id on and before another one, also where there are no such payments";
const WHERE = "says where to go on while there may be more, and where it ends";
const ONCE = "lists each payment once, however large pages and windows are";

/** A store that searches for something else than requested. */
const looking = (change: (search: PaymentSearch) => PaymentSearch) => (store: PaymentStore) => ({
  payments: (search: PaymentSearch) => store.payments(change(search)),
});

/** A store that finds something else than its rows. */
const finding = (change: (found: PaymentsFound, search: PaymentSearch) => PaymentsFound) => (store: PaymentStore) => ({
  payments: async (search: PaymentSearch) => change(await store.payments(search), search),
});

const millisecondAfter = (id: PaymentId, store: PaymentStore) =>
  store.payment(id).then((record) => (record === undefined ? id : firstPaymentIdOf(record.payment.createdAt)));

export const SEARCH: readonly Sabotage[] = [
  {
    does: "lists payments oldest first",
    noticedBy: NEWEST_FIRST,
    to: finding(({ payments, ...rest }) => ({ ...rest, payments: payments.toReversed() })),
  },
  {
    does: "lists payments without limit",
    noticedBy: NEWEST_FIRST,
    to: looking((search) => ({ ...search, limit: 1000 })),
  },
  {
    does: "lists payments of every state",
    noticedBy: "lists the payments that are failed, and no others",
    to: looking(({ state: _, ...search }) => search),
  },
  {
    does: "takes all open states for one when it lists",
    noticedBy: "lists the payments that are unknown, and no others",
    to: looking((search) => (search.state === "unknown" ? { ...search, state: "pending" } : search)),
  },
  {
    does: "forgets the provider where it looks for a state",
    noticedBy: "lists the payments that are pending, and no others",
    to: looking(({ providerName: provider, ...search }) =>
      search.state === undefined && provider !== undefined ? { ...search, providerName: provider } : search,
    ),
  },
  {
    does: "lists payments of every provider",
    noticedBy: "lists the payments of a provider or an order, and no others",
    to: looking(({ providerName: _, ...search }) => search),
  },
  {
    does: "lists payments of every order",
    noticedBy: "lists the payments of a provider or an order, and no others",
    to: looking(({ orderId: _, ...search }) => search),
  },
  {
    does: "lists no payments of the first moment",
    noticedBy: BY_MOMENT,
    to: looking(({ createdFrom, ...search }) => ({
      ...search,
      ...(createdFrom !== undefined && { createdFrom: createdFrom + 1 }),
    })),
  },
  {
    does: "lists payments of the last moment",
    noticedBy: BY_MOMENT,
    to: looking(({ createdBefore, ...search }) => ({
      ...search,
      ...(createdBefore !== undefined && { createdBefore: createdBefore + 1 }),
    })),
  },
  { does: "ignores from which id it is to list", noticedBy: BY_ID, to: looking(({ idFrom: _, ...search }) => search) },
  {
    does: "ignores before which id it is to list, where it looks for an order",
    noticedBy: BY_ID,
    to: looking(({ idBefore, ...search }) =>
      search.orderId === undefined && idBefore !== undefined ? { ...search, idBefore } : search,
    ),
  },
  {
    does: "says that there is more where there is not",
    noticedBy: WHERE,
    to: finding(({ next, payments }) => {
      const last = next ?? payments.at(-1)?.payment.id;
      return { payments, ...(last !== undefined && { next: last }) };
    }),
  },
  {
    does: "ends where the page is full",
    noticedBy: ONCE,
    to: finding(({ next, payments }, { limit }) => ({ payments, ...(payments.length < limit && next && { next }) })),
  },
  {
    does: "ends where nothing in a window fits",
    noticedBy: ONCE,
    to: finding(({ next, payments }) => ({ payments, ...(payments.length > 0 && next && { next }) })),
  },
  {
    does: "goes on after the window where the page was full before",
    noticedBy: ONCE,
    to: (store) => ({
      async payments(search) {
        const found = await store.payments(search);
        const { next } = await store.payments({ ...search, limit: 1000 });
        return { payments: found.payments, ...((next ?? found.next) && { next: next ?? found.next! }) };
      },
    }),
  },
  {
    does: "goes on by time alone, past those created at the same moment",
    noticedBy: "lists each of the payments once that were created at the same moment",
    to: (store) => ({
      async payments(search) {
        const { idBefore } = search;
        if (idBefore === undefined) return store.payments(search);
        return store.payments({ ...search, idBefore: await millisecondAfter(idBefore, store) });
      },
    }),
  },
  {
    does: "goes on from the start where the payment it stopped at is gone",
    noticedBy: "goes on where it was after the payment it stopped at is gone",
    to: (store) => ({
      async payments({ idBefore, ...search }) {
        const isThere = idBefore !== undefined && (await store.payment(idBefore)) !== undefined;
        return store.payments({ ...search, ...(isThere && { idBefore }) });
      },
    }),
  },
  {
    does: "counts what came since, and passes over as many",
    noticedBy: "lists each payment once while others come and states change",
    to: (store) => {
      let given = 0;
      return {
        async payments({ idBefore, ...search }) {
          if (idBefore === undefined) given = 0;
          const { payments } = await store.payments({ ...search, limit: 1000, window: 1000 });
          const page = payments.slice(given, given + search.limit);
          given += page.length;
          const last = given < payments.length ? page.at(-1)?.payment.id : undefined;
          return { payments: page, ...(last !== undefined && { next: last }) };
        },
      };
    },
  },
];
