import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { seeded } from "@pay/testkit/internal";
import { openTables } from "./database.ts";
import { FAILURE_POINTS, type StoreKind } from "./failure-points.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { type Plan, planKills } from "./plan.ts";
import { prepareShop, type Shop, type ShopSettings, startShop } from "./shop.ts";
import { judge, type Violations } from "./verdict.ts";

export interface CampaignOptions {
  readonly kind: StoreKind;
  readonly kills: number;
  /** Where processes are killed; the kills left over are random. @default every failure point of the store */
  readonly points?: readonly string[];
  readonly seed: number;
  /** Path or URL of an empty database. */
  readonly database: string;
  /** Folder of the journal. */
  readonly folder: string;
  readonly progress: (line: string) => void;
  readonly broken?: ShopSettings["broken"];
}

export interface Report extends Violations {
  readonly kind: StoreKind;
  readonly seed: number;
  readonly seconds: number;
  readonly kills: number;
  readonly hits: Readonly<Record<string, number>>;
  readonly payments: number;
  readonly acknowledged: number;
  readonly unmatchedNotifications: number;
  /** Events given up because every process that delivered them died. */
  readonly deadLetters: number;
  /** How often a person hurried a delivery that waited for its next attempt. */
  readonly hurried: number;
  readonly effects: number;
  readonly attempts: number;
  /** The standard error of the shop's processes. */
  readonly errors: readonly string[];
}

const PROCESSES = 2;
const BUYERS = 8;
/** How many times faster the shop's clock runs: a lease of 40 s ends after 2 s. */
const RATE = 20;
/** How long an armed process may take to reach its point; then it is killed like any other. On a busy machine some need long. */
const ARMED_TIMEOUT_MS = 30_000;
const HOUR_MS = 3_600_000;
/** How long the shop may take to come to rest after the last kill, on a busy machine. */
const REST_TIMEOUT_MS = 120_000;

/** The entries of histories that a redrive of a waiting delivery writes; that of a dead letter resolves a review. */
export const HURRIED = `history WHERE CAST(fact AS text) LIKE '%"redrive"%'`;

/** Kills the shop's processes until enough have died, lets the shop come to rest, and compares. */
export async function crashCampaign(options: CampaignOptions): Promise<Report> {
  const { kind, kills, points = FAILURE_POINTS[kind], seed, database, folder, progress } = options;
  const start = performance.now();
  const random = seeded(seed);
  const plan = planKills(points, kills, random);
  const errors: string[] = [];
  const live: (Shop | undefined)[] = [];
  const alive = () => live.filter((shop): shop is Shop => shop?.isAlive() === true);
  const selllySecret = randomBytes(16).toString("hex");
  const gateway = await startGateway({ random, selllySecret, ports: () => alive().flatMap(({ port }) => port ?? []) });
  const settings: ShopSettings = {
    kind,
    database,
    journal: join(folder, "journal.db"),
    gateway: gateway.url,
    secret: randomBytes(32).toString("hex"),
    selllySecret,
    epoch: Date.now(),
    rate: RATE,
    ahead: 0,
    hurries: true,
    ...(options.broken !== undefined && { broken: options.broken }),
  };
  const redirected = new Set<string>();
  let purchasing = true;
  try {
    await prepareShop(settings);
    const seconds = () => (performance.now() - start) / 1000;
    const reporting = setInterval(() => {
      const acknowledged = gateway.notices.length - gateway.unacknowledged();
      progress(`${plan.kills()} of ${kills} kills, ${acknowledged} callbacks acknowledged, ${Math.round(seconds())} s`);
    }, 5000);
    const buyers = Array.from({ length: BUYERS }, (_, n) => buy(n, random, alive, redirected, () => purchasing));
    const slots = Array.from({ length: PROCESSES }, (_, slot) => {
      return keepDying(
        slot,
        plan,
        random,
        live,
        (armed) => startShop({ ...settings, ...armed }, (text) => errors.push(text)),
        folder,
      );
    });
    await Promise.all(slots);
    purchasing = false;
    await Promise.all(buyers);
    progress("no more kills; the gateways get rid of what is left");
    await comeToRest(settings, gateway, live, errors);
    clearInterval(reporting);
    return await report(options, gateway, plan, redirected, errors, seconds());
  } finally {
    purchasing = false;
    for (const shop of alive()) shop.kill();
    await gateway.close();
  }
}

type Arm = Partial<Pick<ShopSettings, "armed">>;

