import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { startPostgres, type TestServer } from "../test/server.ts";
import { queuePool } from "./queue-pool.ts";

const running = new AbortController().signal;
let server: TestServer;
let pool: pg.Pool;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());
beforeEach(() => {
  pool = new pg.Pool({ connectionString: server.url });
});
afterEach(() => pool.end());

/** Runs a statement as the queue does, and gives the connection back. */
async function run(text: string, limits: { readonly query_timeout?: number } = {}): Promise<unknown> {
  const client = await queuePool(pool, true, running).connect();
  try {
    return (await client.query({ text, ...limits })).rows;
  } finally {
    client.release();
  }
}

describe("a connection that the queue gives back", () => {
  it("is used again where nothing failed", async () => {
    expect(await run("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(pool.idleCount).toBe(1);
  });

  it.each([
    ["SELECT pg_sleep(10)", { query_timeout: 50 }],
    ["SELECT 1 / 0", {}],
  ])("is closed after %s failed on it", async (sql, limits) => {
    await expect(run(sql, limits)).rejects.toThrow();
    expect(pool.totalCount).toBe(0);
    expect(await run("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("is closed where it listened on it", async () => {
    await new Promise<void>((released) => {
      queuePool(pool, true, running).connect(async (_, client, release) => {
        await client?.query("LISTEN news");
        release();
        released();
      });
    });
    expect(pool.totalCount).toBe(0);
  });
});

describe("the queue", () => {
  it("does not hear that the end of a job was not stored, and the connection is closed", async () => {
    expect(await run("delete from no_such_schema._private_jobs as jobs where id = 1")).toEqual([]);
    expect(pool.totalCount).toBe(0);
  });

  it("waits for a connection that cannot be had, until it can", async () => {
    const { connect } = pool;
    let refused = 0;
    pool.connect = (async () => {
      if (refused++ === 0) throw new Error("ECONNREFUSED");
      return Reflect.apply(connect, pool, []);
    }) as unknown as typeof connect;
    expect(await run("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(refused).toBe(2);
  });
});

describe("a queue that must not listen", () => {
  it("gets no connection for it", async () => {
    let connected = false;
    queuePool(pool, false, running).connect(() => {
      connected = true;
    });
    expect(await run("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect([connected, pool.totalCount]).toEqual([false, 1]);
  });
});
