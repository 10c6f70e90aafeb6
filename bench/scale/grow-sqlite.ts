import { DatabaseSync } from "node:sqlite";
import { sqliteStore } from "@pay/sqlite";
import { keyring } from "../seed/records.ts";
import { timeOfId } from "../seed/time-of-id.ts";
import { startOf } from "./start-of.ts";

/** Payments of one transaction: SQLite keeps what is not committed in memory. */
const CHUNK = 250_000;

/**
 * Makes a file with so many payments that were paid long ago, each with all its rows, as Pay's own would be: opened, accepted,
 * paid, told. A minute apart, the youngest a day old.
 */
export async function growSqlite(path: string, count: number, progress: (done: number) => void): Promise<void> {
  const store = sqliteStore(path);
  await store.start();
  await store.close();
  const db = new DatabaseSync(path);
  // What is made here is no payment of anybody's.
  db.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000");
  const start = startOf(count);
  for (let from = 0; from < count; from += CHUNK) {
    const to = Math.min(from + CHUNK, count);
    db.exec(`BEGIN;
      CREATE TEMP TABLE n AS WITH RECURSIVE n(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ${to})
        SELECT 'pay_' || ${timeOfId(`${start} + n * 60000`)} || printf('%016d', n) AS id, 'order-' || printf('%010d', n) AS orderId, printf('%020x', n) AS providerReference, ${start} + n * 60000 AS at FROM n;
      INSERT INTO payment (id, order_id, state, amount, currency, description, provider_name, adapter, merchant_account,
          provider_reference, created_at, updated_at, expires_at, version, cause, reversed, next, return_success, return_failure, key_id)
        SELECT id, orderId, 'succeeded', 1999, 'PLN', 'VIP for 30 days', 'cards', 'sellly', 'sellly:SHOP1', providerReference, at, at + 30000,
          at + 86400000, 3, 'succeeded', 0, '{"kind":"redirect","url":"https://pay.cashbill.pl/pl/payment/' || providerReference || '"}',
          'https://shop.example/thanks?payment=' || id, 'https://shop.example/sorry?payment=' || id, '${keyring.current.id}' FROM n;
      INSERT INTO history (payment_id, sequence, at, fact, from_state, to_state, reviews)
        SELECT id, 1, at, '{"kind":"opened"}', 'created', 'created', '[]' FROM n;
      INSERT INTO history (payment_id, sequence, at, fact, from_state, to_state, reviews)
        SELECT id, 2, at, '{"kind":"create_accepted","providerReference":"' || providerReference || '"}', 'created', 'pending', '[]' FROM n;
      INSERT INTO history (payment_id, sequence, at, fact, from_state, to_state, reviews)
        SELECT id, 3, at, '{"kind":"succeeded","providerStatus":"OK","providerReference":"' || providerReference || '","details":{"operator":"cashbill"}}', 'pending', 'succeeded', '[]' FROM n;
      INSERT INTO inbox (payment_id, digest, received_at)
        SELECT id, hex(randomblob(16)) || substr(id, -11), at FROM n;
      INSERT INTO order_success (order_id, payment_id) SELECT orderId, id FROM n;
      INSERT INTO outbox (stream, sequence, event_id, type, event, dispatched)
        SELECT id, 3, 'evt_' || substr(id, 5), 'payment.succeeded', printf('{"id":"evt_%s","payment":{"id":"%s"},"filler":"%.600c"}', id, id, 'x'), 1 FROM n;
      INSERT INTO delivery (stream, handler, sequence, type, status, attempts, due_at)
        SELECT id, 'deliver', 3, 'payment.succeeded', 'delivered', 1, at FROM n;
      DROP TABLE temp.n;
      COMMIT`);
    progress(to);
  }
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}
