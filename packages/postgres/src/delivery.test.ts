import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { PaymentEvent, PaymentStore } from "@pay/core/store";
import { changes, eventStep, NOON, step } from "@pay/testkit/internal";
import pg from "pg";
import { paid } from "../test/paid.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

const HANDLERS = ["mail", "vip"].map((name) => ({ name, type: "payment.succeeded" as const }));

let server: TestServer;
let url: string;
let store: PaymentStore;
let other: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());
beforeEach(async () => {
  url = await server.database();
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
    await store.leaseDeliveries({ now: NOON, until: NOON, handlers: HANDLERS, limit: 0 });
    await other.query("BEGIN");
    const values = [NOON + 1, NOON + 60_000, JSON.stringify(HANDLERS), 3, null];
    const { rows } = await other.query(
      "SELECT event->>'event_id' AS id, handler FROM pay.lease_deliveries($1, $2, $3, $4, $5)",
      values,
    );
    const left = await store.leaseDeliveries({ now: NOON + 1, until: NOON + 60_000, handlers: HANDLERS, limit: 9 });
    await other.query("COMMIT");
    expect([rows.length, left.length]).toEqual([3, 1]);
    const all = [
      ...rows.map(({ id, handler }) => `${id} ${handler}`),
      ...left.map((one) => `${one.event.id} ${one.handler}`),
    ];
    expect(new Set(all).size).toBe(4);
  });
});

describe("the end of a delivery", () => {
  const jobs = async () => {
    const rows = await server.rows(url, "SELECT run_at > now() AS later FROM graphile_worker.jobs ORDER BY run_at");
    await server.rows(url, "DELETE FROM graphile_worker._private_jobs");
    return rows.map(({ later }) => (later === true ? "later" : "now"));
  };

  /** A payment that succeeded and was reversed, both of which one handler wants to hear. */
  async function takeFirst() {
    await store.registerHandlers([...HANDLERS, { name: "vip", type: "payment.reversed" }]);
    const record = await paid(store);
    const { event, history, record: reversed } = eventStep(record, "payment.reversed");
    const { merchantAccount, id: paymentId } = record.payment;
    const recorded = changes({ record: reversed, history, events: [event], inbox: ["another"] });
    await store.update({ merchantAccount, paymentId }, () => ({ changes: recorded, result: undefined }));
    await jobs();
    return take();
  }

  const take = () =>
    store.leaseDeliveries({
      now: NOON + 60_000,
      until: NOON + 120_000,
      handlers: [
        { name: "vip", type: "payment.succeeded" },
        { name: "vip", type: "payment.reversed" },
      ],
      limit: 9,
    });

  it("has the queue look for what waited for it, and only for that", async () => {
    const [first, ...none] = await takeFirst();
    expect([first?.event.type, none]).toEqual(["payment.succeeded", []]);
    await store.finishDelivery(first!, { kind: "delivered", at: NOON });
    expect(await jobs()).toEqual(["now"]);
    const [second] = await take();
    expect(second?.event.type).toBe("payment.reversed");
    await store.finishDelivery(second!, { kind: "delivered", at: NOON });
    expect(await jobs()).toEqual([]);
  });

  it("has the queue look again when it is to be tried again, while what waits for it goes on waiting", async () => {
    const [first] = await takeFirst();
    await store.finishDelivery(first!, { kind: "retry", at: NOON, dueAt: Date.now() + 3_600_000, error: "no" });
    expect(await jobs()).toEqual(["later"]);
  });

  it("has the queue look at once when an attempt was cut off, so that another process goes on", async () => {
    const [first] = await takeFirst();
    await store.finishDelivery(first!, { kind: "released", at: NOON });
    expect(await jobs()).toEqual(["now"]);
    expect(await take()).toEqual([{ ...first, attempt: 1, lease: 2 }]);
  });

  it("has the queue look at once when a person hurries the next attempt", async () => {
    const [first] = await takeFirst();
    await store.finishDelivery(first!, { kind: "retry", at: NOON, dueAt: Date.now() + 3_600_000, error: "no" });
    await jobs();
    const { id: paymentId, merchantAccount } = (first!.event as PaymentEvent).payment;
    await store.update({ merchantAccount, paymentId }, ({ record }) => {
      const { history, record: noted } = step(record!, { kind: "pending" });
      const redriven = [{ eventId: first!.event.id, handler: "vip" }];
      return { changes: changes({ record: noted, history, redriven }), result: undefined };
    });
    expect(await jobs()).toEqual(["now"]);
    expect(await take()).toEqual([{ ...first, attempt: 1, lease: 2 }]);
  });

  it("is recorded for each of those that end together", async () => {
    for (let n = 0; n < 5; n++) await paid(store);
    const taken = await store.leaseDeliveries({
      now: NOON + 60_000,
      until: NOON + 120_000,
      handlers: HANDLERS,
      limit: 99,
    });
    await Promise.all(taken.map((delivery) => store.finishDelivery(delivery, { kind: "delivered", at: NOON })));
    const ended = "SELECT status, count(*)::int AS count FROM pay.delivery GROUP BY status";
    expect(await server.rows(url, ended)).toEqual([{ status: "delivered", count: 10 }]);
  });
});
