import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { prepares } from "../test/prepare.ts";
import { starts } from "../test/refusal.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { startShop } from "../test/shop.ts";
import { type FunctionSet, hashOf, OWN_FUNCTIONS } from "./functions.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

/** The functions of a version in which a comment of this one differs. */
function functionsOf(version: string, name = "is_next"): FunctionSet {
  return changed(version, name, (text) => text.replace("AS $$", () => `AS $$ -- of ${version}`));
}

function changed(version: string, name: string, change: (text: string) => string): FunctionSet {
  const files = OWN_FUNCTIONS.files.map((file) => (file.name === name ? { name, text: change(file.text) } : file));
  return { version, files };
}

const NEWER = functionsOf("99.0.0");

/** The text of a function, and whose functions the database says it has. */
async function stateOf(url: string, name = "is_next") {
  const [found] = await server.rows(
    url,
    `SELECT prosrc AS text, (SELECT json_agg(s) FROM pay.function_set s) AS recorded FROM pg_proc
     WHERE pronamespace = 'pay'::regnamespace AND proname = $1`,
    [name],
  );
  return found as { readonly text: string; readonly recorded: readonly object[] };
}

const recordOf = (functions: FunctionSet) => [{ version: functions.version, hash: hashOf(functions) }];

describe("a start", () => {
  it("creates every function of the folder, each called as its file", async () => {
    const url = await server.database();
    const names = "SELECT proname AS name FROM pg_proc WHERE pronamespace = 'pay'::regnamespace ORDER BY 1";
    expect((await server.rows(url, names)).map(({ name }) => name)).toEqual(
      OWN_FUNCTIONS.files.map(({ name }) => name),
    );
    expect((await stateOf(url)).recorded).toEqual(recordOf(OWN_FUNCTIONS));
  });

  it.each([
    ["a newer version", NEWER],
    ["the same version whose text differs", functionsOf(OWN_FUNCTIONS.version)],
  ])("replaces functions by those of %s", async (_, functions) => {
    const url = await server.database();
    await prepares(url, { functions });
    const { recorded, text } = await stateOf(url);
    expect(text).toContain(`-- of ${functions.version}`);
    expect(recorded).toEqual(recordOf(functions));
  });

  it("writes nothing where the functions are its own", async () => {
    const url = await server.database();
    const written =
      "SELECT xmin::text FROM pg_proc WHERE pronamespace = 'pay'::regnamespace UNION ALL SELECT xmin::text FROM pay.function_set";
    const before = await server.rows(url, written);
    await starts(url);
    expect(await server.rows(url, written)).toEqual(before);
  });

  it("of an older version leaves newer functions alone, and works with them", async () => {
    const url = await server.database();
    await prepares(url, { functions: NEWER });
    const shop = await startShop(postgresStore(url));
    expect((await shop.notify(await shop.checkout("order-1"))).status).toBe(200);
    await shop.until(() => shop.told.length === 1);
    await shop.pay.close();
    expect((await stateOf(url)).recorded).toEqual(recordOf(NEWER));
    expect((await stateOf(url)).text).toContain("-- of 99.0.0");
  });

  it("compares versions by number: 0.10.0 is newer than 0.9.0", async () => {
    const url = await server.database("empty");
    await prepares(url, { functions: functionsOf("0.10.0") });
    await prepares(url, { functions: functionsOf("0.9.0") });
    expect((await stateOf(url)).text).toContain("-- of 0.10.0");
  });

  it("replaces a function whose result or parameters have other names or types", async () => {
    const url = await server.database();
    const wider = changed("99.0.0", "lease_status_checks", (text) =>
      text
        .replace("merchant_account text)", "merchant_account text, due_at bigint)")
        .replace("FROM taken", ", t.was_due FROM taken")
        .replaceAll("max_rows", "at_most"),
    );
    await prepares(url, { functions: wider });
    const result = "SELECT * FROM pay.lease_status_checks(0, 0, 1)";
    expect(await server.rows(url, result)).toEqual([]);
    const type = "SELECT pg_get_function_result('pay.lease_status_checks'::regproc) AS type";
    expect((await server.rows(url, type))[0]?.type).toContain("due_at bigint");
    const store = postgresStore(url);
    await store.start();
    expect(await store.leaseStatusChecks(0, 1, 1)).toEqual([]);
    await store.close();
  });

  it("replaces a function by one with a further parameter, and older processes go on calling it", async () => {
    const url = await server.database();
    const more = changed("99.0.0", "lease_status_checks", (text) =>
      text.replace("DEFAULT '{}'", "DEFAULT '{}', only_payment text DEFAULT NULL"),
    );
    await prepares(url, { functions: more });
    const store = postgresStore(url);
    await store.start();
    expect(await store.leaseStatusChecks(0, 1, 1)).toEqual([]);
    await store.close();
    await prepares(url, {
      functions: changed("99.0.1", "lease_status_checks", (text) => text.replaceAll("max_rows", "at_most")),
    });
    const signatures =
      "SELECT pg_get_function_identity_arguments(oid) AS text FROM pg_proc WHERE proname = 'lease_status_checks'";
    expect(await server.rows(url, signatures)).toEqual([
      { text: "now_at bigint, until_at bigint, at_most integer, except_accounts text[]" },
    ]);
  });

  it("that fails leaves the old functions, all of them", async () => {
    const url = await server.database();
    const before = await stateOf(url);
    const broken = changed("99.0.0", "write_changes", (text) => text.replace("BEGIN", "BEGIN nonsense"));
    const files = broken.files.map((file) =>
      file.name === "is_next" ? NEWER.files.find(({ name }) => name === "is_next")! : file,
    );
    await expect(prepares(url, { functions: { ...broken, files } })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    expect(await stateOf(url)).toEqual(before);
    await starts(url);
  });

  it("of old and new processes at once ends with the new functions", async () => {
    const url = await server.database();
    const newer = Array.from({ length: 5 }, () => prepares(url, { functions: NEWER }));
    const own = Array.from({ length: 5 }, () => starts(url));
    await Promise.all([...newer, ...own]);
    expect((await stateOf(url)).recorded).toEqual(recordOf(NEWER));
  });
});

describe("processes that are running", () => {
  it("go on while another one replaces the functions", async () => {
    const url = await server.database();
    const shop = await startShop(postgresStore(url));
    const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => shop.checkout(`order-${n}`)));
    for (const [at, id] of ids.entries()) {
      const notified = shop.notify(id);
      if (at % 6 === 0) await prepares(url, { functions: functionsOf(`99.0.${at}`, "update_all") });
      expect((await notified).status).toBe(200);
    }
    await shop.until(() => new Set(shop.told).size === 60);
    await shop.pay.close();
  });
});
