import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  CANDIDATE_WINDOW,
  firstPaymentIdOf,
  PayError,
  type PaymentId,
  type PaymentStore,
  type Pruned,
  type PruneRequest,
  type StorePackage,
} from "@pay/core/store";
import { type CommitQueue, createCommitQueue } from "./commit-queue.ts";
import { openDatabase, openReadOnly } from "./connection.ts";
import { type Deliveries, prepareDeliveries } from "./delivery.ts";
import { storeError } from "./errors.ts";
import { preparePrune } from "./prune.ts";
import { historyEntry, paymentRecord, type Row, review, unmatched } from "./rows.ts";
import { prepareSearch, type Search } from "./search.ts";
import { HOLDING_EXPIRY, OPEN, REFUND_UNDER_WAY } from "./sql-lists.ts";
import { prepareStatusChecks, type StatusChecks } from "./status.ts";
import { prepareUpdates, type Updates } from "./update.ts";

/** Two index lookups: an OR would read every payment. Exported for the test of its plan. */
export const OVERDUE: string = `
  SELECT * FROM payment WHERE id IN (
    SELECT id FROM payment WHERE state IN ${OPEN} AND expires_at <= ?
      AND NOT EXISTS (SELECT 1 FROM review WHERE payment_id = payment.id AND status = 'open' AND kind IN ${HOLDING_EXPIRY})
    UNION ALL SELECT id FROM payment WHERE state = 'created' AND created_at <= ?
  ) ORDER BY id LIMIT ?`;

/** The newest of each index, and of all payments a window: what they are ranked by is in no index. Exported for the test of its plan. */
const NEWEST = "AND provider_reference IS NULL AND created_at <= ?2 ORDER BY created_at DESC, id DESC LIMIT ?3";
export const CANDIDATES: string = `
  SELECT id FROM payment
  WHERE merchant_account = ?1 AND created_at <= ?2 AND id IN (
    SELECT id FROM (SELECT id FROM payment WHERE merchant_account = ?1 AND buyer_digest = ?4 ${NEWEST})
    UNION ALL SELECT id FROM (SELECT id FROM payment WHERE merchant_account = ?1 ${NEWEST})
    UNION ALL SELECT id FROM (SELECT id FROM payment WHERE id < ?7 ORDER BY id DESC LIMIT ?8)
  )
  ORDER BY coalesce(buyer_digest = ?4, 0) DESC, coalesce(amount = ?5 AND currency = ?6, 0) DESC, provider_reference IS NULL DESC,
    created_at DESC, id DESC LIMIT ?3`;

const OPEN_PAYMENTS_BY_ACCOUNT = `
  WITH
    open AS (SELECT id FROM payment WHERE state IN ${OPEN}),
    refunding AS (
      SELECT id FROM payment WHERE refunds IS NOT NULL
        AND EXISTS (SELECT 1 FROM json_each(refunds) WHERE value->>'status' IN ${REFUND_UNDER_WAY})
    )
  SELECT min(adapter) AS adapter, merchant_account, provider_name, key_id,
    count(*) FILTER (WHERE id IN open) AS payments, count(*) FILTER (WHERE id IN refunding) AS refunds
  FROM payment WHERE id IN (SELECT id FROM open UNION SELECT id FROM refunding)
  GROUP BY merchant_account, provider_name, key_id ORDER BY merchant_account, provider_name, key_id`;

interface Opened {
  readonly db: DatabaseSync;
  readonly queue: CommitQueue;
  readonly updates: Updates;
  readonly deliveries: Deliveries;
  readonly statusChecks: StatusChecks;
  readonly search: Search;
  readonly prune: (request: PruneRequest) => readonly Pruned[];
  /** Runs a query outside a transaction and returns all rows. */
  readonly rows: (sql: string, ...values: (string | number | null)[]) => Row[];
}

