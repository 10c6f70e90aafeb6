import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { dump } from "../test/dump.ts";
import { prepares, withMigration } from "../test/prepare.ts";
import { starts, untouched } from "../test/refusal.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { OWN_FUNCTIONS } from "./functions.ts";
import { checkFunctions, checkTables, schemaVersion } from "./schema-check.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

async function databaseWith(sql: string, kind: "migrated" | "empty" = "migrated"): Promise<string> {
  const url = await server.database(kind);
  await server.rows(url, sql);
  return url;
}

const VERSION = 1;

describe("starting on a schema", () => {
  it.each([
    ["pay", "CREATE TABLE pay.theirs (id integer)"],
    ["pay", "CREATE FUNCTION pay.theirs() RETURNS integer RETURN 1"],
    ["graphile_worker", "CREATE TABLE graphile_worker.theirs (id integer)"],
  ])("refuses %s where it belongs to another program, which made %s", async (schema, made) => {
    const url = await databaseWith(`CREATE SCHEMA ${schema}; ${made}`, "empty");
    const { code, message } = await untouched(server, url);
    expect(code).toBe("STORE_INCOMPATIBLE");
    expect(message).toMatch(/ belongs to another program; name another database\.$/);
    expect(message).toContain(`The schema ${schema} of`);
  });

  it("takes an empty one that somebody made for it", async () => {
    await starts(await databaseWith("CREATE SCHEMA pay; CREATE SCHEMA graphile_worker", "empty"));
  });

  it.each([
    ["", "SELECT"],
    [", and not a damaged one, where a table of ours is gone", "DROP TABLE pay.inbox"],
  ])("refuses a newer one, naming the database and both versions%s", async (_, change) => {
    const url = await databaseWith(`INSERT INTO pay.migration VALUES (${VERSION + 1}); ${change}`);
    const { code, message } = await untouched(server, url);
    expect(code).toBe("STORE_INCOMPATIBLE");
    expect(message).toMatch(/ has schema 2 of pay; .* knows 1\. Install a newer one\.$/);
  });

  it("refuses a newer one of graphile-worker, and leaves the process's exit code alone", async () => {
    const url = await databaseWith("INSERT INTO graphile_worker.migrations (id, breaking) VALUES (1000, true)");
    const { code, message } = await untouched(server, url);
    expect(code).toBe("STORE_INCOMPATIBLE");
    expect(message).toMatch(/ has schema 1000 of graphile_worker; .* knows \d+\. Install a newer one\.$/);
    expect(process.exitCode).toBeUndefined();
  });

  it.each([
    ["a table", "DROP TABLE pay.inbox", "column inbox.payment_id"],
    ["a column", "ALTER TABLE pay.payment DROP COLUMN reversed", "column payment.reversed"],
    ["a function", "DROP FUNCTION pay.lease_deliveries", "function lease_deliveries"],
    ["a key", "ALTER TABLE pay.inbox DROP CONSTRAINT inbox_pkey", "unique index inbox_pkey"],
    [
      "the uniqueness of an index",
      "DROP INDEX pay.review_open; CREATE INDEX review_open ON pay.review (kind)",
      "unique index review_open",
    ],
    ["a column of the list of migrations", "ALTER TABLE pay.migration RENAME id TO n", "column migration.id"],
    ["every row of the list of migrations", "DELETE FROM pay.migration", "rows of the table migration"],
    ["the list of functions", "DROP TABLE pay.function_set", "column function_set.version"],
    [
      "a table, which is a view now",
      "ALTER TABLE pay.handler RENAME TO h; CREATE VIEW pay.handler AS TABLE pay.h",
      "column handler.type",
    ],
  ])("refuses a damaged one that lacks %s", async (_, damage, named) => {
    const { code, message } = await untouched(server, await databaseWith(damage));
    expect(code).toBe("STORE_INCOMPATIBLE");
    expect(message).toMatch(/The schema pay of .* is damaged: .* (is|are) missing\. Restore a backup\.$/);
    expect(message).toContain(named);
  });

  it.each([
    ["one row of the list of migrations", "UPDATE pay.migration SET id = 2", "rows of the table migration are"],
    ["a table, and is an older one", "DROP TABLE pay.outbox", "what migration 2 builds on is"],
  ])("refuses a damaged one that lacks %s", async (_, damage, named) => {
    const url = await databaseWith(damage);
    const before = await dump(server, url);
    const next = withMigration("ALTER TABLE pay.outbox ADD COLUMN note text");
    await expect(prepares(url, next)).rejects.toMatchObject({
      code: "STORE_INCOMPATIBLE",
      message: expect.stringMatching(`The schema pay of .* is damaged: ${named} missing. Restore a backup.$`),
    });
    expect(await dump(server, url)).toEqual(before);
  });

  it("misses whatever of it is gone", async () => {
    const url = await server.database();
    const parts = await server.rows(
      url,
      `SELECT format('ALTER TABLE %s RENAME %I TO gone', attrelid::regclass, attname) AS gone
         FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
         WHERE relnamespace = 'pay'::regnamespace AND relkind = 'r' AND attnum > 0
       UNION ALL SELECT format('ALTER INDEX %s RENAME TO gone', indexrelid::regclass)
         FROM pg_index JOIN pg_class c ON c.oid = indexrelid
         WHERE relnamespace = 'pay'::regnamespace AND indisunique AND relname <> 'migration_pkey'
       UNION ALL SELECT format('ALTER FUNCTION %s RENAME TO gone', oid::regprocedure)
         FROM pg_proc WHERE pronamespace = 'pay'::regnamespace`,
    );
    expect(parts.length).toBeGreaterThan(80);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const check = async () => {
      await schemaVersion(client as never, "it", VERSION);
      await checkTables(client as never, "it");
      await checkFunctions(client as never, "it", OWN_FUNCTIONS);
    };
    await check();
    for (const { gone } of parts) {
      await client.query(`BEGIN; ${gone}`);
      await expect(check().then(() => gone)).rejects.toThrow("damaged");
      await client.query("ROLLBACK");
    }
    await client.end();
  });

  it("takes what a shop has added of its own", async () => {
    const index = "CREATE INDEX ON pay.payment (description)";
    const column = "ALTER TABLE pay.payment ADD COLUMN own text";
    await starts(await databaseWith(`${index}; ${column}; CREATE TABLE pay.own (id integer)`));
  });

  it("makes the queue's anew where that is gone", async () => {
    const url = await databaseWith("DROP SCHEMA graphile_worker CASCADE");
    await starts(url);
    expect(await server.rows(url, "SELECT * FROM graphile_worker.jobs")).toEqual([]);
  });

  it("refuses a queue that is damaged, and says how to get over it", async () => {
    const url = await databaseWith("DROP FUNCTION graphile_worker.add_job CASCADE");
    const { code, message } = await untouched(server, url);
    expect(code).toBe("STORE_INCOMPATIBLE");
    expect(message).toMatch(/The schema graphile_worker of .* is damaged: .* Drop it: Pay creates it anew/);
  });
});
