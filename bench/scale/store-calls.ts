import type { PaymentId, PaymentStore } from "@pay/core/store";
import { postgresStore } from "@pay/postgres";
import { sqliteStore } from "@pay/sqlite";
import { spreadOf } from "../harness/pairs.ts";
import { openPayment } from "../seed/records.ts";

/** Medians in milliseconds. */
export interface StoreCalls {
  /** What a checkout waits for. */
  readonly open: number;
  /** What a page about one order asks: its payments, and one's history, refunds and deliveries. */
  readonly page: number;
  /** What the sweep asks each time. */
  readonly sweep: number;
  /** Removing a thousand payments that are older than a year. */
  readonly prune: number;
}

/** The store's own calls, one after the other, on what is there. */
export default async function serve({ kind, place }: { kind: "sqlite" | "postgres"; place: string }) {
  const store: PaymentStore = kind === "sqlite" ? sqliteStore(place) : postgresStore(place);
  await store.start();
  return { run: (count: number) => measure(store, count), close: () => store.close() };
}

async function measure(store: PaymentStore, count: number): Promise<StoreCalls> {
  const opened = Array.from({ length: count }, () => openPayment("cards", Date.now()));
  const open = await medianOf(count, async (n) => {
    const { history, record } = opened[n]!;
    await store.open({ record, entry: history[0]! });
  });
  const page = await medianOf(count, async (n) => {
    const { id, orderId } = opened[n]!.record.payment;
    await store.paymentsOfOrder(orderId);
    await store.history(id as PaymentId);
    await store.deliveries(id as PaymentId);
    await store.reviewsOfPayment(id as PaymentId);
  });
  const now = Date.now();
  const sweep = await medianOf(20, async () => {
    await store.overdue(now, now - 60_000, 100);
    await store.staleOrphans(now - 3_600_000, 100);
    await store.openReviews(100);
  });
  const prune = await medianOf(3, async () => {
    await store.prune({ before: now - 365 * 86_400_000, limit: 1000 });
  });
  return { open, page, sweep, prune };
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
