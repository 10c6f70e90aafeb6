import type { PaymentQuery } from "@pay/core";
import { firstPaymentIdOf, listPayments } from "@pay/core/internal";
import type { PaymentId, PaymentStore } from "@pay/core/store";
import { postgresStore } from "@pay/postgres";
import { sqliteStore } from "@pay/sqlite";
import { spreadOf } from "../harness/pairs.ts";
import { openPayment } from "../seed/records.ts";

/** Medians in milliseconds. */
export interface StoreCalls {
  /** The calls that a checkout waits for. */
  readonly open: number;
  /** The calls of a page about one order: its payments, and the history, refunds and deliveries of one. */
  readonly page: number;
  /** The newest fifty payments; fifty before a random moment; and a full call in search of failed payments that finds none. */
  readonly list: number;
  readonly listDeep: number;
  readonly listInVain: number;
  /** The calls of each sweep. */
  readonly sweep: number;
  /** The removal of a thousand payments that are older than a year. */
  readonly prune: number;
}

export interface Place {
  readonly kind: "sqlite" | "postgres";
  readonly place: string;
  /** When the first payment was created, in Unix milliseconds. */
  readonly oldest: number;
}

const OPEN = { kind: "open", changes: [], releasesOrder: false } as const;

/** Measures the store's own calls, one after the other, on the stored payments. */
export default async function serve({ kind, place, oldest }: Place) {
  const store: PaymentStore = kind === "sqlite" ? sqliteStore(place) : postgresStore(place);
  await store.start();
  return { run: (count: number) => measure(store, oldest, count), close: () => store.close() };
}

async function measure(store: PaymentStore, oldest: number, count: number): Promise<StoreCalls> {
  const opened = Array.from({ length: count }, () => openPayment("cards", Date.now()));
  const open = await medianOf(count, async (n) => {
    const { history, record } = opened[n]!;
    await store.insert({ record, entry: history[0]!, decide: () => OPEN });
  });
  const page = await medianOf(count, async (n) => {
    const { id, orderId } = opened[n]!.record.payment;
    await store.order(orderId);
    await store.history(id as PaymentId);
    await store.deliveries(id as PaymentId);
    await store.reviewsOfPayment(id as PaymentId);
  });
  const lists = await measureLists(store, oldest, count);
  const now = Date.now();
  const sweep = await medianOf(20, async () => {
    await store.overdue(now, now - 60_000, 100);
    await store.staleUnmatched(now - 3_600_000, 100);
    await store.openReviews(100);
  });
  const prune = await medianOf(3, async () => {
    await store.prune({ before: now - 365 * 86_400_000, limit: 1000 });
  });
  return { open, page, ...lists, sweep, prune };
}

async function measureLists(store: PaymentStore, oldest: number, count: number) {
  const of = (query: PaymentQuery) => listPayments(store, query);
  const fifty = async (query: PaymentQuery) => {
    const { length } = (await of(query)).payments;
    if (length !== 50) throw new Error(`A page has ${length} payments instead of 50.`);
  };
  // There is one payment per minute, so a moment in the first hour may have fewer than fifty before it.
  const span = Date.now() - oldest - 7_200_000;
  return {
    list: await medianOf(count, () => fifty({})),
    listDeep: await medianOf(count, () =>
      fifty({ after: firstPaymentIdOf(Math.round(Date.now() - Math.random() * span)) }),
    ),
    listInVain: await medianOf(50, () => of({ state: "failed" })),
  };
}

async function medianOf(count: number, call: (n: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    await call(n);
    times.push(performance.now() - start);
  }
  return spreadOf(times).median;
}
