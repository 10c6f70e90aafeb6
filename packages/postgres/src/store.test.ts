import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import pg from "pg";
import { check } from "../test/check.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
let url: string;
let reader: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.database();
  reader = new pg.Client({ connectionString: url, options: "-c search_path=pay" });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await server.close();
});

describe("the contract of stores, on PostgreSQL", () => {
  storeContract({
    test: check,
    async store() {
      await server.clear(reader);
      return postgresStore(url);
    },
    sql: async (statement) => (await reader.query(statement)).rows,
  });
});

describe("a store that is closed", () => {
  const CONNECTIONS =
    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pay'";

  it("has no connection left at the server", async () => {
    for (let round = 0; round < 3; round++) {
      const store = postgresStore(url);
      await store.start();
      await Promise.all(Array.from({ length: 10 }, () => store.openReviews(1)));
      await store.close();
      expect((await reader.query(CONNECTIONS)).rows).toEqual([]);
    }
  });
});
