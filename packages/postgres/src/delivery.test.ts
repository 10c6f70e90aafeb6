import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { PaymentStore } from "@pay/core/store";
import pg from "pg";
import { NOON } from "../../testkit/src/store/fixtures.ts";
import { paid } from "../test/paid.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

const HANDLERS = ["mail", "vip"].map((name) => ({ name, type: "payment.succeeded" as const }));

let server: TestServer;
let store: PaymentStore;
let other: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());
beforeEach(async () => {
  const url = await server.database();
  store = postgresStore(url);
  await store.start();
  await store.registerHandlers(HANDLERS);
  other = new pg.Client(url);
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await store.close();
});

describe("a lease", () => {
  it("keeps from others what it takes, and nothing besides", async () => {
    await paid(store);
    await paid(store);
    await store.lease({ now: NOON, until: NOON, handlers: HANDLERS, limit: 0 });
    await other.query("BEGIN");
    const values = [NOON + 1, NOON + 60_000, JSON.stringify(HANDLERS), 3, null];
    const { rows } = await other.query(
      "SELECT event->>'event_id' AS id, handler FROM pay.lease($1, $2, $3, $4, $5)",
      values,
    );
    const left = await store.lease({ now: NOON + 1, until: NOON + 60_000, handlers: HANDLERS, limit: 9 });
    await other.query("COMMIT");
    expect([rows.length, left.length]).toEqual([3, 1]);
    const all = [
      ...rows.map(({ id, handler }) => `${id} ${handler}`),
      ...left.map((one) => `${one.event.id} ${one.handler}`),
    ];
    expect(new Set(all).size).toBe(4);
  });
});
