import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startPostgres, type TestServer } from "../test/server.ts";
import { startShop } from "../test/shop.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

/** Has every table of Pay's note, at the commit, how durable that is going to be. */
const WATCH = `
  CREATE TABLE public.noted (name text, setting text);
  CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO public.noted VALUES (TG_TABLE_NAME, current_setting('synchronous_commit')); RETURN NULL; END $$;
  DO $$ DECLARE watched regclass; BEGIN
    FOR watched IN SELECT oid FROM pg_class WHERE relnamespace = 'pay'::regnamespace AND relkind = 'r' LOOP
      EXECUTE format('CREATE CONSTRAINT TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON %s
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.note()', watched);
    END LOOP;
    EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
  END $$`;

describe("a commit", () => {
  it("is durable, whatever the database is set to", async () => {
    const url = await server.database();
    await server.rows(url, WATCH);
    const shop = await startShop(postgresStore(url), {
      also: (pay) => pay.on("payment.succeeded", "ledger", async () => {}, { tx: true }),
    });
    const id = await shop.checkout("order-1");
    // The second means nothing, the third is of a payment nobody knows.
    for (const body of [
      { status: "succeeded", providerReference: `R-${id}` },
      { status: "7", providerReference: `R-${id}` },
      STRANGER,
    ]) {
      const request = new Request("https://shop.example/pay/callbacks/cards", {
        method: "POST",
        body: JSON.stringify(body),
      });
      expect((await shop.pay.fetch(request)).status).toBe(200);
    }
    await shop.until(() => shop.told.includes(id));
    await shop.pay.close();
    const noted = await server.rows(url, "SELECT name, string_agg(DISTINCT setting, ' ') AS is FROM noted GROUP BY 1");
    const tables = [
      "delivery",
      "handler",
      "history",
      "inbox",
      "order_success",
      "unmatched",
      "outbox",
      "payment",
      "review",
    ];
    expect(Object.fromEntries(noted.map(({ name, is }) => [name, is]))).toEqual(
      Object.fromEntries(tables.map((table) => [table, "on"])),
    );
    expect(await server.rows(url, "SHOW synchronous_commit")).toEqual([{ synchronous_commit: "off" }]);
  });
});

const STRANGER = { status: "succeeded", providerReference: "R-nobody" };
