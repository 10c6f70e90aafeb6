import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { fullRecord, opening } from "@pay/testkit/internal";
import { makeWorkerUtils } from "graphile-worker";
import pg from "pg";
import { startChild } from "../../../test/support/child.ts";
import { starts } from "../test/refusal.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { paymentRow } from "./rows.ts";
import { postgresStore } from "./store.ts";
import { silent } from "./worker.ts";

const CHILD = join(import.meta.dirname, "../test/start.child.ts");
const VERSION = 7;

let server: TestServer;
let pristine: readonly unknown[];
beforeAll(async () => {
  server = await startPostgres();
  pristine = await made(await server.database());
}, 60_000);
afterAll(() => server.close());

/** What the migrations made, by name, and their own record of it. */
function made(url: string): Promise<readonly unknown[]> {
  return server.rows(
    url,
    `SELECT relkind AS kind, oid::regclass::text AS name FROM pg_class WHERE relnamespace::regnamespace::text IN ('pay', 'graphile_worker')
     UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc
       WHERE pronamespace::regnamespace::text IN ('pay', 'graphile_worker')
     UNION ALL SELECT 'migration', id::text FROM pay.migration
     UNION ALL SELECT 'migration of the queue', id::text FROM graphile_worker.migrations ORDER BY 1, 2`,
  );
}

/** A database as an older version left it. */
async function databaseOf(version: number): Promise<string> {
  const url = await server.database("empty");
  const utils = await makeWorkerUtils({ connectionString: url, logger: silent });
  await utils.release();
  await server.rows(url, "CREATE SCHEMA pay; CREATE TABLE pay.migration (id integer PRIMARY KEY)");
  for (let id = 1; id <= version; id++) {
    await server.rows(url, readFileSync(join(import.meta.dirname, `../sql/000${id}.sql`), "utf8"));
    await server.rows(url, "INSERT INTO pay.migration VALUES ($1)", [id]);
  }
  return url;
}

describe.each([
  ["an empty database", () => server.database("empty")],
  ["a database that is one migration behind", () => databaseOf(VERSION - 1)],
  ["a database that is up to date", () => server.database()],
])("ten instances that start at once on %s", (_, database) => {
  it("all start, and the schema is made once", async () => {
    const url = await database();
    await Promise.all(Array.from({ length: 10 }, () => starts(url)));
    expect(await made(url)).toEqual(pristine);
  }, 20_000);
});

describe("processes of their own that start at once on an empty database", () => {
  it("all start, and the schema is made once", async () => {
    const url = await server.database("empty");
    const children = [1, 2, 3, 4, 5].map(() => startChild(CHILD, [url]));
    for (const child of children) await child.message((said) => said);
    for (const child of children) child.send("go");
    for (const child of children) expect(await child.message((said) => said)).toBe("started");
    expect(await made(url)).toEqual(pristine);
    await Promise.all(children.map((child) => child.ended()));
  }, 30_000);
});

describe("a migration", () => {
  it("keeps what is there", async () => {
    const url = await databaseOf(VERSION - 1);
    // The version before knew no refunds.
    const { refunds: _, ...full } = fullRecord();
    const { record, entry } = opening(full);
    const values = [paymentRow(record), entry].map((value) => JSON.stringify(value));
    await server.rows(url, "SELECT pay.open($1, $2)", values);
    const store = postgresStore(url);
    await store.start();
    expect(await store.payment(record.payment.id)).toEqual(record);
    await store.close();
  });

  it("may take longer than a question may", async () => {
    const url = await databaseOf(1);
    const blocker = new pg.Client(url);
    await blocker.connect();
    await blocker.query("BEGIN; LOCK TABLE pay.payment");
    const started = starts(`${url}?query_timeout=100`);
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND now() - query_start > '300 ms'";
    while ((await server.rows(url, waiting)).length === 0);
    await blocker.query("COMMIT");
    await blocker.end();
    await started;
    expect(await made(url)).toEqual(pristine);
  });

  it("that fails leaves nothing of it, and is tried again", async () => {
    const url = await databaseOf(1);
    await server.rows(url, "CREATE FUNCTION pay.lease(bigint, bigint, jsonb, integer, text) RETURNS integer RETURN 1");
    await expect(starts(url)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await server.rows(url, "SELECT id FROM pay.migration")).toEqual([{ id: 1 }]);
    await server.rows(url, "DROP FUNCTION pay.lease");
    await starts(url);
    expect(await made(url)).toEqual(pristine);
  });
});
