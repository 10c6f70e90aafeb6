import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { postgresStore } from "@pay/postgres";
import { seeded, shuffled } from "@pay/testkit/internal";
import { type BreakableServer, startBreakablePostgres } from "../packages/postgres/test/breakable.ts";
import { violationsOf } from "./crash/campaign.ts";
import { type Fleet, HANDLERS, type OpenedPayment, startFleet } from "./crash/fleet.ts";
import { type Answer, sendCallback } from "./crash/gateway.ts";
import { outageCampaign } from "./crash/outage.ts";
import type { Checkout, Shop } from "./crash/shop.ts";
import { paidStory } from "./support/database.ts";

// `pnpm outage-test` has outages of 30 s.
const TIMEOUT_MS = 240_000;
const LONG = process.env.PAY_TEST_LONG === "1";
const GATEWAYS = ["psc", "cards"] as const;
const CONNECTIONS =
  "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pay'";

/** A kind of outage, and how many milliseconds the calls may take during it, on a busy machine. */
interface Outage {
  readonly way: string;
  readonly begin: (server: BreakableServer) => Promise<void>;
  readonly end: (server: BreakableServer) => Promise<void>;
  /** True if handlers are running when it begins. */
  readonly busy: boolean;
  readonly answer: number;
  readonly close: number;
}

const REFUSES: Outage = {
  way: "refuses connections",
  begin: (server) => server.stop(),
  end: (server) => server.start(),
  busy: true,
  answer: 15_000,
  // It stores the ends of its handlers again until the deadline of close(), after 10 s.
  close: 30_000,
};

/** A connection has 5 s, and a statement 10 s. A handler's transaction has 30 s, and its end is recorded only then, if at all. */
const IS_SILENT: Outage = {
  way: "answers no more",
  begin: (server) => server.freeze(),
  end: async (server) => server.thaw(),
  busy: LONG,
  answer: 30_000,
  close: LONG ? 70_000 : 40_000,
};

/** A result and its duration. */
interface Timed<T> {
  readonly result: T;
  readonly durationMs: number;
}

async function timed<T>(work: Promise<T>): Promise<Timed<T>> {
  const start = performance.now();
  return { result: await work, durationMs: performance.now() - start };
}

/** The behaviour of a shop without its server. */
interface Missed {
  readonly fleet: Fleet;
  readonly shop: Shop;
  readonly payments: readonly OpenedPayment[];
  readonly healthy: boolean;
  readonly answers: readonly Timed<Answer>[];
  readonly checkout: Timed<Checkout>;
  /** The number of requests to gateways. */
  readonly asked: number;
  /** The process that was told to close. */
  readonly leaving: Shop;
  readonly left: Timed<void>;
}

const isHealthy = async ({ port }: Shop) => (await fetch(`http://127.0.0.1:${port}/pay/health`)).status === 200;

/** Begins an outage, and waits until all calls have ended. */
async function miss(server: BreakableServer, outage: Outage): Promise<Missed> {
  const fleet = await startFleet({ kind: "postgres", database: await server.database() });
  // A separate shop, so that no other process takes its work.
  const leavers = await startFleet({ kind: "postgres", database: await server.database() });
  fleets.push(fleet, leavers);
  const [shop, leaving] = await Promise.all([fleet.start(), leavers.start({ holds: outage.busy })]);
  const payments = await Promise.all(GATEWAYS.map((gateway) => fleet.open(shop, gateway)));
  const [held, late] = await Promise.all([leavers.open(leaving, "psc"), leavers.open(leaving, "cards")]);
  await sendCallback(held.asked, true, leaving.port!);
  // Its handlers are running when the server goes away, or have left idle connections.
  const moment = outage.busy ? "begins" : "ended";
  const calls = () => leavers.handlerCalls.filter(({ kind }) => kind === moment);
  await leavers.until(() => calls().length === HANDLERS.postgres.length);
  const asked = fleet.gateway.asked.length;
  await outage.begin(server);

  const answers = Promise.all(
    payments.map((payment) => timed(sendCallback(payment.asked, true, shop.port!, TIMEOUT_MS))),
  );
  const checkout = timed(shop.checkout({ orderId: "another", provider: "psc", key: "another" }));
  const lateAnswer = timed(sendCallback(late.asked, true, leaving.port!, TIMEOUT_MS));
  // Calls that are answered now began after the outage.
  const healthy = (await isHealthy(leaving)) && (await isHealthy(shop));
  const left = timed(leaving.close());
  leaving.goOn();
  return {
    fleet,
    shop,
    payments,
    healthy,
    answers: [...(await answers), await lateAnswer],
    checkout: await checkout,
    asked: fleet.gateway.asked.length - asked,
    leaving,
    left: await left,
  };
}

