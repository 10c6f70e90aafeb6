import {
  CANDIDATE_WINDOW,
  firstPaymentIdOf,
  PayError,
  type PaymentId,
  type PaymentStore,
  type StorePackage,
} from "@pay/core/store";
import type { Pool } from "pg";
import { checkSameDatabase, describeAddress } from "./connection.ts";
import {
  deliverInTransaction,
  deliveries,
  FAILING,
  type FinishedRow,
  finishDeliveries,
  finishedRow,
  leaseDeliveries,
  nextDeliveryAt,
  registerHandlers,
} from "./delivery.ts";
import { startError, storeError } from "./errors.ts";
import { createGroup } from "./group.ts";
import { checkOptions, type PostgresOptions } from "./options.ts";
import { openPools, type Pools } from "./pools.ts";
import { prune } from "./prune.ts";
import { deliveryStatus, historyEntry, paymentRecord, type Row, review, type Sql, unmatched } from "./rows.ts";
import { checkReadable, prepareDatabase } from "./schema.ts";
import { search } from "./search.ts";
import { HOLDING_EXPIRY, OPEN, REFUND_UNDER_WAY } from "./sql-lists.ts";
import { finishStatusCheck, leaseStatusChecks } from "./status.ts";
import { insert, orderSnapshot, type QueryRow, update, updateAll } from "./update.ts";
import { startWorker } from "./worker.ts";

const OVERDUE = `
  SELECT * FROM pay.payment WHERE id IN (
    SELECT id FROM pay.payment p WHERE state IN ${OPEN} AND expires_at <= $1
      AND NOT EXISTS (SELECT FROM pay.review WHERE payment_id = p.id AND status = 'open' AND kind IN ${HOLDING_EXPIRY})
    UNION ALL SELECT id FROM pay.payment WHERE state = 'created' AND created_at <= $2
  ) ORDER BY id LIMIT $3`;

/** Two index lookups: a start must not read every payment. Exported for the test of its plan. */
export const OPEN_PAYMENTS_BY_ACCOUNT: string = `
  WITH
    open AS (SELECT id FROM pay.payment WHERE state IN ${OPEN}),
    refunding AS (
      SELECT id FROM pay.payment WHERE refunds IS NOT NULL
        AND EXISTS (SELECT FROM jsonb_array_elements(refunds) AS r WHERE r->>'status' IN ${REFUND_UNDER_WAY})
    )
  SELECT min(adapter) AS adapter, merchant_account, provider_name, key_id,
    count(*) FILTER (WHERE id IN (SELECT id FROM open)) AS payments,
    count(*) FILTER (WHERE id IN (SELECT id FROM refunding)) AS refunds
  FROM pay.payment WHERE id IN (SELECT id FROM open UNION SELECT id FROM refunding)
  GROUP BY merchant_account, provider_name, key_id
  ORDER BY merchant_account, provider_name COLLATE "C", key_id COLLATE "C"`;

/** One statement: as of one moment. */
const ORDER = `
  SELECT s.payment_id AS paid_by, p.* FROM (SELECT $1::text AS id) wanted
  LEFT JOIN pay.order_success s ON s.order_id = wanted.id LEFT JOIN pay.payment p ON p.order_id = wanted.id ORDER BY p.id`;

const STALE_UNMATCHED = `
  SELECT * FROM pay.unmatched WHERE NOT reviewed AND received_at <= $1 ORDER BY received_at, digest LIMIT $2`;

const NEWEST = "AND provider_reference IS NULL AND created_at <= $2 ORDER BY created_at DESC, id DESC LIMIT $3";
/** The newest of each index, and of all payments a window: what they are ranked by is in no index. */
const CANDIDATES = `
  SELECT id FROM pay.payment
  WHERE merchant_account = $1 AND created_at <= $2 AND id = ANY (ARRAY(
    (SELECT id FROM pay.payment WHERE merchant_account = $1 AND buyer_digest = $4 ${NEWEST})
    UNION ALL (SELECT id FROM pay.payment WHERE merchant_account = $1 ${NEWEST})
    UNION ALL (SELECT id FROM pay.payment WHERE id < $7 ORDER BY id DESC LIMIT $8)
  ))
  ORDER BY coalesce(buyer_digest = $4, false) DESC, coalesce(amount = $5::bigint AND currency = $6::text, false) DESC,
    provider_reference IS NULL DESC, created_at DESC, id DESC LIMIT $3`;

