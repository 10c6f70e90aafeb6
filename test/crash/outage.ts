import { setTimeout as wait } from "node:timers/promises";
import { seeded } from "@pay/testkit/internal";
import type { BreakableServer } from "../../packages/postgres/test/breakable.ts";
import { type Relay, startRelay } from "../support/relay.ts";
import { buy, HURRIED } from "./campaign.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import type { Answer } from "./gateway.ts";
import type { Violations } from "./verdict.ts";

/** The signals that time an outage. */
interface Meanwhile {
  /** Resolves when the server has been away for long enough. */
  readonly gone: () => Promise<void>;
  /** Resolves when a few more callbacks were acknowledged. */
  readonly acknowledged: () => Promise<void>;
  /** True if this many are enough. */
  readonly enough: (times: number) => boolean;
  readonly relay: Relay;
}

type Outage = (server: BreakableServer, database: string, meanwhile: Meanwhile) => Promise<void>;

export const OUTAGES = {
  async "is killed"(server, _, { gone }) {
    await server.kill();
    await gone();
    await server.start();
  },
  async "is stopped in order"(server, _, { gone }) {
    await server.stop();
    await gone();
    await server.start();
  },
  async "cuts every connection, again and again"(server, database, { acknowledged, enough }) {
    for (let times = 0; !enough(times); times++) {
      await server.rows(
        database,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      await acknowledged();
    }
  },
  async "stands still"(server, _, { gone }) {
    await server.freeze();
    await gone();
    server.thaw();
  },
  async "vanishes without a word, and another one has its address"(_, __, { relay }) {
    relay.vanish();
  },
} satisfies Record<string, Outage>;

export type OutageName = keyof typeof OUTAGES;

export interface OutageOptions {
  readonly server: BreakableServer;
  readonly outages: readonly OutageName[];
  readonly seed: number;
  /** Milliseconds that the server is away each time. @default until the gateways were told to send again a few times */
  readonly duration?: number;
  readonly progress: (line: string) => void;
}

export interface OutageReport extends Violations {
  readonly seconds: number;
  readonly payments: number;
  readonly notices: number;
  /** How often a person hurried a delivery that waited for its next attempt. */
  readonly hurried: number;
  readonly acknowledged: number;
  /** How often the gateways were told to send again. */
  readonly again: number;
  /** How often they got no answer in time. */
  readonly unanswered: number;
  /** Answers that the gateways do not understand. */
  readonly strange: readonly Answer[];
  /** The longest time of an answer, in milliseconds. */
  readonly slowest: number;
  /** Milliseconds from the server's return to the first acknowledgement, per outage. */
  readonly back: readonly number[];
  /** Exit codes of the shop's processes: 0 for a process that lived until it was told to end, and then ended by itself. */
  readonly exits: readonly (number | null)[];
  /** Kinds of the lines they logged or printed. */
  readonly errors: readonly string[];
}

const PROCESSES = 3;
const BUYERS = 8;
/** How many times faster the shop's clock runs: a dead process's leases end after 4 s. */
const RATE = 10;
const HOUR_MS = 3_600_000;
/** Acknowledged callbacks, and ended handlers, before each outage and after the last one. */
const GOING = 12;
/** Unacknowledged callbacks that prove that the server is away. */
const MISSED = 10;
/** How long the shop may take to come to rest. A broken shop never does, and the comparison finds it. */
const REST_TIMEOUT_MS = 120_000;
const UNDERSTOOD: readonly Answer[] = ["acknowledged", "none", 503];
const UNTOLD = `SELECT 1 FROM delivery WHERE status IN ('due', 'leased') UNION ALL SELECT 1 FROM outbox WHERE NOT dispatched`;

/** Takes the server away from a busy shop, lets the shop come to rest, and compares. */
export async function outageCampaign(options: OutageOptions): Promise<OutageReport> {
  const { server, outages, seed, duration, progress } = options;
  const start = performance.now();
  const random = seeded(seed);
  const database = await server.database();
  // With these settings the server loses commits that do not request durability, so Pay's must request it.
  await server.rows(database, `ALTER DATABASE ${new URL(database).pathname.slice(1)} SET synchronous_commit = off`);
  const fleet = await startFleet({
    kind: "postgres",
    database,
    chance: random,
    settings: { rate: RATE, hurries: true },
  });
  const relay = await startRelay(database);
  const address = outages.some((name) => name.startsWith("vanishes")) ? relay.url : database;
  const redirected = new Set<string>();
  const { answers, gateway, shops, until } = fleet;
  const acknowledged = () => answers.filter(({ answer }) => answer === "acknowledged").length;
  const others = () => answers.length - acknowledged();
  const ended = () => fleet.handlerCalls.filter(({ kind }) => kind === "ended").length;
  const seconds = () => Math.round((performance.now() - start) / 1000);
  const back: number[] = [];
  let purchasing = true;
  const reporting = setInterval(() => {
    progress(`${acknowledged()} callbacks acknowledged, ${others()} not, ${ended()} handlers ended, ${seconds()} s`);
  }, 5000);

  /** Waits until a number has grown by this much. */
  function grown(count: () => number, more: number): Promise<void> {
    const enough = count() + more;
    return until(() => count() >= enough);
  }

  const goesOn = () => Promise.all([grown(acknowledged, GOING), grown(ended, GOING)]);

  function meanwhile(): Meanwhile {
    const end = performance.now() + (duration ?? 0);
    return {
      acknowledged: () => grown(acknowledged, 5),
      enough: (times) => times >= 6 && performance.now() >= end,
      relay,
      gone: () => (duration === undefined ? grown(others, MISSED) : wait(duration)),
    };
  }

  try {
    await Promise.all(Array.from({ length: PROCESSES }, () => fleet.start({ database: address })));
    const buyers = Array.from({ length: BUYERS }, (_, n) =>
      buy(
        n,
        random,
        () => shops,
        redirected,
        () => purchasing,
      ),
    );
    for (const name of outages) {
      await goesOn();
      progress(`PostgreSQL ${name}`);
      await OUTAGES[name](server, database, meanwhile());
      const since = performance.now();
      progress("it is back");
      await grown(acknowledged, 1);
      back.push(Math.round(performance.now() - since));
    }
    await goesOn();
    purchasing = false;
    await Promise.all(buyers);
    const rest = comeToRest(fleet);
    rest.catch(() => {});
    await Promise.race([rest, wait(REST_TIMEOUT_MS, undefined, { ref: false })]);
    return {
      seconds: seconds(),
      payments: (await fleet.rows("SELECT 1 FROM payment")).length,
      notices: gateway.notices.length,
      hurried: (await fleet.rows(`SELECT 1 FROM ${HURRIED}`)).length,
      acknowledged: acknowledged(),
      again: answers.filter(({ answer }) => answer === 503).length,
      unanswered: answers.filter(({ answer }) => answer === "none").length,
      strange: answers.map(({ answer }) => answer).filter((answer) => !UNDERSTOOD.includes(answer)),
      slowest: Math.round(Math.max(...answers.map(({ answer, durationMs }) => (answer === "none" ? 0 : durationMs)))),
      back,
      exits: shops.map((shop) => shop.exitCode()),
      errors: [
        ...new Set(
          fleet.errors
            .join("")
            .replaceAll(/evt_\w+/g, "evt_…")
            .split("\n"),
        ),
      ],
      ...(await fleet.judge(gateway.notices, redirected)),
    };
  } finally {
    purchasing = false;
    clearInterval(reporting);
    server.thaw();
    await fleet.close();
    await relay.close();
  }
}

/**
 * Runs until everything is acknowledged; then a process half a day ahead, which opens reviews for unmatched notifications, and for which
 * all retries are due, also the fifth of a handler whose connection was cut each time.
 */
async function comeToRest({ gateway, shops, start, until, untilNone }: Fleet): Promise<void> {
  await until(() => gateway.unacknowledged() === 0);
  await end(shops);
  const ahead = await start({ ahead: 12 * HOUR_MS });
  await untilNone("SELECT 1 FROM unmatched WHERE NOT reviewed");
  await untilNone(UNTOLD);
  await end([ahead]);
}

async function end(shops: Fleet["shops"]): Promise<void> {
  await Promise.all(shops.map((shop) => shop.close()));
  await Promise.all(shops.map(({ died }) => died));
}
