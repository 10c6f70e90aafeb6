import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { type Pooler, startPooler } from "./pooler.ts";
import { startPostgres, type TestServer } from "./server.ts";

let server: TestServer;
let url: string;
let pooler: Pooler;
const clients: pg.Client[] = [];

beforeAll(async () => {
  server = await startPostgres();
  url = await server.database("empty");
});
afterAll(() => server.close());
beforeEach(async () => {
  pooler = await startPooler(url, 2);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  await pooler.close();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(pooler.url);
  client.on("error", () => {});
  await client.connect();
  clients.push(client);
  return client;
}

const pidOf = async (client: pg.Client) => (await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;

describe("the pooler of the tests", () => {
  it("gives the next transaction another server connection", async () => {
    const client = await connect();
    const pids = [await pidOf(client), await pidOf(client), await pidOf(client)];
    expect(pids[1]).not.toBe(pids[0]);
    expect(pids[2]).toBe(pids[0]);
  });

  it("leaves one its connection until it ends", async () => {
    const client = await connect();
    await client.query("BEGIN");
    const pids = [await pidOf(client), await pidOf(client)];
    expect(pids[1]).toBe(pids[0]);
    await client.query("SELECT 1/0").catch(() => {});
    await expect(pidOf(client)).rejects.toThrow("aborted");
    await client.query("ROLLBACK");
    expect(await pidOf(client)).not.toBe(pids[0]);
  });

  it("lets a client wait until a connection is free", async () => {
    const [first, second, third] = [await connect(), await connect(), await connect()];
    await first.query("BEGIN");
    await second.query("BEGIN");
    const waiting = pidOf(third);
    const pid = await pidOf(first);
    await first.query("COMMIT");
    expect(await waiting).toBe(pid);
    await second.query("COMMIT");
  });

  it("rolls back what a client leaves open", async () => {
    await server.rows(url, "CREATE TABLE left_open (id integer)");
    const client = await connect();
    await client.query("BEGIN; INSERT INTO left_open VALUES (1)");
    await client.end();
    const other = await connect();
    await other.query("BEGIN; LOCK TABLE left_open");
    expect((await other.query("SELECT * FROM left_open")).rows).toEqual([]);
    await other.query("COMMIT");
  });

  it("keeps nothing of a session: no named statement, no setting, no session's lock", async () => {
    const client = await connect();
    const named = () => client.query({ name: "one", text: "SELECT 1" });
    await named();
    await expect(named()).rejects.toMatchObject({ code: "26000" });
    await client.query("SET search_path = nowhere");
    expect((await client.query("SHOW search_path")).rows).not.toEqual([{ search_path: "nowhere" }]);
    await client.query("SELECT pg_advisory_lock(1)");
    expect((await client.query("SELECT pg_advisory_unlock(1) AS held")).rows).toEqual([{ held: false }]);
  });

  it("ends a client whose server connection is cut, and opens another", async () => {
    const client = await connect();
    await client.query("BEGIN");
    await server.rows(url, "SELECT pg_terminate_backend($1)", [await pidOf(client)]);
    await expect(client.query("COMMIT")).rejects.toThrow();
    const others = [await connect(), await connect()];
    await Promise.all(others.map((other) => other.query("BEGIN")));
  });

  it("tells what was sent", async () => {
    const client = await connect();
    await client.query("SELECT $1::int AS a", [1]);
    await client.query("SELECT 2");
    expect(pooler.sent.map(({ type }) => type).join("")).toBe("PBDESQ");
    expect(pooler.sent.flatMap(({ sql }) => sql ?? [])).toEqual(["SELECT $1::int AS a", "SELECT 2"]);
  });
});
