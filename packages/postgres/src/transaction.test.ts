import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type HandlerTransaction,
  type LeasedDelivery,
  type PaymentId,
  type PaymentStore,
  streamOf,
} from "@pay/core/store";
import { NOON } from "@pay/testkit/internal";
import { paid } from "../test/paid.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

const HANDLERS = [{ name: "ledger", type: "payment.succeeded" }] as const;
const INSERT = "INSERT INTO effect (event_id) VALUES ($1)";
const never = new AbortController().signal;

let server: TestServer;
let url: string;
let store: PaymentStore;

beforeAll(async () => {
  server = await startPostgres();
  url = await server.database();
  await server.rows(url, "CREATE TABLE effect (event_id text)");
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.clear(url);
  await server.rows(url, "DELETE FROM effect");
  store = postgresStore(url);
  await store.start();
});
afterEach(() => store.close());

async function leased(now = NOON): Promise<LeasedDelivery> {
  const [delivery] = await store.leaseDeliveries({ now, until: now + 60_000, handlers: HANDLERS, limit: 1 });
  return delivery!;
}

/** A payment that succeeded, its event leased for a handler. */
async function delivery(): Promise<LeasedDelivery> {
  await store.registerHandlers(HANDLERS);
  await paid(store);
  return leased();
}

const within = (taken: LeasedDelivery, run: (tx: HandlerTransaction) => Promise<void>, signal = never) =>
  store.deliverInTransaction!(taken, signal, run);

async function state(): Promise<readonly unknown[]> {
  const [row] = await server.rows(url, "SELECT status FROM pay.delivery");
  return [row?.status, (await server.rows(url, "SELECT * FROM effect")).length];
}

describe("a handler's transaction", () => {
  it("commits what the handler wrote together with the mark", async () => {
    const taken = await delivery();
    await within(taken, async (tx) => {
      const { rows } = await tx.query("SELECT count(*)::int AS count FROM effect");
      expect(rows).toEqual([{ count: 0 }]);
      await tx.query(INSERT, [taken.event.id]);
      expect(await state()).toEqual(["leased", 0]);
    });
    expect(await state()).toEqual(["delivered", 1]);
  });

  it("is rolled back with the mark when the handler throws, which is thrown on", async () => {
    const taken = await delivery();
    const failure = new Error("no");
    const run = within(taken, async (tx) => {
      await tx.query(INSERT, [taken.event.id]);
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    expect(await state()).toEqual(["leased", 0]);
  });

  it("does not count as delivered where a statement failed and the handler went on", async () => {
    const taken = await delivery();
    const run = within(taken, async (tx) => {
      await tx.query(INSERT, [taken.event.id]);
      await tx.query("INSERT INTO no_such_table VALUES (1)").catch(() => {});
    });
    await expect(run).rejects.toThrow("rolled back");
    expect(await state()).toEqual(["leased", 0]);
  });

  it("ends with the handler's time: nothing of it is committed, whatever the handler still does", async () => {
    const taken = await delivery();
    const time = new AbortController();
    const goOn = Promise.withResolvers<void>();
    const tried = Promise.withResolvers<unknown>();
    const run = within(
      taken,
      async (tx) => {
        await tx.query(INSERT, [taken.event.id]);
        time.abort();
        await goOn.promise;
        await tx.query(INSERT, [taken.event.id]).then(tried.resolve, tried.resolve);
      },
      time.signal,
    );
    await expect(run).rejects.toThrow("timed out");
    goOn.resolve();
    expect(await tried.promise).toBeInstanceOf(Error);
    expect(await state()).toEqual(["leased", 0]);
    const again = await leased(NOON + 60_000);
    expect(again.attempt).toBe(2);
    await within(again, async (tx) => void (await tx.query(INSERT, [again.event.id])));
    expect(await state()).toEqual(["delivered", 1]);
  });

  it("is ended by the server when its process is gone without a word, or a statement of it goes on alone", async () => {
    const limits: unknown[] = [];
    await within(await delivery(), async (tx) => {
      for (const name of ["statement_timeout", "idle_in_transaction_session_timeout"]) {
        limits.push(...(await tx.query(`SHOW ${name}`)).rows);
      }
    });
    expect(limits).toEqual([{ statement_timeout: "40s" }, { idle_in_transaction_session_timeout: "40s" }]);
  });

  it("takes nothing after the handler's end, when its connection may be another transaction's", async () => {
    const taken = await delivery();
    let late: HandlerTransaction | undefined;
    await within(taken, async (tx) => {
      late = tx;
      await tx.query(INSERT, [taken.event.id]);
    });
    await expect(late!.query(INSERT, ["late"])).rejects.toThrow("is over");
    await expect(late!.query("COMMIT")).rejects.toThrow("is over");
    expect(await state()).toEqual(["delivered", 1]);
  });

  it.each(["COMMIT", " rollback ", "END", "begin", "Abort"])("is not the handler's own to end: %s", async (sql) => {
    const taken = await delivery();
    const run = within(taken, async (tx) => {
      await tx.query(INSERT, [taken.event.id]);
      await tx.query(sql);
    });
    await expect(run).rejects.toThrow("not by itself");
    expect(await state()).toEqual(["leased", 0]);
  });

  it("is no delivery where the handler found a way to end it", async () => {
    const taken = await delivery();
    const run = within(taken, async (tx) => {
      await tx.query("/* hidden */ ROLLBACK");
      await tx.query(INSERT, [taken.event.id]);
    });
    await expect(run).rejects.toThrow("not its own to end");
    expect((await state())[0]).toBe("leased");
  });

  it("may have savepoints", async () => {
    const taken = await delivery();
    await within(taken, async (tx) => {
      await tx.query("SAVEPOINT before");
      await tx.query("INSERT INTO no_such_table VALUES (1)").catch(() => tx.query("ROLLBACK TO before"));
      await tx.query(INSERT, [taken.event.id]);
    });
    expect(await state()).toEqual(["delivered", 1]);
  });

  it("does nothing for an attempt that is over", async () => {
    const taken = await delivery();
    await leased(NOON + 60_000);
    let called = false;
    await within(taken, async () => {
      called = true;
    });
    expect(called).toBe(false);
    expect(await state()).toEqual(["leased", 0]);
  });

  it("happens once where two run the same attempt", async () => {
    const taken = await delivery();
    const run = () => within(taken, async (tx) => void (await tx.query(INSERT, [taken.event.id])));
    await Promise.all([run(), run(), run()]);
    expect(await state()).toEqual(["delivered", 1]);
  });

  it("leaves callbacks and the handler's own questions their connections, however many think long", async () => {
    await store.close();
    store = postgresStore({ url, connections: 2 });
    await store.start();
    const taken = await delivery();
    const goOn = Promise.withResolvers<void>();
    const thinking = [1, 2, 3].map(() => within(taken, () => goOn.promise));
    await paid(store);
    expect(await store.payment(streamOf(taken.event) as PaymentId)).toBeDefined();
    goOn.resolve();
    await Promise.all(thinking);
  });
});
