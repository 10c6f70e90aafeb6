import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { PaymentStore } from "@pay/core/store";
import { startPostgres, type TestServer } from "../test/server.ts";
import { FAILING } from "./delivery.ts";
import { OPEN_PAYMENTS_BY_ACCOUNT } from "./reads.ts";
import { OF_OPEN, OF_ORDER, OF_REFERENCE, OF_WINDOW } from "./search.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
let url: string;
let store: PaymentStore;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.database();
  store = postgresStore(url);
  await store.start();
});
afterAll(async () => {
  await store.close();
  await server.close();
});
beforeEach(() => server.clear(url));

/** So many payments of a state, the newest last; their numbers are their ids. */
async function insert(state: string, from: number, to: number): Promise<void> {
  await server.rows(
    url,
    `INSERT INTO pay.payment (id, order_id, state, amount, currency, description, provider_name, adapter, merchant_account, created_at,
       updated_at, expires_at, version, cause, reversed, return_success, return_failure, key_id)
     SELECT 'pay_' || lpad(n::text, 26, '0'), 'order ' || n, $1, 1999, 'PLN', 'VIP', 'cards', 'acme', 'acme:SHOP1', n, n, n, 1,
       'opened', false, 'https://shop.example/', 'https://shop.example/', 'k1' FROM generate_series($2::int, $3::int) AS n`,
    [state, from, to],
  );
}

async function planOf(sql: string, last: string | number, state: string | null = null): Promise<string> {
  const rows = await server.rows(url, `EXPLAIN ${sql}`, [
    "",
    "~",
    0,
    1e15,
    state,
    null,
    51,
    last,
    null,
    null,
    null,
    null,
  ]);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

const idOf = (n: number) => `pay_${String(n).padStart(26, "0")}`;

describe("looking through payments", () => {
  it.each(["never counted", "counted"])("finds them by index, whether the rows were %s", async (counted) => {
    await insert("succeeded", 1, 20_000);
    if (counted === "counted") await server.rows(url, "ANALYZE pay.payment");
    const plans = [
      [await planOf(OF_WINDOW, 2000, "failed"), "payment_pkey"],
      [await planOf(OF_WINDOW, 51), "payment_pkey"],
      [await planOf(OF_OPEN, 2000, "pending"), "payment_open"],
      [await planOf(OF_ORDER, "order 7"), "payment_order"],
      [await planOf(OF_REFERENCE, "T-7"), "payment_provider_reference"],
    ] as const;
    for (const [plan, index] of plans) {
      expect(plan).toContain(index);
      expect(plan).not.toContain("Seq Scan");
    }
  });

  it("looks at no more than the window holds where no index leads to them", async () => {
    await insert("failed", 1, 1);
    await insert("succeeded", 2, 4);
    const found = async (search: object) => {
      const { next, payments } = await store.payments({ limit: 5, window: 2, ...search });
      return [payments.length, next];
    };
    expect(await found({ state: "failed" })).toEqual([0, idOf(3)]);
    expect(await found({ providerName: "psc", window: 3 })).toEqual([0, idOf(2)]);
    expect(await found({ state: "failed", window: 5 })).toEqual([1, undefined]);
  });

  it("finds open payments at once behind however many that are closed, while no more are open than a window holds", async () => {
    await insert("pending", 1, 2);
    await insert("succeeded", 3, 30);
    const search = { state: "pending", limit: 5 } as const;
    expect((await store.payments({ ...search, window: 2 })).payments).toHaveLength(2);
    expect(await store.payments({ ...search, window: 1 })).toEqual({ payments: [], next: idOf(30) });
  });
});

describe("looking for failing deliveries", () => {
  it.each(["never counted", "counted"])("reads the index of those alone, whether the rows were %s", async (counted) => {
    await insert("succeeded", 1, 20_000);
    const deliveries = `INSERT INTO pay.delivery (stream, handler, sequence, type, status, attempts, due_at, error)
      SELECT id, 'deliver', 2, 'payment.succeeded', CASE WHEN created_at = 7 THEN 'dead' ELSE 'delivered' END, 1, 0,
        CASE WHEN created_at = 7 THEN 'Error: no' END FROM pay.payment`;
    await server.rows(url, deliveries);
    if (counted === "counted") await server.rows(url, "ANALYZE pay.payment, pay.delivery");
    const plan = (await server.rows(url, `EXPLAIN ${FAILING}`, [100])).map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain("delivery_failing");
    expect(plan).not.toMatch(/Seq Scan on (delivery|payment)/);
  });
});

describe("the start's look at open payments", () => {
  it.each(["never counted", "counted"])("finds them by index, whether the rows were %s", async (counted) => {
    await insert("succeeded", 1, 20_000);
    await server.rows(
      url,
      `UPDATE pay.payment SET refunds = '[{"status":"pending"}]' WHERE id IN ('${idOf(7)}', '${idOf(19_000)}')`,
    );
    if (counted === "counted") await server.rows(url, "ANALYZE pay.payment");
    const rows = await server.rows(url, `EXPLAIN ${OPEN_PAYMENTS_BY_ACCOUNT}`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain("payment_open");
    expect(plan).toContain("payment_refunds");
    expect(await store.openPaymentsByAccount()).toMatchObject([{ payments: 0, refunds: 2 }]);
    if (counted === "counted") expect(plan).not.toContain("Seq Scan");
  });
});
