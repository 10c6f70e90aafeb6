import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { PayError, type PaymentStore, type Pruned, type PruneRequest, type StorePackage } from "@pay/core/store";
import { type CommitQueue, createCommitQueue } from "./commit-queue.ts";
import { openDatabase, openReadOnly } from "./connection.ts";
import { type Deliveries, prepareDeliveries } from "./delivery.ts";
import { storeError } from "./errors.ts";
import { preparePrune } from "./prune.ts";
import { createReads, type Rows } from "./reads.ts";
import type { Row } from "./rows.ts";
import { prepareSearch, type Search } from "./search.ts";
import { prepareStatusChecks, type StatusChecks } from "./status.ts";
import { prepareUpdates, type Updates } from "./update.ts";

interface Opened {
  readonly db: DatabaseSync;
  readonly queue: CommitQueue;
  readonly updates: Updates;
  readonly deliveries: Deliveries;
  readonly statusChecks: StatusChecks;
  readonly search: Search;
  readonly prune: (request: PruneRequest) => readonly Pruned[];
  /** Runs a query outside a transaction and returns all rows. */
  readonly rows: Rows;
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

    ...createReads((query) => read(({ rows }) => query(rows))),
    order: (orderId) => read(({ updates }) => updates.order(orderId)),
    payments: (wanted) => read(({ search }) => search(wanted)),

    registerHandlers: (handlers) => write(({ deliveries }) => deliveries.registerHandlers(handlers)),
    async leaseDeliveries(request) {
      if (!(await read(({ deliveries }) => deliveries.hasWork(request)))) return [];
      return writeSoon(({ deliveries }) => deliveries.leaseDeliveries(request));
    },
    finishDelivery: (delivery, outcome) => writeSoon(({ deliveries }) => deliveries.finishDelivery(delivery, outcome)),
    nextDeliveryAt: (after, handlers) => read(({ deliveries }) => deliveries.nextDeliveryAt(after, handlers)),
    deliveries: (id) => read(({ deliveries }) => deliveries.deliveries(id)),
    failingDeliveries: (limit) => read(({ deliveries }) => deliveries.failing(limit)),

    async leaseStatusChecks(now, until, limit, except) {
      if (!(await read(({ statusChecks }) => statusChecks.hasWork(now, except)))) return [];
      return write(({ statusChecks }) => statusChecks.leaseStatusChecks(now, until, limit, except));
    },
    finishStatusCheck: (...ending) => write(({ statusChecks }) => statusChecks.finishStatusCheck(...ending)),

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
    rows: (query, ...values) => db.prepare(query).all(...values) as Row[],
  };
}
