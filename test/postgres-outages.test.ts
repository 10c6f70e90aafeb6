import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type BreakableServer, startBreakablePostgres } from "../packages/postgres/test/breakable.ts";
import { violationsOf } from "./crash/campaign.ts";
import { type Fleet, HANDLERS, type OpenedPayment, startFleet } from "./crash/fleet.ts";
import { type Answer, tell } from "./crash/gateway.ts";
import { outageCampaign } from "./crash/outage.ts";
import type { Checkout, Shop } from "./crash/shop.ts";
import { paidStory } from "./support/database.ts";

// Outages of 30 s are `pnpm outage-test`.
const TIMEOUT = 120_000;
const LONG = process.env.PAY_TEST_LONG === "1";
const GATEWAYS = ["psc", "cards"] as const;
const CONNECTIONS =
  "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pay'";

let server: BreakableServer;
beforeAll(async () => {
  server = await startBreakablePostgres();
}, TIMEOUT);
afterAll(() => server.close());

describe("a busy shop whose PostgreSQL is killed, stopped, and cuts its connections", () => {
  const seed = randomInt(1_000_000);
  it(
    `loses nothing acknowledged, doubles nothing, and goes on by itself, seed ${seed}`,
    async () => {
      const outages = ["is killed", "is stopped in order", "cuts every connection, again and again"] as const;
      const report = await outageCampaign({ server, outages, seed, progress() {} });
      expect(violationsOf(report)).toEqual([]);
      expect(report.strange).toEqual([]);
      expect(report.again).toBeGreaterThan(0);
      expect(report.exits.every((code) => code === 0)).toBe(true);
    },
    TIMEOUT,
  );
});

/** What came of something, and how many milliseconds it took. */
interface Took<T> {
  readonly result: T;
  readonly took: number;
}

async function timed<T>(work: Promise<T>): Promise<Took<T>> {
  const start = performance.now();
  return { result: await work, took: performance.now() - start };
}

const OUTAGES = [
  {
    way: "refuses connections",
    go: () => server.stop(),
    back: () => server.start(),
    busy: true,
    bound: 5000,
    closing: 5000,
  },
  // A statement has 10 s. A transaction of a handler has 30 s, and only then is its end recorded, or not.
  {
    way: "answers no more",
    go: () => server.freeze(),
    back: async () => server.thaw(),
    busy: LONG,
    bound: 20_000,
    closing: LONG ? 60_000 : 25_000,
  },
];

describe.each(OUTAGES)("while PostgreSQL $way, a shop", ({ go, back, bound, busy, closing }) => {
  let fleet: Fleet;
  let shop: Shop;
  /** A shop of its own, so that nobody else takes what it has to do. */
  let leavers: Fleet;
  let leaving: Shop;
  let payments: readonly OpenedPayment[];
  let asked: number;
  let told: Promise<readonly Took<Answer>[]>;
  let checkout: Promise<Took<Checkout>>;
  let left: Promise<Took<void>>;

  const isHealthy = async ({ port }: Shop) => (await fetch(`http://127.0.0.1:${port}/pay/health`)).status === 200;

  beforeAll(async () => {
    fleet = await startFleet({ kind: "postgres", database: await server.database() });
    shop = await fleet.start();
    payments = await Promise.all(GATEWAYS.map((gateway) => fleet.open(shop, gateway)));
    leavers = await startFleet({ kind: "postgres", database: await server.database() });
    leaving = await leavers.start({ holds: busy });
    const [held, late] = await Promise.all([leavers.open(leaving, "psc"), leavers.open(leaving, "cards")]);
    await tell(held.asked, true, leaving.port!);
    // Its handlers are running when the server goes, or have left idle connections, which nobody would miss.
    const moment = busy ? "begins" : "ended";
    const heard = () => leavers.hearings.filter(({ kind }) => kind === moment);
    await leavers.until(() => heard().length === HANDLERS.postgres.length);
    asked = fleet.gateway.asked.length;
    await go();

    told = Promise.all(payments.map((payment) => timed(tell(payment.asked, true, shop.port!, TIMEOUT))));
    checkout = timed(shop.checkout({ orderId: "another", provider: "psc", key: "another" }));
    const toldLate = tell(late.asked, true, leaving.port!, TIMEOUT);
    // What is answered now was asked after it.
    await isHealthy(leaving);
    left = timed(leaving.close());
    leaving.goOn();
    expect(await toldLate).toBe(503);
  }, TIMEOUT);
  afterAll(async () => {
    await back();
    await fleet.close();
    await leavers.close();
  });

  it("is healthy", async () => {
    expect(await isHealthy(shop)).toBe(true);
  });

  it("tells both gateways in time to send again", async () => {
    for (const { result, took } of await told) {
      expect(result).toBe(503);
      expect(took).toBeLessThan(bound);
    }
  });

  it("refuses a checkout in time, before the gateway is asked", async () => {
    const { result, took } = await checkout;
    expect(result).toEqual({ error: "STORE_UNAVAILABLE" });
    expect(took).toBeLessThan(bound);
    expect(fleet.gateway.asked).toHaveLength(asked);
  });

  it(
    "closes in time where it is told to, and its process ends by itself",
    async () => {
      expect((await left).took).toBeLessThan(closing);
      await leaving.died;
      expect(leaving.exitCode()).toBe(0);
    },
    TIMEOUT,
  );

  it(
    "goes on by itself when it is back",
    async () => {
      await back();
      for (const { asked, id, orderId } of payments) {
        expect(await tell(asked, true, shop.port!)).toBe("acknowledged");
        await fleet.granted(orderId);
        const deliveries = HANDLERS.postgres.map(() => "delivered");
        expect(await fleet.story(id)).toEqual(paidStory(id, { deliveries }));
      }
      await fleet.open(shop, "psc");
      await shop.close();
      await shop.died;
      expect(shop.exitCode()).toBe(0);
      expect(await server.rows(fleet.settings.database, CONNECTIONS)).toEqual([]);
    },
    TIMEOUT,
  );
});
