import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { fullRecord, insertRequestOf } from "@pay/testkit/internal";
import pg from "pg";
import { startChild } from "../../../test/support/child.ts";
import { prepares, withMigration } from "../test/prepare.ts";
import { starts } from "../test/refusal.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { paymentRecord, type Row } from "./rows.ts";
import { OWN_SCHEMA } from "./schema.ts";
import { postgresStore } from "./store.ts";

const CHILD = join(import.meta.dirname, "../test/start.child.ts");
/** What the next version may bring. */
const NEXT = withMigration(
  "ALTER TABLE pay.payment ADD COLUMN note text; CREATE INDEX payment_note ON pay.payment (note)",
);

let server: TestServer;
let pristine: readonly unknown[];
let pristineNext: readonly unknown[];
beforeAll(async () => {
  server = await startPostgres();
  pristine = await made(await server.database());
  const next = await server.database("empty");
  await prepares(next, NEXT);
  pristineNext = await made(next);
});
afterAll(() => server.close());

/** What the migrations made, by name, and their own record of it. */
function made(url: string): Promise<readonly unknown[]> {
  return server.rows(
    url,
    `SELECT relkind AS kind, oid::regclass::text AS name FROM pg_class WHERE relnamespace::regnamespace::text IN ('pay', 'graphile_worker')
     UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc
       WHERE pronamespace::regnamespace::text IN ('pay', 'graphile_worker')
     UNION ALL SELECT 'migration', id::text FROM pay.migration
     UNION ALL SELECT 'functions', version || hash FROM pay.function_set
     UNION ALL SELECT 'migration of the queue', id::text FROM graphile_worker.migrations ORDER BY 1, 2`,
  );
}

describe.each([
  ["an empty database", "empty", OWN_SCHEMA],
  ["a database that is one migration behind", "migrated", NEXT],
  ["a database that is up to date", "migrated", OWN_SCHEMA],
] as const)("ten instances that start at once on %s", (_, kind, schema) => {
  it("all start, and the schema is made once", async () => {
    const url = await server.database(kind);
    const start = () => (schema === OWN_SCHEMA ? starts(url) : prepares(url, schema));
    await Promise.all(Array.from({ length: 10 }, start));
    expect(await made(url)).toEqual(schema === OWN_SCHEMA ? pristine : pristineNext);
  });
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
  });
});

describe("a migration", () => {
  it("keeps what is there", async () => {
    const url = await server.database();
    const request = insertRequestOf(fullRecord());
    const store = postgresStore(url);
    await store.start();
    await store.insert(request);
    await store.close();
    await prepares(url, NEXT);
    const [found] = await server.rows(url, "SELECT to_jsonb(p) AS row FROM pay.payment p");
    expect(paymentRecord(found!.row as Row)).toEqual(request.record);
  });

  it("may take longer than a question may", async () => {
    const url = await server.database();
    const blocker = new pg.Client(url);
    await blocker.connect();
    await blocker.query("BEGIN; LOCK TABLE pay.payment");
    const started = prepares(`${url}?query_timeout=100`, NEXT);
    const waiting = `SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND now() - query_start > '300 ms'`;
    while ((await server.rows(url, waiting)).length === 0);
    await blocker.query("COMMIT");
    await blocker.end();
    await started;
    expect(await made(url)).toEqual(pristineNext);
  });

  it("that fails leaves nothing of it, and is tried again", async () => {
    const url = await server.database();
    await server.rows(url, "CREATE INDEX payment_note ON pay.payment (description)");
    await expect(prepares(url, NEXT)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await server.rows(url, "SELECT id FROM pay.migration")).toEqual([{ id: 1 }]);
    await server.rows(url, "DROP INDEX pay.payment_note");
    await prepares(url, NEXT);
    expect(await made(url)).toEqual(pristineNext);
  });
});
