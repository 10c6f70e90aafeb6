import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { insertRequestOf, newRecord } from "@pay/testkit/internal";
import { dump } from "../test/dump.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

describe("opening a database only to read it", () => {
  it.each([
    ["an empty database", "empty", "", "has no schema pay"],
    [
      "functions of an older version",
      "migrated",
      "UPDATE pay.function_set SET version = '0.0.1'",
      "of an older version",
    ],
    ["a newer schema", "migrated", "INSERT INTO pay.migration VALUES (2)", "has schema 2 of pay"],
  ] as const)("refuses %s and leaves it as it is, also without the queue", async (_, kind, change, why) => {
    const url = await server.database(kind);
    if (change !== "") await server.rows(url, change);
    const before = await dump(server, url);
    await expect(postgresStore(url).openReadOnly()).rejects.toMatchObject({
      code: "STORE_INCOMPATIBLE",
      message: expect.stringContaining(why),
    });
    expect(await dump(server, url)).toEqual(before);
  });

  it("is refused with a store that is open, which stays open, and so is a second start", async () => {
    const store = postgresStore(await server.database("migrated"));
    const refused = { code: "INVALID_CONFIG", field: "store" };
    const both = await Promise.allSettled([store.start(), store.start()]);
    expect(both).toMatchObject([{ status: "fulfilled" }, { status: "rejected", reason: refused }]);
    await expect(store.openReadOnly()).rejects.toMatchObject(refused);
    expect(await store.openReviews(1)).toEqual([]);
    await store.close();
    await store.openReadOnly();
    await expect(store.start()).rejects.toMatchObject(refused);
    await store.close();
  });

  it("changes nothing, also for a user who may only read", async () => {
    const url = await server.database();
    const store = postgresStore(url);
    await store.start();
    const record = newRecord();
    await store.insert(insertRequestOf(record));
    await store.close();
    await server.rows(url, "CREATE ROLE pay_reader LOGIN PASSWORD 'reader'; GRANT USAGE ON SCHEMA pay TO pay_reader");
    const reader = postgresStore(Object.assign(new URL(url), { username: "pay_reader", password: "reader" }).href);
    await expect(reader.openReadOnly()).rejects.toMatchObject({
      message: expect.stringMatching(/read: GRANT USAGE.*SELECT/),
    });
    await server.rows(url, "GRANT SELECT ON ALL TABLES IN SCHEMA pay TO pay_reader");
    const before = await dump(server, url);
    await reader.openReadOnly();
    expect(await reader.payment(record.payment.id)).toEqual(record);
    expect(await reader.failingDeliveries(5)).toEqual([]);
    expect((await reader.payments({ limit: 5, window: 5 })).payments).toEqual([record]);
    await reader.close();
    expect(await dump(server, url)).toEqual(before);
    await server.rows(url, "DROP OWNED BY pay_reader CASCADE; DROP ROLE pay_reader");
  });
});
