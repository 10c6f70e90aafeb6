import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { PayError, type PaymentId, type PaymentStore, type StorePackage } from "@pay/core/store";
import pg from "pg";
import { checkSameDatabase, describeAddress, prepareDatabase } from "./connection.ts";
import {
  deliverInTransaction,
  deliveries,
  type End,
  endOf,
  finishDelivery,
  lease,
  nextDeliveryAt,
  registerHandlers,
} from "./delivery.ts";
import { startError, storeError } from "./errors.ts";
import { createGroup } from "./group.ts";
import { prune } from "./prune.ts";
import { historyEntry, paymentRecord, type Row, review, unmatched } from "./rows.ts";
import { search } from "./search.ts";
import { type Look, look, open, type Query, update } from "./settlement.ts";
import { startWorker } from "./worker.ts";

/** Where the database is, and how it is reached. */
export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`: a server, or a pooler in session or transaction mode. */
  readonly url: string;
  /** The server itself, where `url` is a pooler in transaction mode: what is to be delivered is heard of there at once. @default `url` */
  readonly directUrl?: string;
  /** Whether news come by LISTEN; without, the queue is looked at twice a second. @default true */
  readonly listen?: boolean;
  /** Connections of this process, at most; handlers with a transaction may have as many again, and so has `directUrl`. @default 10 */
  readonly connections?: number;
}

/** Milliseconds after which a caller is told to come again: waiting longer, the gateway would have given up. */
const CALLER = { connectionTimeoutMillis: 5000, query_timeout: 10_000 };
/** A handler may take the time it has, also waiting for others like it. */
const HANDLER = { connectionTimeoutMillis: 30_000, query_timeout: 30_000 };
/** Milliseconds the server has to end its connections; then they are cut: it may be gone, or stand still. */
const END_TIMEOUT = 2000;
const OPTIONS = new Set(["url", "directUrl", "listen", "connections"]);

/**
 * Keeps payments in PostgreSQL, in the schema `pay`, for any number of instances; delivery runs on graphile-worker, in the
 * schema `graphile_worker` of the same database. Commits are durable (`synchronous_commit` is set to on for each of them),
 * nothing is locked between two messages, and any connection will do for each, so a transaction-mode pooler may stand between.
 *
 * @param options the database's URL, or where and how it is reached
 * @throws PayError from `start()`: `STORE_INCOMPATIBLE` for a newer or damaged schema, an old server or one that may lose
 * commits, left untouched; `STORE_UNAVAILABLE` where it cannot be reached
 */
export function postgresStore(options: string | PostgresOptions): PaymentStore {
  const { url, directUrl = url, listen = true, connections = 10 } = checkOptions(options);
  let opened: Opened | undefined;

  function use(): Opened {
    if (opened === undefined) throw new PayError("NOT_STARTED", "The store is not open.");
    return opened;
  }

  const working = new Set<Promise<unknown>>();

  /** Whatever goes wrong below comes up as an error of the store, but for what the rule itself throws. */
  async function guarded<T>(work: (query: Query, opened: Opened) => Promise<T>): Promise<T> {
    const connected = use();
    const running = work(connected.query, connected);
    working.add(running);
    try {
      return await running;
    } catch (error) {
      throw connected.thrown.has(error as WeakKey) ? storeError(error) : error;
    } finally {
      working.delete(running);
    }
  }

  const all = (sql: string, ...values: readonly unknown[]) =>
    guarded((ask) => ask(`SELECT to_jsonb(t) AS row FROM (${sql}) t`, values)).then((rows) =>
      rows.map(({ row }) => row as Row),
    );

  return {
    async start() {
      if (opened !== undefined) return;
      const sockets = new Set<Socket>();
      const pool = connect(sockets, url, connections);
      const pools = {
        sockets,
        pool,
        direct: directUrl === url ? pool : connect(sockets, directUrl, connections),
        handlers: connect(sockets, url, connections, HANDLER),
      };
      const names = { direct: describeAddress(directUrl), pool: describeAddress(url) };
      try {
        if (pools.direct !== pool) await checkSameDatabase(pools.direct, pool, names);
        await prepareDatabase(pools.direct, names.direct);
        opened = { pools, ...statusChecks(pool) };
      } catch (error) {
        // Nothing is owed to anybody, and one that was refused would wait for the server to lose its patience.
        for (const socket of sockets) socket.destroy();
        await end(pools);
        throw startError(error, names.direct);
      }
    },
    async close() {
      if (opened === undefined) return;
      const { pools } = opened;
      opened = undefined;
      await Promise.allSettled(working);
      await end(pools);
    },

    insert: (request) => guarded((ask) => open(ask, request)),
    update: (asked, decide) => guarded((ask, { look }) => update(ask, look, asked, decide)),

    payment: async (id) => (await all("SELECT * FROM pay.payment WHERE id = $1", id)).map(paymentRecord)[0],
    paymentByProviderReference: async (merchantAccount, providerReference) =>
      (await all("SELECT * FROM pay.payment WHERE account = $1 AND ref = $2", merchantAccount, providerReference)).map(
        paymentRecord,
      )[0],
    paymentsOfOrder: async (orderId) =>
      (await all("SELECT * FROM pay.payment WHERE order_id = $1 ORDER BY id", orderId)).map(paymentRecord),
    payments: (wanted) => guarded((ask) => search(ask, wanted)),
    history: async (id) =>
      (await all("SELECT * FROM pay.history WHERE payment_id = $1 ORDER BY sequence", id)).map(historyEntry),
    openReviews: async (limit) =>
      (await all("SELECT * FROM pay.review WHERE status = 'open' ORDER BY opened_at, id LIMIT $1", limit)).map(review),
    reviewsOfPayment: async (id) =>
      (await all("SELECT * FROM pay.review WHERE payment_id = $1 ORDER BY opened_at, id", id)).map(review),
    review: async (id) => (await all("SELECT * FROM pay.review WHERE id = $1", id)).map(review)[0],

    registerHandlers: (handlers) => guarded((ask) => registerHandlers(ask, handlers)),
    leaseDeliveries: (request) => guarded((ask) => lease(ask, request)),
    finishDelivery: (delivery, outcome) => guarded(async (_, { end }) => void (await end(endOf(delivery, outcome)))),
    nextDeliveryAt: (after, handlers) => guarded((ask) => nextDeliveryAt(ask, after, handlers)),
    deliveries: (id) => guarded((ask) => deliveries(ask, id)),
    startWorker: async (look) => startWorker(use().pools.direct, listen, look),
    deliverInTransaction: async (delivery, signal, run) =>
      deliverInTransaction(use().pools.handlers, delivery, signal, run),

    leaseStatusChecks: async (now, until, limit) => {
      const rows = await guarded((ask) => ask("SELECT * FROM pay.lease_asks($1, $2, $3)", [now, until, limit]));
      return rows.map(({ payment_id, version, attempt }) => ({
        paymentId: payment_id as PaymentId,
        version: version as number,
        attempt: attempt as number,
      }));
    },
    finishStatusCheck: async ({ paymentId, version, attempt }, dueAt) => {
      const same = "WHERE payment_id = $1 AND version = $2 AND attempts = $3";
      const key = [paymentId, version, attempt];
      if (dueAt === undefined) await guarded((ask) => ask(`DELETE FROM pay.ask ${same}`, key));
      else await guarded((ask) => ask(`UPDATE pay.ask SET due_at = $4 ${same}`, [...key, dueAt]));
    },
    openPaymentsByAccount: async () => {
      const rows = await all(
        `WITH
           open AS (SELECT id FROM pay.payment WHERE state IN ('created', 'pending', 'unknown')),
           refunding AS (
             SELECT id FROM pay.payment WHERE refunds IS NOT NULL
               AND EXISTS (SELECT FROM jsonb_array_elements(refunds) AS r WHERE r->>'status' IN ('requested', 'pending', 'unknown'))
           )
         SELECT min(adapter) AS adapter, account, provider, key_id,
           count(*) FILTER (WHERE id IN (SELECT id FROM open)) AS payments,
           count(*) FILTER (WHERE id IN (SELECT id FROM refunding)) AS refunds
         FROM pay.payment WHERE id IN (SELECT id FROM open UNION SELECT id FROM refunding)
         GROUP BY account, provider, key_id ORDER BY account, provider COLLATE "C", key_id COLLATE "C"`,
      );
      return rows.map(({ adapter, merchantAccount, provider, key_id, payments, refunds }) => ({
        adapter: adapter as string,
        merchantAccount: merchantAccount as string,
        providerName: provider as string,
        keyId: key_id as string,
        payments: payments as number,
        refunds: refunds as number,
      }));
    },

    overdue: async (now, createdBefore, limit) => {
      const open = "SELECT id FROM pay.payment WHERE state IN ('created', 'pending', 'unknown') AND expires_at <= $1";
      const created = "SELECT id FROM pay.payment WHERE state = 'created' AND created_at <= $2";
      const ids = `${open} UNION ALL ${created}`;
      const rows = await all(
        `SELECT * FROM pay.payment WHERE id IN (${ids}) ORDER BY id LIMIT $3`,
        now,
        createdBefore,
        limit,
      );
      return rows.map(paymentRecord);
    },
    staleUnmatched: async (receivedBefore, limit) => {
      const stale = "SELECT * FROM pay.orphan WHERE NOT reviewed AND received_at <= $1";
      return (await all(`${stale} ORDER BY received_at, digest LIMIT $2`, receivedBefore, limit)).map(unmatched);
    },
    candidates: async ({ merchantAccount, buyerDigest, receivedAt }, limit) => {
      const newest = "AND ref IS NULL AND created_at <= $2 ORDER BY created_at DESC, id DESC LIMIT $3";
      const alike = `SELECT id, 0 AS rank, created_at FROM pay.payment WHERE account = $1 AND buyer_digest = $4 ${newest}`;
      const others = `SELECT id, 1 AS rank, created_at FROM pay.payment WHERE account = $1 ${newest}`;
      const rows = await all(
        `SELECT id FROM ((${alike}) UNION ALL (${others})) AS c GROUP BY id, created_at
         ORDER BY min(rank), created_at DESC, id DESC LIMIT $3`,
        merchantAccount,
        receivedAt,
        limit,
        buyerDigest ?? null,
      );
      return rows.map(({ id }) => id as PaymentId);
    },

    prune: (request) => guarded((ask) => prune(ask, request)),
  };
}

interface Opened {
  readonly pools: Pools;
  readonly query: Query;
  readonly look: Look;
  readonly end: (end: End) => Promise<unknown>;
  /** What pg threw. */
  readonly thrown: WeakSet<WeakKey>;
}

function statusChecks(pool: pg.Pool): Omit<Opened, "pools"> {
  const thrown = new WeakSet<WeakKey>();
  const query: Query = async (sql, values) => {
    try {
      return (await pool.query(sql, [...values])).rows as Row[];
    } catch (error) {
      thrown.add(error as WeakKey);
      throw error;
    }
  };
  return {
    query,
    look: createGroup(
      (questions) => look(query, questions),
      ({ id, providerReference, subject }) => id ?? providerReference ?? subject ?? "",
    ),
    end: createGroup(
      (ends) => finishDelivery(query, ends),
      ({ id, sequence, handler }) => `${id} ${handler} ${sequence}`,
    ),
    thrown,
  };
}

interface Pools {
  /** What all of them are connected by. */
  readonly sockets: ReadonlySet<Socket>;
  readonly pool: pg.Pool;
  /** Where LISTEN works: the same one, unless a pooler stands between. */
  readonly direct: pg.Pool;
  /** For transactions of handlers, which may think long: callbacks and the handlers' own questions must not wait for them. */
  readonly handlers: pg.Pool;
}

/** Resolves once every connection is closed, at the server as well where it still answers. */
async function end({ sockets, ...pools }: Pools): Promise<void> {
  const ended = Promise.all([...new Set(Object.values(pools))].map((pool) => pool.end()));
  // A pool takes no notice of when the connections it ends are closed.
  const closed = ended.then(() => Promise.all([...sockets].map(isClosed)));
  const late = new AbortController();
  await Promise.race([closed, wait(END_TIMEOUT, undefined, late)]);
  late.abort();
  for (const socket of sockets) socket.destroy();
}

/** However it comes to be closed: a server that dies meanwhile resets it. */
function isClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

function connect(sockets: Set<Socket>, url: string, connections: number, timeouts: typeof CALLER = CALLER): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    ...timeouts,
    keepAlive: true,
    application_name: "pay",
    stream() {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
  });
  // A connection that breaks is replaced, and its query rejects; unheard, its error would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

function checkOptions(given: string | PostgresOptions): PostgresOptions {
  const options = typeof given === "string" ? { url: given } : given;
  if (typeof options !== "object" || options === null) throw invalid("store", "needs the URL of a database");
  for (const name of Object.keys(options))
    if (!OPTIONS.has(name)) throw invalid(name, "is not known to postgresStore; remove it");
  for (const field of ["url", "directUrl"] as const) {
    const url = options[field];
    if (url === undefined && field === "directUrl") continue;
    if (typeof url !== "string" || !/^postgres(?:ql)?:$/.test(protocolOf(url))) {
      throw invalid(field, "must be an address such as postgres://user:password@host:5432/database");
    }
    const { pathname, search, hash } = new URL(url);
    // Its password has a character that ends the host: part of it would be taken for the host, and named in errors.
    if (`${pathname}${search}${hash}`.includes("@")) {
      throw invalid(field, "has an @ after the host: write what stands before and after it with encodeURIComponent()");
    }
  }
  const { connections, listen } = options;
  if (connections !== undefined && (!Number.isSafeInteger(connections) || connections < 2 || connections > 1000)) {
    throw invalid("connections", "must be a whole number from 2 to 1000");
  }
  if (listen !== undefined && typeof listen !== "boolean") throw invalid("listen", "must be true or false");
  return options;
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}

function invalid(field: string, remedy: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} ${remedy}.`, { field });
}

/** For configurations: `"store": "postgres://user:password@host:5432/database"`. */
export const storePackage: StorePackage = { contract: 1, open: (address) => postgresStore(address) };