interface Opened {
  readonly pools: Pools;
  readonly sql: Sql;
  /** One query of `pay.update_all`, in the next statement. */
  readonly updateOne: (query: QueryRow) => Promise<Row>;
  /** One delivery of `pay.finish_deliveries`, in the next statement. */
  readonly finishOne: (finished: FinishedRow) => Promise<unknown>;
  /** Errors that came from pg. */
  readonly thrown: WeakSet<WeakKey>;
}

/** Host, port and database, for errors. */
interface Names {
  readonly direct: string;
  readonly pool: string;
}

/**
 * Keeps payments in PostgreSQL, in the schema `pay`, for any number of instances. Deliveries run on graphile-worker, in the
 * schema `graphile_worker` of the same database. Every commit is durable (`synchronous_commit` is on for it). The store holds
 * no lock between two statements, and any connection serves any statement, so a transaction-mode pooler may stand between.
 *
 * @param options the database's URL, or the options
 * @throws PayError `INVALID_CONFIG` naming the wrong option. From `start()`: `STORE_INCOMPATIBLE` for a newer or damaged schema,
 * an old server or one that may lose commits, all left as they are; `INVALID_CONFIG` if `directUrl` leads to another database;
 * `STORE_UNAVAILABLE` if the database cannot be reached or lacks a right
 */
