import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Bell, createBell } from "../support/bell.ts";
import { STORY_QUERIES, type Story, storyOf } from "../support/database.ts";
import { openTables } from "./database.ts";
import type { StoreKind } from "./failure-points.ts";
import { type Answer, type Asked, type Gateway, type Notice, startGateway } from "./gateway.ts";
import { type HandlerCall, prepareShop, type Shop, type ShopSettings, startShop } from "./shop.ts";
import { judge, type Violations } from "./verdict.ts";

export interface FleetOptions extends Pick<ShopSettings, "kind" | "database"> {
  /** True if the gateways call back, repeat, contradict and fail at random. @default false: they answer each create and never call back */
  readonly chance?: () => number;
  readonly settings?: Partial<ShopSettings>;
}

/** A payment as shop and gateway know it. */
export interface OpenedPayment {
  readonly id: string;
  readonly orderId: string;
  readonly asked: Asked;
}

/** The processes of one shop on one database, with both gateways outside of them. */
export interface Fleet {
  readonly settings: ShopSettings;
  readonly gateway: Gateway;
  /** In the order in which they were started. */
  readonly shops: readonly Shop[];
  /** The calls of handlers in all processes. */
  readonly handlerCalls: readonly HandlerCall[];
  /** The answers to the gateways' own callbacks, and their times in milliseconds. */
  readonly answers: readonly { readonly answer: Answer; readonly durationMs: number }[];
  /** The standard error of the processes. */
  readonly errors: readonly string[];
  /** Checks the condition whenever a handler did something, and whenever a gateway was called or answered. */
  readonly until: Bell["until"];
  start(changes?: Partial<ShopSettings>): Promise<Shop>;
  /** Opens a payment through a process. */
  open(shop: Shop, provider: Asked["gateway"]): Promise<OpenedPayment>;
  /** Waits until the store has all deliveries of the order's success. */
  granted(orderId: string): Promise<void>;
  /** Rows of the store, or of the shop's journal, read by SQL. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  journal(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  story(id: string): Promise<Story>;
  /** Waits until a query finds nothing. It polls, since some changes give no signal. */
  untilNone(sql: string): Promise<void>;
  /** Compares gateways, store and journal. */
  judge(notices: readonly Notice[], redirected?: ReadonlySet<string>): Promise<Violations>;
  /** Ends all running processes, and removes the journal. */
  close(): Promise<void>;
}

/** Time between two polls. */
const POLL_INTERVAL_MS = 50;
/** Handlers of `payment.succeeded`. */
export const HANDLERS: Readonly<Record<StoreKind, readonly string[]>> = {
  sqlite: ["grant", "mail"],
  postgres: ["grant", "ledger", "mail"],
};

export async function startFleet({ kind, database, chance, settings: more }: FleetOptions): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), "pay-fleet-"));
  const bell = createBell();
  const shops: Shop[] = [];
  const handlerCalls: HandlerCall[] = [];
  const answers: { readonly answer: Answer; readonly durationMs: number }[] = [];
  const errors: string[] = [];
  const selllySecret = randomBytes(16).toString("hex");
  const gateway = await startGateway({
    // A constant random source disables all faults.
    random: chance ?? (() => 1 - Number.EPSILON),
    selllySecret,
    ports: () => shops.flatMap((shop) => (shop.isAlive() ? (shop.port ?? []) : [])),
    ...(chance === undefined && { words: () => [] }),
    onAsked: bell.ring,
    onAnswer(answer, durationMs) {
      answers.push({ answer, durationMs });
      bell.ring();
    },
  });
  const settings: ShopSettings = {
    kind,
    database,
    journal: join(folder, "journal.db"),
    gateway: gateway.url,
    secret: randomBytes(32).toString("hex"),
    selllySecret,
    epoch: Date.now(),
    rate: 1,
    ahead: 0,
    ...more,
  };
  await prepareShop(settings);
  let orders = 0;

  async function read(of: StoreKind, at: string, sql: string) {
    const tables = await openTables(of, at);
    try {
      return await tables.rows(sql);
    } finally {
      await tables.close();
    }
  }

  const rows = (sql: string) => read(kind, database, sql);

  return {
    settings,
    gateway,
    shops,
    handlerCalls,
    answers,
    errors,
    until: bell.until,

    async start(changes = {}) {
      const report = (handlerCall: HandlerCall) => {
        handlerCalls.push(handlerCall);
        bell.ring();
      };
      const shop = await startShop({ ...settings, ...changes }, (text) => errors.push(text), report);
      if (shop.port === undefined) throw new Error(`The shop did not start: ${errors.join("")}`);
      shops.push(shop);
      return shop;
    },

    async open(shop, provider) {
      const orderId = `order-${++orders}`;
      const checkout = await shop.checkout({ orderId, provider, key: orderId });
      const asked = gateway.asked.find(
        ({ page }) => checkout !== undefined && "sentTo" in checkout && page === checkout.sentTo,
      );
      if (asked === undefined) throw new Error(`The checkout came to ${JSON.stringify(checkout)}.`);
      const [payment] = await rows(`SELECT id FROM payment WHERE order_id = '${orderId}'`);
      return { id: String(payment?.id), orderId, asked };
    },

    granted: (orderId) =>
      bell.until(() => {
        const ended = handlerCalls.filter(
          ({ kind: moment, ...handled }) => moment === "ended" && handled.orderId === orderId,
        );
        const paid = ended.filter(({ type }) => type === "payment.succeeded");
        return HANDLERS[kind].every((name) => paid.some(({ handler }) => handler === name));
      }),

    rows,
    journal: (sql) => read("sqlite", settings.journal, sql),
    async story(id) {
      const parts = Object.entries(STORY_QUERIES).map(async ([part, sql]) => {
        const found = await rows(sql.replace("?", `'${id}'`));
        return [part, found.map((row) => Object.values(row)[0])] as const;
      });
      const read = new Map<string, readonly unknown[]>(await Promise.all(parts));
      return storyOf((part) => read.get(part) ?? []);
    },

    async untilNone(sql) {
      while ((await rows(sql)).length > 0) await wait(POLL_INTERVAL_MS);
    },

    async judge(notices, redirected = new Set()) {
      const tables = await openTables(kind, database);
      const journal = await openTables("sqlite", settings.journal);
      try {
        return await judge({ kind, notices, redirected, tables, journal });
      } finally {
        await tables.close();
        await journal.close();
      }
    },

    async close() {
      for (const shop of shops) shop.kill();
      await Promise.all(shops.map(({ died }) => died));
      await gateway.close();
      rmSync(folder, { recursive: true });
    },
  };
}