/** Runs one process after the other, each killed at its point or at random. */
async function keepDying(
  slot: number,
  plan: Plan,
  random: () => number,
  live: (Shop | undefined)[],
  start: (armed: Arm) => Promise<Shop>,
  folder: string,
): Promise<void> {
  const fired = join(folder, `fired-${slot}`);
  while (!plan.done()) {
    rmSync(fired, { force: true });
    const next = plan.next();
    const shop = await start(next === undefined ? {} : { armed: { ...next, fired } });
    live[slot] = shop;
    const over = new AbortController();
    const patience = wait(next === undefined ? 50 + random() * 400 : ARMED_TIMEOUT_MS, undefined, over);
    await Promise.race([shop.died, patience]);
    over.abort();
    await patience.catch(() => {});
    shop.kill();
    await shop.died;
    plan.died(existsSync(fired) ? readFileSync(fired, "utf8").trim() : undefined);
  }
}

/** Starts one checkout after the other, again with the same key if the process died; some orders twice. */
export async function buy(
  buyer: number,
  random: () => number,
  alive: () => readonly Shop[],
  redirected: Set<string>,
  goesOn: () => boolean,
): Promise<void> {
  for (let n = 0; goesOn(); n++) {
    const orderId = `order-${buyer}-${n}`;
    const times = random() < 0.1 ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const provider = random() < 0.5 ? "psc" : "cards";
      for (let tries = 0; tries < 3 && goesOn(); tries++) {
        const shops = alive();
        const shop = shops[Math.floor(random() * shops.length)];
        const answer = await shop?.checkout({ orderId, provider, key: `${orderId}-${time}` });
        if (answer !== undefined && "sentTo" in answer && answer.sentTo !== undefined) redirected.add(answer.sentTo);
        if (answer !== undefined) break;
        await wait(20);
      }
    }
    await wait(random() * 30);
  }
}

/**
 * Runs a last process until everything is acknowledged and delivered; then one two hours ahead, which opens reviews for unmatched
 * notifications and delivers dead letters again. The comparison finds what does not come to rest.
 */
async function comeToRest(
  settings: ShopSettings,
  gateway: Gateway,
  live: (Shop | undefined)[],
  errors: string[],
): Promise<void> {
  const tables = await openTables(settings.kind, settings.database);
  const isEmpty = async (sql: string) => (await tables.rows(sql)).length === 0;
  const undelivered = `SELECT stream FROM delivery WHERE status IN ('due', 'leased')
    UNION ALL SELECT stream FROM outbox WHERE NOT dispatched LIMIT 1`;
  const run = async (late: Partial<ShopSettings>, isDone: () => Promise<boolean>) => {
    const shop = await startShop({ ...settings, ...late }, (text) => errors.push(text));
    live.push(shop);
    const until = performance.now() + REST_TIMEOUT_MS;
    // A broken shop never comes to rest.
    while (performance.now() < until && !(settings.broken !== undefined || (await isDone()))) await wait(50);
    shop.kill();
    await shop.died;
  };
  try {
    await run({}, async () => gateway.unacknowledged() === 0 && (await isEmpty(undelivered)));
    const unseen = "SELECT subject FROM unmatched WHERE NOT reviewed LIMIT 1";
    await run(
      { ahead: 2 * HOUR_MS, redrives: true },
      async () => (await isEmpty(unseen)) && (await isEmpty(undelivered)),
    );
  } finally {
    await tables.close();
  }
}

async function report(
  { kind, seed, database, folder }: CampaignOptions,
  gateway: Gateway,
  plan: Plan,
  redirected: ReadonlySet<string>,
  errors: readonly string[],
  seconds: number,
): Promise<Report> {
  const tables = await openTables(kind, database);
  const journal = await openTables("sqlite", join(folder, "journal.db"));
  const count = async (from: typeof tables, table: string) => {
    return Number((await from.rows(`SELECT count(*) AS count FROM ${table}`))[0]?.count);
  };
  try {
    return {
      kind,
      seed,
      seconds: Math.round(seconds),
      kills: plan.kills(),
      hits: plan.hits(),
      payments: await count(tables, "payment"),
      acknowledged: gateway.notices.filter(({ acknowledged }) => acknowledged).length,
      unmatchedNotifications: await count(tables, "unmatched"),
      deadLetters: await count(tables, "review WHERE kind = 'dead_letter'"),
      hurried: await count(tables, HURRIED),
      effects: await count(journal, "effect"),
      attempts: await count(journal, "attempt"),
      errors: [...new Set(errors)].slice(0, 20),
      ...(await judge({ kind, notices: gateway.notices, redirected, tables, journal })),
    };
  } finally {
    await tables.close();
    await journal.close();
  }
}

/** All violations, one per line. */
export function violationsOf({ lost, undelivered, doubled, forbidden }: Violations): readonly string[] {
  return Object.entries({ lost, undelivered, doubled, forbidden }).flatMap(([what, found]) =>
    found.map((line) => `${what}: ${line}`),
  );
}
