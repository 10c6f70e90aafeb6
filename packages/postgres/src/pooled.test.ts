import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { storeContract } from "@pay/testkit";
import pg from "pg";
import { checkOfConnections } from "../test/check.ts";
import { type Pooler, startPooler } from "../test/pooler.ts";
import { starts } from "../test/refusal.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { type Shop, startShop } from "../test/shop.ts";
import type { PostgresOptions } from "./options.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
let url: string;
let pooler: Pooler;
let reader: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.database();
  pooler = await startPooler(url);
  reader = new pg.Client({ connectionString: url, options: "-c search_path=pay" });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await pooler.close();
  await server.close();
});

describe("the contract of stores, behind a pooler in transaction mode", () => {
  storeContract({
    test: checkOfConnections,
    async store() {
      await server.clear(reader);
      return postgresStore({ url: pooler.url, listen: false });
    },
    sql: async (statement) => (await reader.query(statement)).rows,
  });
});

describe("behind a pooler with two connections to the server", () => {
  it("ten instances start at once on an empty database", async () => {
    const empty = await server.database("empty");
    const narrow = await startPooler(empty, 2);
    await Promise.all(Array.from({ length: 10 }, () => starts(narrow.url)));
    await narrow.close();
    expect(await server.rows(empty, "SELECT count(*)::int AS count FROM pay.migration")).toEqual([{ count: 1 }]);
  });
});

describe.each<[string, () => Partial<PostgresOptions>]>([
  ["without LISTEN", () => ({ listen: false })],
  ["with the server's own address for LISTEN", () => ({ directUrl: url })],
  ["with nothing said about it", () => ({})],
])("a shop behind a pooler in transaction mode, %s,", (_, options) => {
  let shop: Shop;
  beforeEach(async () => {
    await server.clear(reader);
    await server.rows(url, "DROP TABLE IF EXISTS effect; CREATE TABLE effect (event_id text)");
    const insert = "INSERT INTO effect VALUES ($1)";
    shop = await startShop(postgresStore({ url: pooler.url, ...options() }), {
      also: (pay) =>
        pay.on("payment.succeeded", "ledger", async ({ id }, { tx }) => void (await tx.query(insert, [id])), {
          tx: true,
        }),
    });
  });
  afterEach(() => shop.pay.close());

  it("takes payments, many at once, and tells of each of them once", async () => {
    const pay = async (order: number) => {
      const id = await shop.checkout(`order-${order}`);
      const answers = await Promise.all([shop.notify(id), shop.notify(id)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      return id;
    };
    const ids = await Promise.all(Array.from({ length: 20 }, (_, order) => pay(order)));
    await shop.until(() => shop.told.length >= ids.length);
    // Handlers with a transaction have fewer places, and close() waits only for what is being delivered.
    while ((await server.rows(url, "SELECT FROM pay.delivery WHERE status <> 'delivered'")).length > 0);
    await shop.pay.close();
    expect([...shop.told].sort()).toEqual(ids.sort());
    const count = "SELECT status AS is, handler, count(*)::int AS count FROM pay.delivery GROUP BY 1, 2 ORDER BY 2";
    expect(await server.rows(url, count)).toEqual([
      { is: "delivered", handler: "ledger", count: 20 },
      { is: "delivered", handler: "vip", count: 20 },
    ]);
    const effects = "SELECT count(*)::int AS count, count(DISTINCT event_id)::int AS events FROM effect";
    expect(await server.rows(url, effects)).toEqual([{ count: 20, events: 20 }]);
    expect(shop.logger.lines).toEqual([]);
  });

  it("tells of one payment after another", async () => {
    for (let order = 1; order <= 3; order++) {
      const id = await shop.checkout(`order-${order}`);
      await shop.notify(id);
      await shop.until(() => shop.told.includes(id));
    }
    expect(shop.logger.lines).toEqual([]);
  });
});
