import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { startPostgres, type TestServer } from "../packages/postgres/test/server.ts";
import { type Fleet, HANDLERS, startFleet } from "./crash/fleet.ts";
import { sendCallback } from "./crash/gateway.ts";
import type { Shop, ShopSettings } from "./crash/shop.ts";
import { paidStory } from "./support/database.ts";

const LONG = process.env.PAY_TEST_LONG === "1";
const TIMEOUT_MS = LONG ? 300_000 : 120_000;
/** How many times faster the shop's clock runs. */
const RATE = LONG ? 1 : 10;
/** The promised minute where the shop's clock is the real one; where it is faster, that minute and the delays of a busy machine. */
const MINUTE_MS = 60_000;
/** So slow that the next sweep, 10 seconds later by the shop's clock, comes after the end of the test. */
const SLOW = 1 / 60;
const ALL = HANDLERS.postgres;
const DELIVERED = ALL.map(() => "delivered");

let server: TestServer;
let fleet: Fleet;
beforeAll(async () => {
  server = await startPostgres();
}, TIMEOUT_MS);
afterEach(() => fleet.close());
afterAll(() => server.close());

/** Some processes of a shop on a separate database. */
async function start(count: number, settings: Partial<ShopSettings>): Promise<readonly Shop[]> {
  fleet = await startFleet({ kind: "postgres", database: await server.database(), settings });
  return Promise.all(Array.from({ length: count }, () => fleet.start()));
}

/** The handlers that began in a process. */
const begunIn = (pid: number) =>
  fleet.handlerCalls.filter((handled) => handled.kind === "begins" && handled.pid === pid);

async function agree(): Promise<void> {
  expect(await fleet.judge([])).toEqual({ lost: [], undelivered: [], doubled: [], forbidden: [] });
}

describe("a process that", () => {
  // The server uses the real clock: it ends an idle transaction after 40 s.
  const cases = [
    { end: "is killed", signal: "SIGKILL", taken: ALL },
    { end: "stands still", signal: "SIGSTOP", taken: LONG ? ALL : ["grant", "mail"] },
  ] as const;

  it.each(cases)(
    "$end in its handlers leaves its events to another one within a minute, under the same ids",
    async ({ signal, taken }) => {
      const shops = await start(2, { rate: RATE, holds: true });
      const { asked, id, orderId } = await fleet.open(shops[0]!, "psc");
      expect(await sendCallback(asked, true, shops[0]!.port!)).toBe("acknowledged");
      await fleet.until(() => shops.some(({ pid }) => begunIn(pid).length === ALL.length));
      const [dying, heir] = begunIn(shops[0]!.pid).length > 0 ? shops : [...shops].reverse();
      const events = new Set(begunIn(dying!.pid).map(({ event }) => event));

      dying!.kill(signal);
      const since = performance.now();
      await fleet.until(() => taken.every((name) => begunIn(heir!.pid).some(({ handler }) => handler === name)));
      expect(performance.now() - since).toBeLessThan(MINUTE_MS);
      expect(new Set(begunIn(heir!.pid).map(({ event }) => event))).toEqual(events);

      dying!.kill("SIGCONT");
      for (const shop of shops) shop.goOn();
      await fleet.granted(orderId);
      expect(await fleet.story(id)).toEqual(paidStory(id, { deliveries: DELIVERED }));
      await agree();
    },
    TIMEOUT_MS,
  );
});

describe("what was committed is delivered", () => {
  it(
    "without LISTEN, and long before the next sweep",
    async () => {
      const [shop] = await start(1, { listen: false, rate: SLOW });
      const { asked, orderId } = await fleet.open(shop!, "cards");
      expect(await sendCallback(asked, true, shop!.port!)).toBe("acknowledged");
      await fleet.granted(orderId);
    },
    TIMEOUT_MS,
  );

  it(
    "within a minute where its job vanished from the queue with the commit",
    async () => {
      const [shop] = await start(1, { rate: RATE });
      await server.rows(
        fleet.settings.database,
        `CREATE TABLE public.vanished (id bigint);
         CREATE FUNCTION public.vanish() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           INSERT INTO public.vanished VALUES (NEW.id);
           DELETE FROM graphile_worker._private_jobs WHERE id = NEW.id;
           RETURN NULL;
         END $$;
         CREATE CONSTRAINT TRIGGER vanish AFTER INSERT ON graphile_worker._private_jobs
           DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.vanish()`,
      );
      const { asked, id, orderId } = await fleet.open(shop!, "cards");
      expect(await sendCallback(asked, true, shop!.port!)).toBe("acknowledged");
      const since = performance.now();
      await fleet.granted(orderId);
      expect(performance.now() - since).toBeLessThan(MINUTE_MS);
      expect(await fleet.rows("SELECT 1 FROM public.vanished")).toHaveLength(1);
      expect(await fleet.story(id)).toEqual(paidStory(id, { deliveries: DELIVERED }));
      await agree();
    },
    TIMEOUT_MS,
  );
});

describe("a process that is told to close", () => {
  it(
    "finishes its callbacks, checkouts and handlers, takes nothing new, and leaves no connection and no process behind",
    async () => {
      const [shop] = await start(1, { holds: true });
      const [paid, late] = [await fleet.open(shop!, "psc"), await fleet.open(shop!, "cards")];
      await sendCallback(paid.asked, true, shop!.port!);
      await fleet.until(() => begunIn(shop!.pid).length === ALL.length);
      // A callback waits for this row, a checkout for its gateway, and the handlers for the test.
      const locking = new pg.Client({ connectionString: fleet.settings.database });
      await locking.connect();
      await locking.query("BEGIN");
      await locking.query("SELECT 1 FROM pay.payment WHERE id = $1 FOR UPDATE", [late.id]);
      const callback = sendCallback(late.asked, true, shop!.port!, TIMEOUT_MS);
      const answer = fleet.gateway.hold();
      const asked = fleet.gateway.asked.length;
      const checkout = shop!.checkout({ orderId: "last", provider: "psc", key: "last" });
      await fleet.until(() => fleet.gateway.asked.length > asked);
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      await fleet.untilNone(`SELECT 1 WHERE NOT EXISTS (${waiting})`);

      let closed = false;
      const closing = shop!.close().then(() => {
        closed = true;
      });
      const refused = await shop!.checkout({ orderId: "late", provider: "psc", key: "late" });
      expect(refused).toEqual({ error: "NOT_STARTED" });

      // One after the other, since each alone keeps the process from closing.
      shop!.goOn();
      await fleet.until(() => fleet.handlerCalls.filter(({ kind }) => kind === "ended").length === ALL.length);
      await locking.query("ROLLBACK");
      await locking.end();
      expect(await callback).toBe("acknowledged");
      await fleet.untilNone(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
      );
      expect(closed).toBe(false);
      answer();
      expect(await checkout).toEqual({ sentTo: fleet.gateway.asked.at(-1)?.page });
      await closing;
      const connections =
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pay'";
      expect(await server.rows(fleet.settings.database, connections)).toEqual([]);
      expect(await fleet.story(paid.id)).toEqual(paidStory(paid.id, { deliveries: DELIVERED }));
      expect(
        await server.rows(fleet.settings.database, "SELECT 1 FROM graphile_worker.jobs WHERE locked_at IS NOT NULL"),
      ).toEqual([]);
      await shop!.died;
      expect(shop!.exitCode()).toBe(0);
      expect(fleet.errors).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
