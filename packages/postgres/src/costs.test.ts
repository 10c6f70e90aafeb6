import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type AnyPay, memoryStore, type PaymentStore } from "@pay/core";
import pg from "pg";
import { createBell } from "../../../test/support/bell.ts";
import { type Pooler, startPooler } from "../test/pooler.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { type Shop, type ShopOptions, startShop } from "../test/shop.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
let url: string;
let shop: Shop;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.database();
});
afterAll(() => server.close());
beforeEach(() => server.clear(url));
afterEach(() => shop.pay.close());

/** A store that nobody asks but checkouts and callbacks, so that everything that is sent is theirs. */
function undisturbed(store: PaymentStore): PaymentStore {
  const { leaseDeliveries: lease, nextDeliveryAt, overdue, staleUnmatched } = memoryStore();
  return {
    ...store,
    startWorker: async () => ({ stop: async () => {} }),
    leaseDeliveries: lease,
    nextDeliveryAt,
    overdue,
    staleUnmatched,
  };
}

describe("the common callback", () => {
  let wire: Pooler;
  beforeEach(async () => {
    wire = await startPooler(url);
  });
  afterEach(async () => {
    await shop.pay.close();
    await wire.close();
  });

  it.each([
    ["at the address of all", "provider-reference", { amount: 1999 }],
    ["at the payment's own address", "callback-url", { amount: 1999 }],
    ["without an amount", "provider-reference", {}],
  ] as const)("costs one round trip, %s, and so does its repetition", async (_, correlation, money) => {
    const store = undisturbed(postgresStore(wire.url));
    shop = await startShop(store, { gateway: { callback: { correlation } } });
    const id = await shop.checkout("order-1");
    const stories = [];
    for (let time = 1; time <= 2; time++) {
      const before = wire.sent.length;
      expect((await shop.notify(id, "succeeded", money)).status).toBe(200);
      const sent = wire.sent.slice(before);
      stories.push(sent.flatMap(({ sql }) => sql ?? []));
      // Parse, Bind, Describe, Execute, Sync: sent together, answered together.
      expect(sent.map(({ type }) => type).join("")).toBe("PBDES");
    }
    const update = expect.stringMatching(/^SELECT \* FROM pay\.update_all\(/);
    expect(stories).toEqual([[update], [update]]);
    const recorded = `SELECT state, (SELECT count(*)::int FROM pay.inbox) AS inbox,
      (SELECT count(*)::int FROM pay.outbox) AS outbox FROM pay.payment`;
    expect(await server.rows(url, recorded)).toEqual([{ state: "succeeded", inbox: 1, outbox: 1 }]);
  });
});

describe("callbacks that come together", () => {
  const count = (table: string) => `SELECT count(*)::int AS count FROM ${table}`;

  it("share statements, commits and the word to the queue, each heard once though it comes twice", async () => {
    const wire = await startPooler(url);
    shop = await startShop(undisturbed(postgresStore(wire.url)));
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => shop.checkout(`order-${n}`)));
    const before = wire.sent.length;
    const answers = await Promise.all([...ids, ...ids].map((id) => shop.notify(id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const statements = wire.sent.slice(before).filter(({ sql }) => sql !== undefined).length;
    expect(statements).toBeGreaterThan(1);
    expect(statements).toBeLessThan(10);
    for (const table of ["inbox", "outbox", "order_success"]) {
      expect(await server.rows(url, count(`pay.${table}`))).toEqual([{ count: 40 }]);
    }
    const [jobs] = await server.rows(url, count("graphile_worker.jobs"));
    expect(jobs!.count).toBeLessThanOrEqual(statements);
    await shop.pay.close();
    await wire.close();
  });

  it("of two payments of one order: one pays it, the other pays it again", async () => {
    shop = await startShop(undisturbed(postgresStore(url)));
    const ids = await Promise.all([1, 2].map(() => shop.checkout("order-1")));
    const others = await Promise.all(Array.from({ length: 10 }, (_, n) => shop.checkout(`other-${n}`)));
    await Promise.all([...others, ...ids, ...others, ...ids].map((id) => shop.notify(id)));
    const told = "SELECT type FROM pay.outbox WHERE stream = ANY ($1) ORDER BY type";
    expect(await server.rows(url, told, [ids])).toEqual([
      { type: "payment.paid_again" },
      { type: "payment.succeeded" },
    ]);
  });

  it("about one payment write one after another, so that its copies leave the connections to others", async () => {
    const wire = await startPooler(url);
    shop = await startShop(undisturbed(postgresStore(wire.url)));
    const id = await shop.checkout("order-1");
    expect((await shop.notify(id)).status).toBe(200);
    const before = wire.sent.length;
    // Each contradicts the success, so the rule decides about each that is new.
    const answers = await Promise.all(Array.from({ length: 100 }, () => shop.notify(id, "failed")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const writes = wire.sent.slice(before).filter(({ sql }) => sql?.includes("pay.write_changes"));
    // Two statements read at once, and each may have read before the write and be answered after it.
    expect(writes.length).toBeLessThanOrEqual(3);
    expect(await server.rows(url, count("pay.inbox"))).toEqual([{ count: 2 }]);
    await shop.pay.close();
    await wire.close();
  });

  it("fail alone: what cannot be written is nobody else's affair", async () => {
    shop = await startShop(undisturbed(postgresStore(url)));
    const ids = await Promise.all(Array.from({ length: 12 }, (_, n) => shop.checkout(`order-${n}`)));
    await server.rows(
      url,
      `CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF NEW.payment_id = '${ids[7]}' THEN RAISE 'no'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON pay.inbox FOR EACH ROW EXECUTE FUNCTION public.refuse()`,
    );
    const answers = await Promise.all(ids.map((id) => shop.notify(id)));
    await server.rows(url, "DROP FUNCTION public.refuse CASCADE");
    expect(answers.map(({ status }) => status)).toEqual(ids.map((_, n) => (n === 7 ? 503 : 200)));
    expect(await server.rows(url, count("pay.inbox"))).toEqual([{ count: 11 }]);
  });
});

describe("a payment whose row somebody else holds", () => {
  it("is answered 503, and the others of its group are recorded", async () => {
    shop = await startShop(undisturbed(postgresStore(url)));
    const ids = await Promise.all(Array.from({ length: 12 }, (_, n) => shop.checkout(`order-${n}`)));
    const other = new pg.Client(url);
    await other.connect();
    await other.query("BEGIN");
    await other.query("SELECT FROM pay.payment WHERE id = $1 FOR UPDATE", [ids[7]]);
    const answers = await Promise.all(ids.map((id) => shop.notify(id)));
    await other.end();
    expect(answers.map(({ status }) => status)).toEqual(ids.map((_, n) => (n === 7 ? 503 : 200)));
    expect((await shop.notify(ids[7]!)).status).toBe(200);
  });
});

describe("while others are waited for", () => {
  const goOn = { of: Promise.withResolvers<void>() };
  const waiting = createBell();
  let waits = 0;
  const wait = async () => {
    waits++;
    waiting.ring();
    await goOn.of.promise;
  };
  const isWaited = () => waiting.until(() => waits > 0);

  afterEach(() => goOn.of.resolve());

  async function start(options: ShopOptions = {}): Promise<void> {
    waits = 0;
    goOn.of = Promise.withResolvers();
    shop = await startShop(postgresStore(url), options);
  }

  /** Transactions and locks of ours that are there however often one looks: what the queue asks now and then is over soon. */
  async function held(): Promise<readonly unknown[]> {
    let found: readonly unknown[] = [];
    for (let look = 0; look < 20; look++) {
      found = await server.rows(
        url,
        `SELECT state AS held FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'pay' AND state LIKE 'idle in transaction%'
         UNION SELECT locktype FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE datname = current_database() AND application_name = 'pay'`,
      );
      if (found.length === 0) break;
    }
    return found;
  }

  it("holds nothing: a gateway that does not answer a create", async () => {
    await start();
    const { onCreate } = shop.gateway;
    shop.gateway.onCreate = async (request, call) => {
      await wait();
      return onCreate(request, call);
    };
    const checkout = shop.checkout("order-1");
    await isWaited();
    expect(await held()).toEqual([]);
    expect(await server.rows(url, "SELECT state FROM pay.payment")).toEqual([{ state: "created" }]);
    goOn.of.resolve();
    await checkout;
  });

  it("holds nothing: a gateway that is asked about a callback", async () => {
    await start();
    const { onReceive } = shop.gateway;
    shop.gateway.onReceive = async (request, call) => {
      await wait();
      return onReceive(request, call);
    };
    const notified = shop.notify(await shop.checkout("order-1"));
    await isWaited();
    expect(await held()).toEqual([]);
    goOn.of.resolve();
    expect((await notified).status).toBe(200);
  });

  it("holds nothing: a handler that takes its time", async () => {
    await start({ handle: wait });
    await shop.notify(await shop.checkout("order-1"));
    await isWaited();
    expect(await held()).toEqual([]);
    expect(await server.rows(url, "SELECT status FROM pay.delivery")).toEqual([{ status: "leased" }]);
    goOn.of.resolve();
  });

  it("holds a transaction for a handler that asked for one, and for nobody else", async () => {
    await start({ also: (pay: AnyPay) => pay.on("payment.succeeded", "ledger", () => wait(), { tx: true }) });
    await shop.notify(await shop.checkout("order-1"));
    await isWaited();
    expect(await held()).toContainEqual({ held: "idle in transaction" });
    goOn.of.resolve();
  });
});