/**
 * Keeps payments in one SQLite file, through Node's own `node:sqlite`: you install and run nothing beside the shop. It uses
 * WAL with `synchronous=FULL`, so a commit survives a power cut, and commits together the writes that wait at the same moment.
 * The file must be on a local disk. A write waits up to 5 seconds for another process that holds the file's lock, and then rejects
 * with `STORE_UNAVAILABLE`.
 *
 * @param path the file, created on first use, e.g. `"pay.db"`
 * @throws PayError `INVALID_CONFIG` if the path is not a text, or empty. From `start()`: `STORE_INCOMPATIBLE` for a file that is
 * damaged, another program's or newer than this version, left as it is; `STORE_UNAVAILABLE` if the file cannot be opened
 */
export function sqliteStore(path: string): PaymentStore {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new PayError("INVALID_CONFIG", 'sqliteStore needs the path of a file, e.g. "pay.db".', { field: "store" });
  }
  // Configuration files use such addresses. SQLite would create a file of that name.
  if (/^sqlite:/i.test(path)) {
    throw new PayError("INVALID_CONFIG", 'store must be the path of a file such as "pay.db", without "sqlite:".', {
      field: "store",
    });
  }
  let opened: Opened | undefined;
  let isTaken = false;

  /** Refuses a store that another Pay or reader has open: the first one to close it would close it for both. */
  async function open(connect: () => Promise<DatabaseSync>): Promise<void> {
    if (isTaken) {
      const remedy =
        "store is open already: give each Pay and each reader a sqliteStore() of its own, of the same file.";
      throw new PayError("INVALID_CONFIG", remedy, { field: "store" });
    }
    isTaken = true;
    try {
      opened = prepare(await connect());
    } catch (error) {
      isTaken = false;
      throw error;
    }
  }

  function use(): Opened {
    if (opened === undefined) throw new PayError("NOT_STARTED", "The store is not open.");
    return opened;
  }

  async function read<T>(query: (store: Opened) => T): Promise<T> {
    const store = use();
    try {
      return query(store);
    } catch (error) {
      throw storeError(error, path);
    }
  }

  async function write<T>(work: (store: Opened) => T): Promise<T> {
    const store = use();
    return store.queue.write(() => work(store));
  }

  async function writeSoon<T>(work: (store: Opened) => T): Promise<T> {
    const store = use();
    return store.queue.writeSoon(() => work(store));
  }

  return {
    start: () => open(() => openDatabase(path)),
    openReadOnly: () => open(() => openReadOnly(path)),
    async close() {
      if (opened === undefined) return;
      const { db, queue } = opened;
      opened = undefined;
      isTaken = false;
      await queue.drained();
      db.close();
    },

    insert: (request) => write(({ updates }) => updates.insert(request)),
    update: (query, decide) => write(({ updates }) => updates.update(query, decide)),

    payment: (id) => read(({ rows }) => rows("SELECT * FROM payment WHERE id = ?", id).map(paymentRecord)[0]),
    paymentByProviderReference: (merchantAccount, providerReference) =>
      read(
        ({ rows }) =>
          rows(
            "SELECT * FROM payment WHERE merchant_account = ? AND provider_reference = ?",
            merchantAccount,
            providerReference,
          ).map(paymentRecord)[0],
      ),
    order: (orderId) => read(({ updates }) => updates.order(orderId)),
    payments: (wanted) => read(({ search }) => search(wanted)),
    history: (id) =>
      read(({ rows }) => rows("SELECT * FROM history WHERE payment_id = ? ORDER BY sequence", id).map(historyEntry)),
    openReviews: (limit) =>
      read(({ rows }) =>
        rows("SELECT * FROM review WHERE status = 'open' ORDER BY opened_at, id LIMIT ?", limit).map(review),
      ),

    reviewsOfPayment: (id) =>
      read(({ rows }) => rows("SELECT * FROM review WHERE payment_id = ? ORDER BY opened_at, id", id).map(review)),
    review: (id) => read(({ rows }) => rows("SELECT * FROM review WHERE id = ?", id).map(review)[0]),
    registerHandlers: (handlers) => write(({ deliveries }) => deliveries.registerHandlers(handlers)),
    async leaseDeliveries(request) {
      if (!(await read(({ deliveries }) => deliveries.hasWork(request)))) return [];
      return writeSoon(({ deliveries }) => deliveries.leaseDeliveries(request));
    },
    finishDelivery: (delivery, outcome) => writeSoon(({ deliveries }) => deliveries.finishDelivery(delivery, outcome)),
    nextDeliveryAt: (after, handlers) => read(({ deliveries }) => deliveries.nextDeliveryAt(after, handlers)),
    deliveries: (id) => read(({ deliveries }) => deliveries.deliveries(id)),
    failingDeliveries: (limit) => read(({ deliveries }) => deliveries.failing(limit)),

    async leaseStatusChecks(now, until, limit) {
      if (!(await read(({ statusChecks }) => statusChecks.hasWork(now)))) return [];
      return write(({ statusChecks }) => statusChecks.leaseStatusChecks(now, until, limit));
    },
    finishStatusCheck: (...ending) => write(({ statusChecks }) => statusChecks.finishStatusCheck(...ending)),
    openPaymentsByAccount: () =>
      read(({ rows }) =>
        rows(OPEN_PAYMENTS_BY_ACCOUNT).map(
          ({ adapter, merchant_account, provider_name, key_id, payments, refunds }) => ({
            adapter: adapter as string,
            merchantAccount: merchant_account as string,
            providerName: provider_name as string,
            keyId: key_id as string,
            payments: payments as number,
            refunds: refunds as number,
          }),
        ),
      ),

    overdue: (now, createdBefore, limit) =>
      read(({ rows }) => rows(OVERDUE, now, createdBefore, limit).map(paymentRecord)),
    staleUnmatched: (receivedBefore, limit) =>
      read(({ rows }) =>
        rows(
          "SELECT * FROM unmatched WHERE reviewed = 0 AND received_at <= ? ORDER BY received_at, digest LIMIT ?",
          receivedBefore,
          limit,
        ).map(unmatched),
      ),
    candidates: ({ merchantAccount, buyerDigest = null, fact, receivedAt }, limit) =>
      read(({ rows }) => {
        const { value, currency } = { value: null, currency: null, ...("amount" in fact ? fact.amount : {}) };
        // An id and its payment's time are of one reading of the clock.
        const idBefore = firstPaymentIdOf(receivedAt + 60_000);
        const window = [idBefore, CANDIDATE_WINDOW] as const;
        return rows(CANDIDATES, merchantAccount, receivedAt, limit, buyerDigest, value, currency, ...window).map(
          ({ id }) => id as PaymentId,
        );
      }),

    prune: (request) => (request.dryRun ? read : write)(({ prune }) => prune(request)),
  };
}

/** For configurations: `"store": "sqlite:pay.db"`, a path beside the configuration, or an absolute one. */
export const storePackage: StorePackage = {
  contract: 1,
  open(address, folder) {
    const path = address.replace(/^sqlite:(?:\/\/)?/, "");
    if (path === "" || path.includes("?")) {
      throw new PayError("INVALID_CONFIG", 'must name a file, e.g. "sqlite:pay.db"', { field: "store" });
    }
    return sqliteStore(resolve(folder, path));
  },
};

function prepare(db: DatabaseSync): Opened {
  const updates = prepareUpdates(db);
  return {
    db,
    queue: createCommitQueue(db),
    updates,
    deliveries: prepareDeliveries(db, updates),
    statusChecks: prepareStatusChecks(db),
    search: prepareSearch(db),
    prune: preparePrune(db),
    rows: (sql, ...values) => db.prepare(sql).all(...values) as Row[],
  };
}
