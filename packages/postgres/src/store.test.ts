import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
let url: string;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.database();
}, 60_000);
afterAll(() => server.close());

describe("the contract of stores, on PostgreSQL", () => {
  storeContract({
    test: (name, run) => it(name, run, 30_000),
    async store() {
      await server.clear(url);
      return postgresStore(url);
    },
  });
});
