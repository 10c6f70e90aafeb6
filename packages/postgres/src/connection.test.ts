import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { PayError } from "@pay/core/store";
import { freePort } from "../test/embedded.ts";
import { refusal, starts, untouched } from "../test/refusal.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import type { PostgresOptions } from "./options.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

const USER = `canary_${randomBytes(4).toString("hex")}`;
const PASSWORD = "canary-password";

/** The same address for somebody whose name, password and wishes must not be found anywhere. */
function asUser(url: string, changes: Partial<URL> = {}): string {
  const query = "?application_name=canary_query";
  return Object.assign(new URL(url), { username: USER, password: PASSWORD, search: query, ...changes }).href;
}

/** Everything an error says, to whomever and however deep. */
function said(error: PayError): string {
  return `${inspect(error, { depth: 10, showHidden: true })} ${error.stack} ${JSON.stringify(error)} ${error.cause}`;
}

describe("starting as a user of the database", () => {
  let url: string;

  async function user(kind: "empty" | "migrated", rights: string): Promise<void> {
    url = await server.database(kind);
    await server.rows(url, `CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'; ${rights.replaceAll("$user", USER)}`);
  }
  afterEach(async () => {
    await server.rows(url, `DROP OWNED BY ${USER} CASCADE; DROP ROLE ${USER}`);
  });

  it("whose transactions would not see what they had waited for is refused", async () => {
    await user(
      "migrated",
      "ALTER ROLE $user SUPERUSER; ALTER ROLE $user SET default_transaction_isolation = 'repeatable read'",
    );
    const { code, message } = await untouched(server, url, asUser(url));
    expect(code).toBe("STORE_INCOMPATIBLE");
    expect(message).toMatch(/ runs with default_transaction_isolation = repeatable read for this user; ALTER ROLE/);
  });

  const CREATE = "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO $user', current_database()); END $$";

  it("needs no more than the right to create schemas", async () => {
    await user("empty", CREATE);
    await starts(asUser(url));
    const [row] = await server.rows(url, "SELECT current_database() AS name");
    await server.rows(url, `REVOKE CREATE ON DATABASE ${row?.name} FROM ${USER}`);
    await starts(asUser(url));
  });

  const TABLES = "ALL TABLES IN SCHEMA pay, graphile_worker";
  const USAGE = "GRANT USAGE ON SCHEMA pay, graphile_worker TO $user";
  it.each([
    ["may create no schema", "empty", "SELECT"],
    [
      "may create schemas, but nothing in the one made for it",
      "empty",
      `CREATE SCHEMA pay; GRANT USAGE ON SCHEMA pay TO $user; ${CREATE}`,
    ],
    ["may not use the schemas", "migrated", "SELECT"],
    ["may use them and read nothing", "migrated", USAGE],
    ["may only read", "migrated", `${USAGE}; GRANT SELECT ON ${TABLES} TO $user`],
    ["may write, but not past the queue's row security", "migrated", `${USAGE}; GRANT ALL ON ${TABLES} TO $user`],
  ] as const)("refuses one who %s, and says what rights it takes", async (_, kind, rights) => {
    await user(kind, rights);
    const error = await untouched(server, url, asUser(url));
    expect(error.code).toBe("STORE_UNAVAILABLE");
    expect(error.message).toMatch(/GRANT CREATE ON DATABASE.* own the schemas pay and graphile_worker/);
    expect(said(error)).not.toContain("canary");
  });

  it("refuses one for whom everything is read-only", async () => {
    await user("migrated", "ALTER ROLE $user SUPERUSER; ALTER ROLE $user SET default_transaction_read_only = on");
    const error = await untouched(server, url, asUser(url));
    expect(error.code).toBe("STORE_UNAVAILABLE");
    expect(error.message).toContain("set default_transaction_read_only to off");
    expect(said(error)).not.toContain("canary");
  });

  it("sees what others committed while it waited, whatever isolation is the user's default", async () => {
    await user(
      "empty",
      "ALTER ROLE $user SUPERUSER; ALTER ROLE $user SET default_transaction_isolation = serializable",
    );
    await Promise.all([1, 2, 3].map(() => starts(asUser(url))));
  });
});

describe("starting on a server that", () => {
  it("cannot be reached says so, and where it should be", async () => {
    const port = await freePort();
    const error = await refusal(asUser(`postgres://127.0.0.1:${port}/shop`));
    expect(error.code).toBe("STORE_UNAVAILABLE");
    expect(error.message).toBe(
      `PostgreSQL at 127.0.0.1:${port}/shop cannot be reached; check its host, port and TLS settings, and whether it runs.`,
    );
    expect(error.cause).toEqual(new Error("ECONNREFUSED"));
    expect(said(error)).not.toContain("canary");
  });

  it("has no such database says so", async () => {
    const url = Object.assign(new URL(server.url), { pathname: "/no_such_shop" }).href;
    const { code, message } = await refusal(url);
    expect(code).toBe("STORE_UNAVAILABLE");
    expect(message).toMatch(/\/no_such_shop has no such database: create it, or correct its name\.$/);
  });

  it("keeps another encoding, in which callbacks could not be stored, is refused", async () => {
    const url = await server.database("empty", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    const { code, message } = await untouched(server, url);
    expect(code).toBe("STORE_INCOMPATIBLE");
    expect(message).toMatch(/ runs with server_encoding = LATIN1, .* create a database with ENCODING 'UTF8'\.$/);
  });
});

describe("two addresses", () => {
  it("may lead to the same database", async () => {
    const url = await server.database("empty");
    await starts({ url, directUrl: `${url}?application_name=direct` });
  });

  it("must not lead to two databases", async () => {
    const [url, other] = [await server.database(), await server.database("empty")];
    const { code, field, message } = await untouched(server, other, { url, directUrl: other });
    expect({ code, field }).toEqual({ code: "INVALID_CONFIG", field: "directUrl" });
    expect(message).toMatch(/^directUrl leads to .*, and url to another database/);
  });

  it("are told apart in errors", async () => {
    const directUrl = await server.database("empty");
    const port = await freePort();
    const url = asUser(`postgres://127.0.0.1:${port}/pooled`);
    const error = await refusal({ url, directUrl });
    expect(error.message).toContain(`127.0.0.1:${port}/pooled cannot be reached`);
    expect(said(error)).not.toContain("canary");
    expect((await refusal({ url: directUrl, directUrl: url })).message).toContain("/pooled cannot be reached");
  });
});

describe("an address", () => {
  it.each([
    "postgres://canary:12/canary@db.example:5432/shop",
    "postgres://canary:12?canary@db.example:5432/shop",
    "postgres://canary:12#canary@db.example:5432/shop",
  ])("is refused where its password would be taken for something else: %s", (url) => {
    for (const options of [url, { url: "postgres://db.example/shop", directUrl: url }] as (
      | string
      | PostgresOptions
    )[]) {
      const error = caught(() => postgresStore(options));
      expect(error.code).toBe("INVALID_CONFIG");
      expect(error.message).toMatch(/^(url|directUrl) has an @ after the host: .*encodeURIComponent/);
      expect(said(error)).not.toContain("canary");
    }
  });
});

function caught(act: () => unknown): PayError {
  try {
    act();
  } catch (error) {
    return error as PayError;
  }
  throw new Error("It was not refused.");
}
