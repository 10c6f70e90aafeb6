import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { PaymentRecord } from "@pay/core/store";
import { postgresStore } from "@pay/postgres";
import pg from "pg";
import { paymentRow } from "../../packages/postgres/src/rows.ts";
import { startEmbedded } from "../../packages/postgres/test/embedded.ts";
import { openPayment } from "./records.ts";

/** A PostgreSQL for one benchmark. */
export interface BenchServer {
  /** Its durability settings: `fsync on, full_page_writes on, synchronous_commit on`. */
  readonly durability: string;
  /** Creates an empty database and returns its address. */
  create(name: string): Promise<string>;
  /** Copies a database, which must have no connections. */
  copy(name: string, template: string): Promise<string>;
}

const DURABLE = ["fsync", "full_page_writes", "synchronous_commit"];
/** Rows per statement. */
const BATCH = 1000;
/** Milliseconds between two looks at what is still to be delivered, and after which that is given up. */
const POLL_INTERVAL_MS = 25;
const TIMEOUT_MS = 120_000;

/** Starts a PostgreSQL with default settings, so that a commit is on the disk before it is reported. Removes it afterwards. */
export async function withPostgres<T>(work: (server: BenchServer) => Promise<T>): Promise<T> {
  const { databaseDir, stop, url } = await startEmbedded();
  // On SIGINT the package stops the server and exits, without waiting for this code.
  const remove = () => rmSync(dirname(databaseDir), { recursive: true, force: true });
  process.once("exit", remove);
  const create = async (name: string, such = "") => {
    await query(url, `CREATE DATABASE ${name} ${such}`);
    return Object.assign(new URL(url), { pathname: `/${name}` }).href;
  };
  try {
    return await work({
      durability: await durability(url),
      create: (name) => create(name),
      copy: (name, template) => create(name, `TEMPLATE ${new URL(template).pathname.slice(1)}`),
    });
  } finally {
    await stop();
    process.off("exit", remove);
  }
}

async function durability(url: string): Promise<string> {
  const [settings] = await query<Record<string, string>>(
    url,
    `SELECT ${DURABLE.map((name) => `current_setting('${name}') AS ${name}`).join(", ")}`,
  );
  const said = DURABLE.map((name) => `${name} ${settings?.[name]}`).join(", ");
  if (DURABLE.some((name) => settings?.[name] !== "on")) throw new Error(`PostgreSQL may lose commits: ${said}.`);
  return said;
}

/** Creates Pay's schema with this many open payments, the newest last. Returns them in that order. */
export async function seedPostgres(
  url: string,
  providerName: "cards" | "psc",
  count: number,
): Promise<readonly PaymentRecord[]> {
  const store = postgresStore(url);
  await store.start();
  await store.close();
  const start = Date.now() - count;
  const made = Array.from({ length: count }, (_, n) => openPayment(providerName, start + n));
  const entries = made.flatMap(({ history, record }) =>
    history.map(({ at, fact, from, reviews, sequence, to }) => {
      return { payment_id: record.payment.id, sequence, at, fact, from_state: from, to_state: to, reviews };
    }),
  );
  const records = made.map(({ record }) => record);
  await insert(url, "pay.payment", records.map(paymentRow));
  await insert(url, "pay.history", entries);
  return records;
}

/** Inserts rows whose keys are the names of the columns. */
export async function insert(url: string, table: string, rows: readonly object[]): Promise<void> {
  await connected(url, async (client) => {
    await client.query("BEGIN");
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = JSON.stringify(rows.slice(at, at + BATCH));
      await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [batch]);
    }
    await client.query("COMMIT");
    // Otherwise autovacuum would run during a stretch, and the planner would have no statistics before it.
    await client.query(`VACUUM ANALYZE ${table}`);
  });
}

/** Counts the notifications in a database's inbox. */
export async function inboxRows(url: string): Promise<number> {
  return countOf(url, "pay.inbox");
}

export async function deliveredRows(url: string): Promise<number> {
  return countOf(url, "pay.delivery WHERE status = 'delivered'");
}

async function countOf(url: string, rows: string): Promise<number> {
  const [found] = await query<{ count: number }>(url, `SELECT count(*)::int AS count FROM ${rows}`);
  return found!.count;
}

/** Resolves when no delivery is waiting and the queue is empty. */
export async function allDelivered(url: string): Promise<void> {
  const rest = [
    "pay.outbox WHERE NOT dispatched",
    "pay.delivery WHERE status IN ('due', 'leased')",
    "graphile_worker._private_jobs",
  ];
  const question = `SELECT ${rest.map((rows) => `EXISTS (SELECT FROM ${rows})`).join(" OR ")} AS waits`;
  const deadline = performance.now() + TIMEOUT_MS;
  await connected(url, async (client) => {
    while ((await client.query(question)).rows[0].waits === true) {
      if (performance.now() > deadline) throw new Error("Some deliveries were not finished within two minutes.");
      await wait(POLL_INTERVAL_MS);
    }
  });
}

export async function query<T extends object>(url: string, sql: string): Promise<readonly T[]> {
  return connected(url, async (client) => (await client.query(sql)).rows as T[]);
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
