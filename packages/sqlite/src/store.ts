import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  PayError,
  type PaymentId,
  type PaymentStore,
  type Pruned,
  type PruneRequest,
  type StorePackage,
} from "@pay/core/store";
import { type CommitQueue, createCommitQueue } from "./commit-queue.ts";
import { openDatabase, storeError } from "./connection.ts";
import { type DeliveryWork, deliveryWork } from "./delivery.ts";
import { pruneWork } from "./prune.ts";
import { historyEntry, paymentRecord, type Row, review, unmatched } from "./rows.ts";
import { type PaymentSearching, searchWork } from "./search.ts";
import { type StatusCheckWork, statusCheckWork } from "./status.ts";
import { type UpdateWork, updateWork } from "./update.ts";

/** Two index lookups: an OR would read every payment there ever was. Exported for the test of its plan. */
export const OVERDUE = `
  SELECT * FROM payment WHERE id IN (
    SELECT id FROM payment WHERE state IN ('created', 'pending', 'unknown') AND expires_at <= ?
    UNION ALL SELECT id FROM payment WHERE state = 'created' AND created_at <= ?
  ) ORDER BY id LIMIT ?`;

const OPEN_ACCOUNTS = `
  WITH
    open AS (SELECT id FROM payment WHERE state IN ('created', 'pending', 'unknown')),
    refunding AS (
      SELECT id FROM payment WHERE refunds IS NOT NULL
        AND EXISTS (SELECT 1 FROM json_each(refunds) WHERE value->>'status' IN ('requested', 'pending', 'unknown'))
    )
  SELECT min(adapter) AS adapter, merchant_account, provider_name, key_id,
    count(*) FILTER (WHERE id IN open) AS payments, count(*) FILTER (WHERE id IN refunding) AS refunds
  FROM payment WHERE id IN (SELECT id FROM open UNION SELECT id FROM refunding)
  GROUP BY merchant_account, provider_name, key_id ORDER BY merchant_account, provider_name, key_id`;

interface Opened {
  readonly db: DatabaseSync;
  readonly queue: CommitQueue;
  readonly updates: UpdateWork;
  readonly delivery: DeliveryWork;
  readonly statusChecks: StatusCheckWork;
  readonly payments: PaymentSearching;
  readonly prune: (request: PruneRequest) => readonly Pruned[];
  /** Runs a query outside a transaction: all rows. */
  readonly rows: (sql: string, ...values: (string | number | null)[]) => Row[];
}

/**
 * Keeps payments in one SQLite file, through Node's own `node:sqlite`: nothing to install or run beside the shop.
 * WAL with `synchronous=FULL`, so a commit survives a power cut; what waits at the same moment is committed together.
 * The file must be on a local disk.
 *
 * @param path the file, made on first use, e.g. `"pay.db"`
 * @throws PayError from `start()`: `STORE_INCOMPATIBLE` for a file that is damaged, another program's or newer than this
 * version, left untouched; `STORE_UNAVAILABLE` where it cannot be opened
 */
export function sqliteStore(path: string): PaymentStore {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new PayError("INVALID_CONFIG", 'sqliteStore needs the path of a file, e.g. "pay.db".', { field: "store" });
  }
  let opened: Opened | undefined;

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
    async start() {
      if (opened !== undefined) return;
      opened = prepare(await openDatabase(path));
    },
    async close() {
      if (opened === undefined) return;
      const { db, queue } = opened;
      opened = undefined;
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
    paymentsOfOrder: (orderId) =>
      read(({ rows }) => rows("SELECT * FROM payment WHERE order_id = ? ORDER BY id", orderId).map(paymentRecord)),
    payments: (search) => read(({ payments }) => payments(search)),
    history: (id) =>
      read(({ rows }) => rows("SELECT * FROM history WHERE payment_id = ? ORDER BY sequence", id).map(historyEntry)),
    openReviews: (limit) =>
      read(({ rows }) =>
        rows("SELECT * FROM review WHERE status = 'open' ORDER BY opened_at, id LIMIT ?", limit).map(review),
      ),

    reviewsOfPayment: (id) =>
      read(({ rows }) => rows("SELECT * FROM review WHERE payment_id = ? ORDER BY opened_at, id", id).map(review)),
    review: (id) => read(({ rows }) => rows("SELECT * FROM review WHERE id = ?", id).map(review)[0]),
    registerHandlers: (handlers) => write(({ delivery }) => delivery.registerHandlers(handlers)),
    async leaseDeliveries(request) {
      if (!(await read(({ delivery }) => delivery.hasWork(request)))) return [];
      return writeSoon(({ delivery }) => delivery.lease(request));
    },
    finishDelivery: (delivered, outcome) => writeSoon(({ delivery }) => delivery.finish(delivered, outcome)),
    nextDeliveryAt: (after, handlers) => read(({ delivery }) => delivery.next(after, handlers)),
    deliveries: (id) => read(({ delivery }) => delivery.list(id)),

    async leaseStatusChecks(now, until, limit) {
      if (!(await read(({ statusChecks }) => statusChecks.hasWork(now)))) return [];
      return write(({ statusChecks }) => statusChecks.lease(now, until, limit));
    },
    finishStatusCheck: (check, dueAt) => write(({ statusChecks }) => statusChecks.finish(check, dueAt)),
    openPaymentsByAccount: () =>
      read(({ rows }) =>
        rows(OPEN_ACCOUNTS).map(({ adapter, merchant_account, provider_name, key_id, payments, refunds }) => ({
          adapter: adapter as string,
          merchantAccount: merchant_account as string,
          providerName: provider_name as string,
          keyId: key_id as string,
          payments: payments as number,
          refunds: refunds as number,
        })),
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
    candidates: ({ merchantAccount, buyerDigest, receivedAt }, limit) =>
      read(({ rows }) => {
        const ids = (found: Row[]) => found.map(({ id }) => id as PaymentId);
        const newest = "AND provider_reference IS NULL AND created_at <= ? ORDER BY created_at DESC, id DESC LIMIT ?";
        const sameBuyer = "SELECT id FROM payment WHERE merchant_account = ? AND buyer_digest = ?";
        const alike =
          buyerDigest === undefined
            ? []
            : ids(rows(`${sameBuyer} ${newest}`, merchantAccount, buyerDigest, receivedAt, limit));
        const others = ids(
          rows(`SELECT id FROM payment WHERE merchant_account = ? ${newest}`, merchantAccount, receivedAt, limit),
        );
        return [...new Set([...alike, ...others])].slice(0, limit);
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
  const updates = updateWork(db);
  return {
    db,
    queue: createCommitQueue(db),
    updates,
    delivery: deliveryWork(db, updates.addReview),
    statusChecks: statusCheckWork(db),
    payments: searchWork(db),
    prune: pruneWork(db),
    rows: (sql, ...values) => db.prepare(sql).all(...values) as Row[],
  };
}
