import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { memoryStore, type PaymentId, type PaymentStore } from "@pay/core";
import { type FactToRecord, factDigest, recordFact } from "@pay/core/internal";
import { createIds, type Fact, type PaymentRecord } from "@pay/core/store";
import { providerReference, seeded } from "@pay/testkit/internal";
import { quietLogger } from "./support/quiet-logger.ts";
import { insertRequestOf, newRecord } from "./support/records.ts";
import { testRuns } from "./support/runs.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { type Databases, startDatabases } from "./support/stores.ts";

let databases: Databases;
const stores = new Map<string, PaymentStore>();
beforeAll(async () => {
  databases = await startDatabases();
  stores.set("memory", memoryStore());
  stores.set("sqlite", (await databases.sqlite())());
  stores.set("postgres", (await databases.postgres())());
  for (const store of stores.values()) await store.start();
});
afterAll(async () => {
  for (const store of stores.values()) await store.close();
  await databases.close();
});

const KINDS = ["succeeded", "succeeded", "failed", "pending", "reversed", "unrecognized"] as const;
const AMOUNTS = [
  undefined,
  { value: 1999, currency: "PLN" },
  { value: 1999, currency: "EUR" },
  { value: 1998, currency: "PLN" },
];

/** One notification, or answer to create, about one of three payments in two accounts, with right and wrong names and amounts. */
function factToRecord(random: () => number, run: number, ids: readonly string[]): FactToRecord {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const merchantAccount = pick([`a${run}`, `a${run}`, `b${run}`]);
  const paymentId = pick(ids) as never;
  const name = pick([undefined, "R0", "R1"]);
  const named = name === undefined ? {} : { providerReference: providerReference(`${name}-${run}`) };
  const failureIsFinal = random() < 0.5;
  if (random() < 0.25) {
    const next = pick([{ kind: "wait" }, { kind: "form", sealed: "k1.AAAA" }] as const);
    const fact: Fact = { kind: "create_accepted", next, ...named };
    const query = { merchantAccount, paymentId, ...named, ...(name !== undefined && { adopt: true }) };
    return { query, fact, traits: { failureIsFinal } };
  }
  if (random() < 0.15) {
    const value = pick([999, 1000, 1999]);
    const amount = { value, currency: "PLN" };
    const fact = { kind: "refund_succeeded", refundProviderReference: `F-${value}-${run}`, amount } as const;
    return { query: { merchantAccount, paymentId, digest: factDigest(fact), openReviews: true }, fact };
  }
  const amount = pick(AMOUNTS);
  const fact = { kind: pick(KINDS), providerStatus: "word", ...named, ...(amount !== undefined && { amount }) };
  const digest = factDigest(fact, pick([undefined, "event"]));
  const expected = amount === undefined ? {} : { amount };
  const subject =
    name !== undefined && random() < 0.4
      ? { providerReference: providerReference(`${name}-${run}`) }
      : { paymentId, ...named };
  const unmatched = { merchantAccount, subject: `${name ?? paymentId}`, digest, fact, receivedAt: run };
  return {
    query: { merchantAccount, ...subject, digest, expected },
    fact,
    traits: { failureIsFinal },
    unmatched: () => unmatched,
  };
}

/** A later checkout of the order, for this amount. */
async function openAgain(
  all: readonly { readonly context: { readonly store: PaymentStore } }[],
  ids: PaymentId[],
  { run, step, value }: { readonly run: number; readonly step: number; readonly value: number },
): Promise<void> {
  const id = createIds(() => 2000 + run, seededRandom(run * 100 + step)).payment();
  ids.push(id);
  const record = newRecord({
    id,
    orderId: `order ${run}`,
    merchantAccount: `a${run}`,
    amount: { value, currency: "PLN" },
  });
  const kinds = [];
  for (const { context } of all) kinds.push((await context.store.insert(insertRequestOf(record))).kind);
  expect([run, step, new Set(kinds).size]).toEqual([run, step, 1]);
}

/** A store that decides twice makes more ids, so the refunds that begin at the gateway have other ids there. */
function withoutRefundIds(record: PaymentRecord | undefined): unknown {
  return record && { ...record, refunds: record.refunds?.map(({ id: _, ...refund }) => refund) };
}

describe("whatever is said of payments", () => {
  it("is recorded alike by every store, whether it is decided optimistically or on what was read", async () => {
    const runs = testRuns(process.env.PAY_TEST_RUNS, 40);
    for (let run = 0; run < runs; run++) {
      const now = () => 1000 + run;
      const ids: PaymentId[] = [0, 1, 2].map((n) => createIds(now, seededRandom(run * 7 + n + 1)).payment());
      const logger = quietLogger();
      const all = [...stores].map(([name, store]) => {
        const made = createIds(now, seededRandom(run + 5000));
        return {
          name,
          context: { store, ids: made, now, logger, wakeDelivery() {}, wakeStatusChecks() {}, orderPaid() {} },
        };
      });
      for (const { context } of all) {
        for (const [n, id] of ids.entries()) {
          const merchantAccount = n === 2 ? `b${run}` : `a${run}`;
          const record = newRecord({
            id,
            orderId: `order ${run}`,
            merchantAccount,
            amount: { value: 1999, currency: "PLN" },
          });
          await context.store.insert(insertRequestOf(record));
        }
      }
      const random = seeded(run + 1);
      for (let step = 0; step < 12; step++) {
        const value = [1999, 4999][step % 2]!;
        if (random() < 0.2) await openAgain(all, ids, { run, step, value });
        const toRecord = factToRecord(random, run, ids);
        const seen = [];
        for (const { name, context } of all) {
          const recorded = await recordFact(context, toRecord);
          const sent = "events" in recorded ? recorded.events.map(({ type, late }) => [type, late]) : [];
          const found = [];
          for (const id of ids) {
            const reviews = await context.store.reviewsOfPayment(id);
            found.push(
              withoutRefundIds(await context.store.payment(id)),
              await context.store.history(id),
              reviews.map(({ kind }) => kind).sort(),
              (await context.store.order(`order ${run}`)).paidBy,
            );
          }
          seen.push({ name, recorded: [recorded.kind, sent, found] });
        }
        const [reference, ...others] = seen;
        for (const { name, recorded } of others) {
          expect([run, step, name, recorded]).toEqual([run, step, name, reference!.recorded]);
        }
      }
    }
  }, 600_000);
});
