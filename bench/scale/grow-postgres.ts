import { postgresStore } from "@pay/postgres";
import pg from "pg";
import { keyring } from "../seed/records.ts";
import { timeOfId } from "../seed/time-of-id.ts";
import { startOf } from "./start-of.ts";

/** Payments per transaction. */
const CHUNK = 100_000;

/** Fills a database with so many payments that were paid long ago, as `growSqlite` fills a file. */
export async function growPostgres(url: string, count: number, progress: (done: number) => void): Promise<void> {
  const store = postgresStore(url);
  await store.start();
  await store.close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // What is made here is no payment of anybody's.
    await client.query("SET synchronous_commit = off");
    const start = startOf(count);
    for (let from = 0; from < count; from += CHUNK) {
      const to = Math.min(from + CHUNK, count);
      await client.query(rowsOf(from, to, start));
      progress(to);
    }
    await client.query("VACUUM ANALYZE");
    await client.query("CHECKPOINT");
  } finally {
    await client.end();
  }
}

function rowsOf(from: number, to: number, start: number): string {
  return `BEGIN;
    CREATE TEMP TABLE n ON COMMIT DROP AS
      SELECT 'pay_' || ${timeOfId(`${start} + n::bigint * 60000`)} || lpad(n::text, 16, '0') AS id, 'order-' || lpad(n::text, 10, '0') AS order_id,
        lpad(to_hex(n), 20, '0') AS provider_reference, ${start} + n::bigint * 60000 AS at
      FROM generate_series(${from}, ${to - 1}) AS n;
    INSERT INTO pay.payment (id, order_id, state, amount, currency, description, provider_name, adapter, merchant_account,
        provider_reference, created_at, updated_at, expires_at, version, cause, reversed, next, return_success, return_failure, key_id)
      SELECT id, order_id, 'succeeded', 1999, 'PLN', 'VIP for 30 days', 'cards', 'sellly', 'sellly:SHOP1', provider_reference, at, at + 30000,
        at + 86400000, 3, 'succeeded', false,
        jsonb_build_object('kind', 'redirect', 'url', 'https://pay.cashbill.pl/pl/payment/' || provider_reference),
        'https://shop.example/thanks?payment=' || id, 'https://shop.example/sorry?payment=' || id, '${keyring.current.id}' FROM n;
    INSERT INTO pay.history (payment_id, sequence, at, fact, from_state, to_state, reviews)
      SELECT id, 1, at, '{"kind":"opened"}', 'created', 'created', '[]' FROM n;
    INSERT INTO pay.history (payment_id, sequence, at, fact, from_state, to_state, reviews)
      SELECT id, 2, at, jsonb_build_object('kind', 'create_accepted', 'providerReference', provider_reference), 'created', 'pending', '[]' FROM n;
    INSERT INTO pay.history (payment_id, sequence, at, fact, from_state, to_state, reviews)
      SELECT id, 3, at, jsonb_build_object('kind', 'succeeded', 'providerStatus', 'OK', 'providerReference', provider_reference), 'pending', 'succeeded', '[]' FROM n;
    INSERT INTO pay.inbox (payment_id, digest, received_at) SELECT id, md5(id) || right(id, 11), at FROM n;
    INSERT INTO pay.order_success (order_id, payment_id) SELECT order_id, id FROM n;
    INSERT INTO pay.outbox (stream, sequence, event_id, type, occurred_at, late, state, provider_reference, updated_at, expires_at, dispatched)
      SELECT id, 3, 'evt_' || substr(id, 5), 'payment.succeeded', at, false, 'succeeded', provider_reference, at, at + 86400000, true FROM n;
    INSERT INTO pay.delivery (stream, handler, sequence, type, status, attempts, due_at)
      SELECT id, 'deliver', 3, 'payment.succeeded', 'delivered', 1, at FROM n;
    COMMIT`;
}

/** Bytes of everything that Pay keeps in a database. */
export async function bytesOf(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT pg_database_size(current_database())::float8 AS bytes");
    return rows[0].bytes;
  } finally {
    await client.end();
  }
}