export function postgresStore(options: string | PostgresOptions): PaymentStore {
  const { url, directUrl = url, listen = true, connections = 10 } = checkOptions(options);
  const working = new Set<Promise<unknown>>();
  let opened: Opened | undefined;
  let isTaken = false;

  function use(): Opened {
    if (opened === undefined) throw new PayError("NOT_STARTED", "The store is not open.");
    return opened;
  }

  async function open(isToRead: boolean, check: (pools: Pools, names: Names) => Promise<void>): Promise<void> {
    // The first Pay or reader to close it would close it for both.
    if (isTaken) {
      const remedy = "store is open already: give each Pay and each reader a postgresStore() of its own.";
      throw new PayError("INVALID_CONFIG", remedy, { field: "store" });
    }
    isTaken = true;
    const pools = openPools(url, directUrl, connections);
    const names = { direct: describeAddress(directUrl), pool: describeAddress(url) };
    try {
      await check(pools, names);
      opened = { pools, ...statementsOn(pools.pool) };
    } catch (error) {
      isTaken = false;
      // Nothing was written that a later statement depends on, and a server that rejected us may be slow to end.
      pools.cut();
      await pools.end();
      throw startError(error, names.direct, isToRead);
    }
  }

  /** Errors of pg become errors of the store. What the rule throws stays as it is. */
  async function guarded<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    const connected = use();
    const running = work(connected);
    working.add(running);
    try {
      return await running;
    } catch (error) {
      throw connected.thrown.has(error as WeakKey) ? storeError(error) : error;
    } finally {
      working.delete(running);
    }
  }

  async function all(text: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    const rows = await guarded(({ sql }) => sql(`SELECT to_jsonb(t) AS row FROM (${text}) t`, values));
    return rows.map(({ row }) => row as Row);
  }

  return {
    start: () =>
      open(false, async ({ direct, pool }, names) => {
        if (direct !== pool) await checkSameDatabase(direct, pool, names);
        await prepareDatabase(direct, names.direct);
      }),
    openReadOnly: () => open(true, ({ pool }, names) => checkReadable(pool, names.pool)),
    async close() {
      if (opened === undefined) return;
      const { pools } = opened;
      opened = undefined;
      isTaken = false;
      await Promise.allSettled(working);
      await pools.end();
    },

    insert: (request) => guarded(({ sql }) => insert(sql, request)),
    update: (query, decide) => guarded(({ sql, updateOne }) => update(sql, updateOne, query, decide)),

    payment: async (id) => (await all("SELECT * FROM pay.payment WHERE id = $1", id)).map(paymentRecord)[0],
    async paymentByProviderReference(merchantAccount, providerReference) {
      const found = "SELECT * FROM pay.payment WHERE merchant_account = $1 AND provider_reference = $2";
      return (await all(found, merchantAccount, providerReference)).map(paymentRecord)[0];
    },
    async order(orderId) {
      const rows = await all(ORDER, orderId);
      return orderSnapshot(
        rows[0]?.paid_by,
        rows.filter(({ id }) => id !== null),
      );
    },
    payments: (wanted) => guarded(({ sql }) => search(sql, wanted)),
    history: async (id) =>
      (await all("SELECT * FROM pay.history WHERE payment_id = $1 ORDER BY sequence", id)).map(historyEntry),
    openReviews: async (limit) =>
      (await all("SELECT * FROM pay.review WHERE status = 'open' ORDER BY opened_at, id LIMIT $1", limit)).map(review),
    reviewsOfPayment: async (id) =>
      (await all("SELECT * FROM pay.review WHERE payment_id = $1 ORDER BY opened_at, id", id)).map(review),
    review: async (id) => (await all("SELECT * FROM pay.review WHERE id = $1", id)).map(review)[0],

    registerHandlers: (handlers) => guarded(({ sql }) => registerHandlers(sql, handlers)),
    leaseDeliveries: (request) => guarded(({ sql }) => leaseDeliveries(sql, request)),
    finishDelivery: (delivery, outcome) =>
      guarded(async ({ finishOne }) => void (await finishOne(finishedRow(delivery, outcome)))),
    nextDeliveryAt: (after, handlers) => guarded(({ sql }) => nextDeliveryAt(sql, after, handlers)),
    deliveries: (id) => guarded(({ sql }) => deliveries(sql, id)),
    failingDeliveries: async (limit) =>
      (await all(FAILING, limit)).map((row) => ({
        ...deliveryStatus(row),
        ...(row.id !== null && { payment: paymentRecord(row).payment }),
      })),
    startWorker: async (look) => startWorker(use().pools.direct, listen, look),
    deliverInTransaction: async (delivery, signal, run) =>
      deliverInTransaction(use().pools.handlers, delivery, signal, run),

    leaseStatusChecks: (now, until, limit) => guarded(({ sql }) => leaseStatusChecks(sql, now, until, limit)),
    finishStatusCheck: (...ending) => guarded(({ sql }) => finishStatusCheck(sql, ...ending)),

    openPaymentsByAccount: async () =>
      (await all(OPEN_PAYMENTS_BY_ACCOUNT)).map((row) => ({
        adapter: row.adapter as string,
        merchantAccount: row.merchant_account as string,
        providerName: row.provider_name as string,
        keyId: row.key_id as string,
        payments: row.payments as number,
        refunds: row.refunds as number,
      })),
    overdue: async (now, createdBefore, limit) => (await all(OVERDUE, now, createdBefore, limit)).map(paymentRecord),
    staleUnmatched: async (receivedBefore, limit) => (await all(STALE_UNMATCHED, receivedBefore, limit)).map(unmatched),
    async candidates({ merchantAccount, buyerDigest, fact, receivedAt }, limit) {
      const amount = "amount" in fact ? fact.amount : undefined;
      const buyer = [buyerDigest ?? null, amount?.value ?? null, amount?.currency ?? null];
      // An id and its payment's time are of one reading of the clock.
      const window = [firstPaymentIdOf(receivedAt + 60_000), CANDIDATE_WINDOW];
      const rows = await all(CANDIDATES, merchantAccount, receivedAt, limit, ...buyer, ...window);
      return rows.map(({ id }) => id as PaymentId);
    },

    prune: (request) => guarded(({ sql }) => prune(sql, request)),
  };
}

function statementsOn(pool: Pool): Omit<Opened, "pools"> {
  const thrown = new WeakSet<WeakKey>();
  const sql: Sql = async (text, values) => {
    try {
      return (await pool.query(text, [...values])).rows as Row[];
    } catch (error) {
      thrown.add(error as WeakKey);
      throw error;
    }
  };
  return {
    sql,
    updateOne: createGroup(
      (queries) => updateAll(sql, queries),
      ({ payment_id, provider_reference, subject }) => payment_id ?? provider_reference ?? subject ?? "",
    ),
    finishOne: createGroup(
      (finished) => finishDeliveries(sql, finished),
      ({ stream, sequence, handler }) => `${stream} ${handler} ${sequence}`,
    ),
    thrown,
  };
}

/** For configurations: `"store": "postgres://user:password@host:5432/database"`. */
export const storePackage: StorePackage = { contract: 1, open: (address) => postgresStore(address) };
