import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Changes, HandlerKey, PaymentRecord, PaymentStore } from "@pay/core/store";
import { postgresStore } from "@pay/postgres";
import { sqliteStore } from "@pay/sqlite";
import {
  changes,
  eventStep,
  insertRequestOf,
  NOON,
  newRecord,
  newRefund,
  newReview,
  newUnmatched,
  step,
} from "@pay/testkit/internal";
import { startPostgres, type TestServer } from "../packages/postgres/test/server.ts";
import { openDatabase, type Row } from "./support/database.ts";

const LATER = NOON + 60_000;
const page = readFileSync(join(import.meta.dirname, "../docs/configuration.md"), "utf8");

interface Drained {
  readonly store: PaymentStore;
  readonly rows: (sql: string) => readonly Row[] | Promise<readonly Row[]>;
}

const folder = mkdtempSync(join(tmpdir(), "pay-drained-"));
let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const OPENED: Readonly<Record<string, () => Promise<Drained>>> = {
  async sqlite() {
    const path = join(folder, "pay.db");
    return { store: sqliteStore(path), rows: openDatabase(path).rows };
  },
  async postgres() {
    const url = await server.database();
    return { store: postgresStore(url), rows: (sql) => server.rows(url, sql) };
  },
};

/** Runs the query that the page gives for this store: the number of each kind of unfinished work. */
async function unfinished(kind: string, { rows }: Drained): Promise<Readonly<Record<string, number>>> {
  const [, sql = ""] = new RegExp(`\`\`\`sql ${kind}\n([\\s\\S]*?)\`\`\``).exec(page)!;
  return Object.fromEntries((await rows(sql)).map((row) => [row.unfinished, Number(row.number)]));
}

async function write(store: PaymentStore, { payment }: PaymentRecord, part: Partial<Changes>): Promise<void> {
  const query = { merchantAccount: payment.merchantAccount, paymentId: payment.id };
  await store.update(query, () => ({ changes: changes(part), result: undefined }));
}

/** Opens a payment that succeeds. Its event is in the outbox. */
async function succeed(store: PaymentStore): Promise<PaymentRecord> {
  const opened = newRecord();
  await store.insert(insertRequestOf(opened));
  const { event, history, record } = eventStep(opened, "payment.succeeded");
  await write(store, opened, { record, history, events: [event], claimsOrder: true });
  return record;
}

const handler = (name: string): HandlerKey => ({ name, type: "payment.succeeded" });

async function lease(store: PaymentStore, name: string) {
  const [delivery] = await store.leaseDeliveries({ now: LATER, until: 2 * LATER, handlers: [handler(name)], limit: 1 });
  return delivery!;
}

/** A payment with all its work done: delivered, refunded, reviewed, asked about. */
async function finish(store: PaymentStore): Promise<void> {
  const record = await succeed(store);
  await store.finishDelivery(await lease(store, "deliver"), { kind: "delivered", at: LATER });
  const refunds = [newRefund({ status: "succeeded" }), newRefund({ status: "failed" })];
  const refunded = step({ ...record, refunds }, { kind: "check_status" });
  await write(store, record, {
    ...refunded,
    reviews: [newReview({ paymentId: record.payment.id, status: "accepted" })],
  });
  const unmatched = newUnmatched({ subject: "REVIEWED" });
  await write(store, newRecord(), { unmatched });
  await write(store, newRecord(), { reviewed: [unmatched] });
}

describe.each(Object.keys(OPENED))(
  "the query in docs/configuration.md that counts what is left in a store: %s",
  (kind) => {
    let drained: Drained;
    let store: PaymentStore;
    beforeAll(async () => {
      drained = await OPENED[kind]!();
      store = drained.store;
      await store.start();
    });
    afterAll(() => store.close());

    it("counts nothing where all work is finished", async () => {
      await store.registerHandlers([handler("deliver")]);
      await finish(store);
      const counted = await unfinished(kind, drained);
      expect(Object.keys(counted)).toHaveLength(8);
      expect(new Set(Object.values(counted))).toEqual(new Set([0]));
    });

    it("counts every kind of unfinished work", async () => {
      await store.registerHandlers(["waits", "runs", "dies"].map(handler));
      const paid = await succeed(store);
      await store.finishDelivery(await lease(store, "deliver"), { kind: "delivered", at: LATER });
      await lease(store, "runs");
      const dead = newReview({ kind: "dead_letter", paymentId: paid.payment.id });
      await store.finishDelivery(await lease(store, "dies"), {
        kind: "dead",
        at: LATER,
        error: "failed",
        review: dead,
      });
      const refunds = (["requested", "pending", "unknown", "succeeded"] as const).map((status) =>
        newRefund({ status }),
      );
      await write(store, paid, { ...step({ ...paid, refunds }, { kind: "check_status" }), checkStatusAt: LATER });
      for (const state of ["created", "pending", "unknown"] as const) {
        await store.insert(insertRequestOf(newRecord({ state })));
      }
      for (let n = 0; n < 4; n++) await succeed(store);
      for (const subject of ["T-1", "T-2"]) await write(store, newRecord(), { unmatched: newUnmatched({ subject }) });
      expect(await unfinished(kind, drained)).toEqual({
        "open payments": 3,
        "refunds under way": 3,
        "status checks": 1,
        "events to dispatch": 4,
        "deliveries to make": 2,
        "dead letters": 1,
        "open reviews": 1,
        "unmatched notifications without a review": 2,
      });
    });
  },
);
