import assert from "node:assert/strict";
import type { PaymentRecord, PaymentSearch, PaymentState, PaymentStore } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  idsAt,
  MINUTE,
  NOON,
  newRecord,
  OTHER_ACCOUNT,
  providerReference,
  SECOND,
  step,
} from "../fixtures/records.ts";
import { open, pay, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

/** Tests the search through payments, page by page. */
export function testSearch(check: Check): void {
  fitting(check);
  paging(check);
  meanwhile(check);
}

const STATES = ["created", "pending", "unknown", "succeeded", "failed", "expired", "canceled"] as const;
const newestFirst = (records: readonly PaymentRecord[]) =>
  [...records].sort((a, b) => (a.payment.id < b.payment.id ? 1 : -1));
const ids = (records: readonly PaymentRecord[]) => records.map(({ payment }) => payment.id);

/** Follows `next` to the end. Each page must keep the limit and lead further back. */
async function listed(
  store: PaymentStore,
  search: Partial<PaymentSearch>,
  between: () => Promise<unknown> = async () => {},
): Promise<readonly PaymentRecord[]> {
  const found: PaymentRecord[] = [];
  const { limit = 50, window = 1000 } = search;
  let before = search.idBefore;
  for (;;) {
    const { next, payments } = await store.payments({
      ...search,
      ...(before !== undefined && { idBefore: before }),
      limit,
      window,
    });
    assert.ok(payments.length <= limit, "no more than asked for");
    found.push(...payments);
    if (next === undefined) return found;
    assert.ok(before === undefined || next < before, "the next one is further back");
    before = next;
    await between();
  }
}

/** Opens a payment and moves it to a state. */
async function openIn(store: PaymentStore, state: PaymentState, opened: PaymentRecord): Promise<PaymentRecord> {
  await open(store, opened);
  if (state === "created") return opened;
  if (state === "succeeded") return pay(store, opened);
  const { record, history } = step(opened, { kind: "unrecognized" }, { state });
  await write(store, opened, { record, history });
  return record;
}

/** Opens several payments of each state, of two providers, a minute apart and in mixed order. */
async function many(store: PaymentStore, copies = 3): Promise<readonly PaymentRecord[]> {
  const kept: PaymentRecord[] = [];
  for (let n = 0; n < copies * STATES.length; n++) {
    // 5 and the number of payments have no common factor, so each minute occurs once.
    const minute = (n * 5) % (copies * STATES.length);
    const provider = minute % 3 === 0 ? "cards" : "psc";
    const orderId = minute % 4 === 0 ? "order 1" : `order of minute ${minute}`;
    const opened = newRecord({ createdAt: NOON + minute * MINUTE, providerName: provider, orderId });
    const state = orderId === "order 1" && STATES[n % 7] === "succeeded" ? "failed" : STATES[n % 7]!;
    kept.push(await openIn(store, state, opened));
  }
  return newestFirst(kept);
}

function fitting(check: Check): void {
  check("lists payments newest first, in any order of saving, each as it is", async (store) => {
    same(await store.payments({ limit: 10, window: 10 }), { payments: [] });
    const all = await many(store);
    same(await store.payments({ limit: 100, window: 100 }), { payments: all });
    same((await store.payments({ limit: 4, window: 100 })).payments, all.slice(0, 4));
  });

  for (const state of STATES) {
    check(`lists the payments that are ${state}, and no others`, async (store) => {
      const all = await many(store);
      const fit = all.filter(({ payment }) => payment.state === state);
      same(await listed(store, { state }), fit);
      same(await listed(store, { state, providerName: "psc" }), ofProvider(fit, "psc"));
      same(await listed(store, { state, limit: 1, window: 2 }), fit);
    });
  }

  check(
    "lists payments by provider reference, whatever their account, by amount and by part of the order's id",
    async (store) => {
      const amounts = [1999, 2999].map((value) => ({ value, currency: "PLN" }));
      const records = [0, 1, 2, 3, 4, 5].map((n) =>
        newRecord({
          createdAt: NOON + n * MINUTE,
          orderId: `Zamówienie ${n}/2026_%`,
          merchantAccount: n < 3 ? ACCOUNT : OTHER_ACCOUNT,
          amount: n === 5 ? { value: 1999, currency: "EUR" } : amounts[n % 2]!,
          ...(n % 3 > 0 && { providerReference: providerReference(`T-${n % 3}`) }),
        }),
      );
      await open(store, ...records);
      const [r0, r1, r2, r3, r4, r5] = records as [PaymentRecord, ...PaymentRecord[]];
      same(await listed(store, { providerReference: "T-1" }), [r4, r1]);
      same(await listed(store, { providerReference: "T-1", limit: 1, window: 1 }), [r4, r1]);
      same(await listed(store, { providerReference: "T-" }), []);
      same(await listed(store, { amount: amounts[0]! }), [r4, r2, r0]);
      same(await listed(store, { amount: amounts[0]!, limit: 1, window: 2 }), [r4, r2, r0]);
      same(await listed(store, { amount: { value: 1999, currency: "EUR" } }), [r5]);
      same(await listed(store, { orderIdContains: "ówienie 3/" }), [r3]);
      same(await listed(store, { orderIdContains: "/2026_%", window: 2 }), [r5, r4, r3, r2, r1, r0]);
      // Neither a pattern nor another case.
      same(await listed(store, { orderIdContains: "/2_26" }), []);
      same(await listed(store, { orderIdContains: "zam" }), []);
      same(await listed(store, { orderIdContains: "Zam", amount: amounts[1]!, providerReference: "T-1" }), [r1]);
      same(await listed(store, { orderId: r1!.payment.orderId, providerReference: "T-2" }), []);
    },
  );

  check("lists the payments of a provider or an order, and no others", async (store) => {
    const all = await many(store);
    same(await listed(store, { providerName: "cards" }), ofProvider(all, "cards"));
    same(await listed(store, { providerName: "card" }), []);
    const ofOrder = all.filter(({ payment }) => payment.orderId === "order 1");
    same(await listed(store, { orderId: "order 1" }), ofOrder);
    same(
      await listed(store, { orderId: "order 1", providerName: "psc", limit: 1, window: 1 }),
      ofProvider(ofOrder, "psc"),
    );
    same(await listed(store, { orderId: "order 2" }), []);
  });

  check("lists payments created from a moment on and before another one", async (store) => {
    const all = await many(store);
    const [from, to] = [NOON + 5 * MINUTE, NOON + 9 * MINUTE];
    const fit = all.filter(({ payment: { createdAt } }) => createdAt >= from && createdAt < to);
    same(fit.length, 4);
    same(await listed(store, { createdFrom: from, createdBefore: to }), fit);
    same(await listed(store, { createdFrom: from, createdBefore: to, window: 3 }), fit);
    same(
      await listed(store, { createdFrom: to }),
      all.filter(({ payment }) => payment.createdAt >= to),
    );
    const state = "pending";
    same(
      await listed(store, { createdBefore: to, state }),
      all.filter(({ payment }) => payment.createdAt < to && payment.state === state),
    );
  });

  check("lists payments from an id on and before another one, also where there are no such payments", async (store) => {
    const all = await many(store);
    const [newest, oldest] = [all[3]!.payment.id, all[9]!.payment.id];
    for (const rest of [
      {},
      { window: 2 },
      { providerName: "psc" },
      { state: "pending" as const },
      { orderId: "order 1" },
    ]) {
      const fit = all.filter(({ payment }) =>
        Object.entries(rest).every(([key, value]) => key === "window" || payment[key as "state"] === value),
      );
      const within = (from: string, before: string) => fit.filter(({ payment: { id } }) => id >= from && id < before);
      same(await listed(store, { ...rest, idFrom: oldest, idBefore: newest }), within(oldest, newest));
      const [no, nobody] = [idsAt(NOON + 3 * MINUTE + SECOND).payment(), idsAt(NOON + 9 * MINUTE - SECOND).payment()];
      same(await listed(store, { ...rest, idFrom: no, idBefore: nobody }), within(no, nobody));
      same(await listed(store, { ...rest, idFrom: newest, idBefore: oldest }), []);
    }
  });
}

const ofProvider = (records: readonly PaymentRecord[], provider: string) =>
  records.filter(({ payment }) => payment.providerName === provider);

function paging(check: Check): void {
  check("says where to go on while there may be more, and where it ends", async (store) => {
    const all = await many(store, 1);
    const third = all[2]!.payment.id;
    same(await store.payments({ limit: 3, window: 4 }), { payments: all.slice(0, 3), next: third });
    same(await store.payments({ limit: 3, window: 4, idBefore: third }), {
      payments: all.slice(3, 6),
      next: all[5]!.payment.id,
    });
    same(await store.payments({ limit: 3, window: 4, idBefore: all[5]!.payment.id }), { payments: all.slice(6) });
    same(await store.payments({ limit: 3, window: 4, idBefore: all[6]!.payment.id }), { payments: [] });
    same(await store.payments({ limit: 7, window: 8 }), { payments: all });
  });

  check("lists each payment once, however large pages and windows are", async (store) => {
    const all = await many(store);
    for (const limit of [1, 2, 3, 21, 22]) {
      for (const window of [1, 2, 5, 21, 22]) {
        same(ids(await listed(store, { limit, window })), ids(all), `limit ${limit}, window ${window}`);
        const failed = all.filter(({ payment }) => payment.state === "failed");
        same(ids(await listed(store, { limit, window, state: "failed" })), ids(failed));
      }
    }
  });

  check("lists each of the payments once that were created at the same moment", async (store) => {
    const saved = Array.from({ length: 12 }, () => newRecord({ createdAt: NOON }));
    await open(store, ...saved);
    const all = newestFirst(saved);
    for (const limit of [1, 5, 12]) {
      same(ids(await listed(store, { limit })), ids(all));
      same(ids(await listed(store, { limit, createdFrom: NOON, createdBefore: NOON + 1 })), ids(all));
      same(ids(await listed(store, { limit, state: "created", window: 4 })), ids(all));
    }
  });
}

function meanwhile(check: Check): void {
  check("lists each payment once while others come and states change", async (store) => {
    const all = await many(store);
    let later = 0;
    const arriving = async () => {
      later++;
      await open(store, newRecord({ createdAt: NOON + 100 * MINUTE + later }));
      const { payment } = all[later % all.length]!;
      const record = await store.payment(payment.id);
      assert.ok(record);
      await write(store, record, step(record, { kind: "unrecognized" }, { state: "pending" }));
    };
    for (const search of [{ limit: 2 }, { limit: 3, window: 2 }]) {
      const before = all[0]!.payment.id;
      const found = ids(await listed(store, { ...search, idBefore: before }, arriving));
      same(found, ids(all.slice(1)));
    }
    // A payment that keeps its state the whole time is listed once.
    const closed = (await listed(store, {})).filter(({ payment }) => payment.state === "canceled");
    const arrive = async () => open(store, newRecord({ createdAt: NOON + 200 * MINUTE + later++ }));
    same(ids(await listed(store, { state: "canceled", limit: 1, window: 3 }, arrive)), ids(closed));
  });

  check("goes on where it was after the payment it stopped at is gone", async (store) => {
    const all: PaymentRecord[] = [];
    for (let n = 0; n < 6; n++) all.push(await openIn(store, "failed", newRecord({ createdAt: NOON + n * MINUTE })));
    const [first, ...rest] = newestFirst(all);
    const { next, payments } = await store.payments({ limit: 1, window: 10 });
    same(payments, [first]);
    await store.prune({ before: NOON + 1000 * MINUTE, limit: 1000 });
    same(await listed(store, { idBefore: next! }), []);
    await open(store, newRecord({ createdAt: NOON + 100 * MINUTE }));
    await open(store, ...rest.map(({ payment: { createdAt } }) => newRecord({ createdAt })));
    same((await listed(store, { idBefore: next! })).length, 5);
  });
}