const fleets: Fleet[] = [];
let server: BreakableServer;
let silent: BreakableServer;
let silence: Promise<Missed>;
beforeAll(async () => {
  [server, silent] = await Promise.all([startBreakablePostgres(), startBreakablePostgres()]);
  // It takes long, so the other tests run meanwhile.
  silence = miss(silent, IS_SILENT);
  silence.catch(() => {});
}, TIMEOUT_MS);
afterAll(async () => {
  await silence.catch(() => {});
  for (const fleet of fleets) await fleet.close();
  await Promise.all([server.close(), silent.close()]);
}, TIMEOUT_MS);

describe("a busy shop whose PostgreSQL", () => {
  const seed = randomInt(1_000_000);
  const all = ["is killed", "is stopped in order", "cuts every connection, again and again"] as const;
  const outages = LONG ? all : shuffled(all, seeded(seed)).slice(0, 1);
  it(
    `${outages.join(", ")}, loses nothing acknowledged, doubles nothing, and goes on by itself, seed ${seed}`,
    async () => {
      const report = await outageCampaign({ server, outages, seed, progress() {} });
      expect(violationsOf(report)).toEqual([]);
      expect(report.strange).toEqual([]);
      expect(report.again).toBeGreaterThan(0);
      expect(report.exits.every((code) => code === 0)).toBe(true);
    },
    TIMEOUT_MS,
  );
});

describe.each([
  { ...REFUSES, missing: () => miss(server, REFUSES), of: () => server },
  { ...IS_SILENT, missing: () => silence, of: () => silent },
])("while PostgreSQL $way, a shop", ({ answer, close, end, missing, of }) => {
  let missed: Missed;
  beforeAll(async () => {
    missed = await missing();
  }, TIMEOUT_MS);
  afterAll(() => end(of()));

  it("is healthy", () => {
    expect(missed.healthy).toBe(true);
  });

  it("tells the gateways in time to send again", () => {
    expect(missed.answers.map(({ result }) => result)).toEqual([503, 503, 503]);
    expect(Math.max(...missed.answers.map(({ durationMs }) => durationMs))).toBeLessThan(answer);
  });

  it("refuses a checkout in time, before the gateway is asked", () => {
    expect(missed.checkout.result).toEqual({ error: "STORE_UNAVAILABLE" });
    expect(missed.checkout.durationMs).toBeLessThan(answer);
    expect(missed.asked).toBe(0);
  });

  it(
    "closes in time where it is told to, and its process ends by itself",
    async () => {
      expect(missed.left.durationMs).toBeLessThan(close);
      await missed.leaving.died;
      expect(missed.leaving.exitCode()).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    "goes on by itself when it is back",
    async () => {
      const { fleet, payments, shop } = missed;
      await end(of());
      for (const { asked, id, orderId } of payments) {
        expect(await sendCallback(asked, true, shop.port!)).toBe("acknowledged");
        await fleet.granted(orderId);
        const deliveries = HANDLERS.postgres.map(() => "delivered");
        expect(await fleet.story(id)).toEqual(paidStory(id, { deliveries }));
      }
      await fleet.open(shop, "psc");
      await shop.close();
      await shop.died;
      expect(shop.exitCode()).toBe(0);
      expect(await of().rows(fleet.settings.database, CONNECTIONS)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe("a store that is closing when its PostgreSQL", () => {
  it("is killed, is closed all the same", async () => {
    const store = postgresStore(await server.database());
    await store.start();
    await Promise.all([1, 2, 3].map(() => store.openReviews(1)));
    // The server does not read its messages any more, so that its connections are reset.
    await server.freeze();
    const closing = store.close();
    await server.kill();
    await closing;
  });
});
