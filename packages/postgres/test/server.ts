import { randomBytes } from "node:crypto";
import pg from "pg";
import { TABLES } from "../src/sql-files.ts";
import { postgresStore } from "../src/store.ts";
import { type EmbeddedServer, startEmbedded } from "./embedded.ts";

/** A real PostgreSQL for one test file: the one `PAY_TEST_POSTGRES_URL` names, or one of its own on a free port. */
export interface TestServer {
  readonly url: string;
  /** A new database: empty, with what its `CREATE DATABASE` is to say besides, or one that Pay was started on before. */
  database(kind?: "empty" | "migrated", such?: string): Promise<string>;
  /** Empties Pay's tables, which is quicker than another database. */
  clear(url: string): Promise<void>;
  /** Rows of a database, read by SQL. */
  rows(url: string, sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Removes what was made here. */
  close(): Promise<void>;
}

export async function startPostgres(): Promise<TestServer> {
  const given = process.env.PAY_TEST_POSTGRES_URL;
  return given === undefined ? serverOn(await startEmbedded()) : serverOn({ url: given, stop: async () => {} }, true);
}

/** @param shared whether the server goes on afterwards, so that nothing may be left on it */
export function serverOn(server: Pick<EmbeddedServer, "url" | "stop">, shared = false): TestServer {
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
    async clear(url) {
      await query(
        url,
        [...TABLES.map((table) => `DELETE FROM pay.${table}`), "DELETE FROM graphile_worker._private_jobs"].join(";"),
      );
    },
    rows: query,
    async close() {
      if (shared) for (const name of made) await query(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

async function query(url: string, sql: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
