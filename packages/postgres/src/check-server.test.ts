import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg, { type ClientBase } from "pg";
import { type EmbeddedServer, startEmbedded } from "../test/embedded.ts";
import { refusal, starts, untouched } from "../test/refusal.ts";
import { serverOn, type TestServer } from "../test/server.ts";
import { checkServer } from "./check-server.ts";

// A server of this file's own, since its settings are changed.
let embedded: EmbeddedServer;
let server: TestServer;
let url: string;
beforeAll(async () => {
  embedded = await startEmbedded();
  server = serverOn(embedded);
  url = await server.database();
});
afterAll(() => server.close());

describe("starting on a server", () => {
  it.each(["fsync", "full_page_writes"])("refuses one with %s = off, which may lose a commit", async (setting) => {
    await embedded.restart({ settings: { [setting]: "off" } });
    const empty = await server.database("empty");
    for (const database of [url, empty]) {
      const { code, message } = await untouched(server, database);
      expect(code).toBe("STORE_INCOMPATIBLE");
      expect(message).toMatch(new RegExp(` runs with ${setting} = off, so a commit may be lost; set it to on\\.$`));
    }
  });

  it("refuses a standby, and takes it once it was promoted", async () => {
    await embedded.restart({ standby: true });
    const { code, message } = await untouched(server, url);
    expect(code).toBe("STORE_UNAVAILABLE");
    expect(message).toMatch(/ is a standby, which cannot be written; name the primary\.$/);
    await server.rows(url, "SELECT pg_promote()");
    await starts(url);
  });

  it.each([
    [130_022, false],
    [139_999, false],
    [140_000, true],
    [180_004, true],
    [200_000, true],
  ])("takes version %i: %s", async (version, taken) => {
    const settings = { fsync: "on", full_page_writes: "on", server_encoding: "UTF8", readonly: "off", standby: false };
    const client = { query: async () => ({ rows: [{ ...settings, version, called: "13.22" }] }) };
    const check = checkServer(client as unknown as ClientBase, "The server");
    if (taken) return expect(check).resolves.toBeUndefined();
    const message = "The server runs PostgreSQL 13.22; 14 or newer is needed.";
    await expect(check).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE", message });
  });

  it.each([
    ["with a wrong password", "pay", "canary-password", "password"],
    ["with a password, where there is no such user", "canary_user", "canary-password", "password"],
    ["without a password", "pay", "", "password"],
    ["without a password, where it is not sent in clear", "pay", "", "scram-sha-256"],
    ["with a wrong password, where it is not sent in clear", "pay", "canary-password", "scram-sha-256"],
    ["from where nobody may connect", "pay", "pay", "reject"],
  ])("is refused %s, which is said, and for whom is not", async (_, username, password, auth) => {
    await embedded.restart({ auth });
    const { port } = new URL(url);
    const error = await refusal(Object.assign(new URL(url), { username, password, search: "?options=canary" }).href);
    expect(error.code).toBe("STORE_UNAVAILABLE");
    expect(error.message).toMatch(new RegExp(`^PostgreSQL at 127.0.0.1:${port}/\\w+ refuses this user, this password`));
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/canary|pay:pay/);
  });

  it("says that it has no connection left", async () => {
    await embedded.restart({ settings: { max_connections: "4", superuser_reserved_connections: "0" } });
    const clients = [1, 2, 3, 4].map(() => new pg.Client(url));
    await Promise.all(clients.map((client) => client.connect()));
    const { code, message } = await refusal(url);
    await Promise.all(clients.map((client) => client.end()));
    expect(code).toBe("STORE_UNAVAILABLE");
    expect(message).toMatch(/ has no connection left; raise its max_connections, or lower the option connections\.$/);
  });
});
