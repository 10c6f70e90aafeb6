import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import type { PaymentRecord } from "@pay/core/store";
import { sqliteStore } from "@pay/sqlite";
import { INSERT_PAYMENT, paymentValues } from "../../packages/sqlite/src/rows.ts";
import { openPayment } from "./records.ts";

/** Creates a file with this many open payments in Pay's schema, the newest last. Returns them in that order. */
export async function seedSqlite(
  path: string,
  providerName: "cards" | "psc",
  count: number,
): Promise<readonly PaymentRecord[]> {
  const store = sqliteStore(path);
  await store.start();
  await store.close();
  const db = new DatabaseSync(path);
  const insertPayment = db.prepare(INSERT_PAYMENT);
  const insertHistory = db.prepare(
    "INSERT INTO history (payment_id, sequence, at, fact, from_state, to_state, reviews) VALUES (?, ?, ?, ?, ?, ?, '[]')",
  );
  const start = Date.now() - count;
  db.exec("BEGIN");
  const records = Array.from({ length: count }, (_, n) => {
    const { history, record } = openPayment(providerName, start + n);
    insertPayment.run(...paymentValues(record));
    for (const { at, fact, from, sequence, to } of history)
      insertHistory.run(record.payment.id, sequence, at, JSON.stringify(fact), from, to);
    return record;
  });
  db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return records;
}

/** Counts the notifications in a file's inbox. */
export function inboxRows(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const { count } = db.prepare("SELECT count(*) AS count FROM inbox").get() as { count: number };
  db.close();
  return count;
}

/** Resolves when every event in a file has been delivered. */
export async function allDelivered(path: string): Promise<void> {
  const db = new DatabaseSync(path, { readOnly: true });
  const open = db.prepare(
    `SELECT EXISTS (SELECT 1 FROM outbox WHERE dispatched = 0)
       OR EXISTS (SELECT 1 FROM delivery WHERE status IN ('due', 'leased')) AS found`,
  );
  while (open.get()?.found === 1) await wait(5);
  db.close();
}
