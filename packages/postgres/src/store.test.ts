import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import pg from "pg";
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
}, 60_000);
afterAll(async () => {
  await reader.end();
  await server.close();
});

describe("the contract of stores, on PostgreSQL", () => {
  storeContract({
    test: (name, run) => it(name, run, 30_000),
    async store() {
      await server.clear(url);
      return postgresStore(url);
    },
    sql: async (statement) => (await reader.query(statement)).rows,
  });
});
