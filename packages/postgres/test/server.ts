import { randomBytes } from "node:crypto";
import pg from "pg";
import { TABLES } from "../src/sql-files.ts";
import { postgresStore } from "../src/store.ts";
import { type EmbeddedServer, startEmbedded } from "./embedded.ts";
import { SHARED_POSTGRES } from "./shared/door.ts";

/** A real PostgreSQL: the one `PAY_TEST_POSTGRES_URL` names, the one of the test run, or a new one on a free port. */
export interface TestServer {
  readonly url: string;
  /** A new database: empty, with what its `CREATE DATABASE` is to say besides, or one that Pay was started on before. */
  database(kind?: "empty" | "migrated", such?: string): Promise<string>;
  /** Empties Pay's tables, which is quicker than another database. Quickest on a connection that is open. */
  clear(database: string | pg.Client): Promise<void>;
  /** Rows of a database, read by SQL. */
  rows(url: string, sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Removes what was made here. */
  close(): Promise<void>;
}

export async function startPostgres(): Promise<TestServer> {
  const { PAY_TEST_POSTGRES_URL: given, [SHARED_POSTGRES]: shared } = process.env;
  const stop = async () => {};
  if (given !== undefined) return serverOn({ url: given, stop }, true);
  if (shared === undefined) return serverOn(await startEmbedded());
  const answer = await fetch(shared);
  return serverOn({ url: await answer.text(), stop });
}

/** @param tidy whether the databases made here are removed, since the server outlasts the test run */
export function serverOn(server: Pick<EmbeddedServer, "url" | "stop">, tidy = false): TestServer {
  const made: string[] = [];
  let template: Promise<string> | undefined;

  async function create(such = ""): Promise<string> {
    const name = `pay_test_${randomBytes(8).toString("hex")}`;
    await query(server.url, `CREATE DATABASE ${name} ${such}`);
    made.push(name);
    return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  }

  async function makeTemplate(): Promise<string> {
    const url = await create();
    const store = postgresStore(url);
    await store.start();
    await store.close();
    return new URL(url).pathname.slice(1);
  }

  return {
    url: server.url,
    async database(kind = "migrated", such) {
      if (kind === "empty") return create(such);
      template ??= makeTemplate();
      return create(`TEMPLATE ${await template}`);
    },
    async clear(database) {
      await (typeof database === "string" ? query(database, CLEAR) : database.query(CLEAR));
    },
    rows: query,
    async close() {
      if (tidy) for (const name of made) await query(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

const CLEAR = [...TABLES.map((table) => `DELETE FROM pay.${table}`), "DELETE FROM graphile_worker._private_jobs"].join(
  ";",
);

async function query(url: string, sql: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
