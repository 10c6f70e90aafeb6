import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AnyPay,
  type CheckoutResult,
  createPay,
  type LogFields,
  type Logger,
  money,
  type PaymentEvent,
  type PaymentStore,
} from "@pay/core";
import { PAYMENT_EVENT_TYPES } from "@pay/core/internal";
import { type ManualClock, manualClock } from "@pay/core/testing";
import { goSettiPsc } from "@pay/gosetti-psc";
import { createPayServer } from "@pay/node";
import { sellly } from "@pay/sellly";
import { type BuyerAction, type SimulatedPayment, type Simulator, startSimulator } from "@pay/simulator";
import { sqliteStore } from "@pay/sqlite";
import { listening } from "../../packages/node/test/listening.ts";
import { type Bell, createBell } from "./bell.ts";
import { type Database, openDatabase } from "./database.ts";
import { type Between, startFront } from "./front.ts";
import { idleWithDisk } from "./idle-with-disk.ts";
import { watchedStore } from "./watched-store.ts";

export type Gateway = "psc" | "cards";

export interface ShopOptions {
  /** A server between Pay and the gateways. @default none */
  readonly gateway?: Between;
  /** What the shop's handlers do besides keeping the event. */
  readonly handle?: (event: PaymentEvent) => unknown;
  /** @default one random secret */
  readonly secret?: string | readonly string[];
  readonly selllySecret?: string;
  /** Passed on to Pay. */
  readonly allowStranded?: boolean;
  /** Where Pay logs: to `log`, or to its default. @default "log" */
  readonly logger?: "log" | "own";
}

/** Simulated gateways, a node:http server, and Pay on SQLite, with a clock that the test moves. */
export interface Shop {
  readonly simulator: Simulator;
  readonly server: Server;
  readonly clock: ManualClock;
  readonly database: Database;
  /** Address of the server; Pay is under `/pay`. */
  readonly url: string;
  readonly port: number;
  /** The Pay behind the server; a new one after `reopen()`. */
  readonly pay: AnyPay;
  readonly secret: string | readonly string[];
  readonly selllySecret: string;
  /** The handlers' events, in order. */
  readonly handled: readonly PaymentEvent[];
  /** Their types. */
  heardTypes(): readonly string[];
  /** The gateways' verdicts on the answers they got, in order. */
  verdicts(): readonly string[];
  /** Pay's log, one line of JSON each. */
  readonly log: readonly string[];
  /** The error lines of the log. */
  errors(): readonly string[];
  /** Methods of the store that currently reject. */
  readonly broken: Set<keyof PaymentStore>;
  readonly until: Bell["until"];

  checkout(provider: Gateway, changes?: object): Promise<CheckoutResult>;
  /** Opens the gateway's page and presses a button. Returns the buyer's next address, after the first callback has ended. */
  buyer(payment: CheckoutResult, action: BuyerAction): Promise<string | undefined>;
  /** Runs the gateways' due redeliveries to their end. */
  redeliver(): Promise<void>;
  /** The number of planned redeliveries. */
  planned(): number;
  simulated(payment: { readonly providerReference?: string }): SimulatedPayment;
  /** Address and body of a callback as the payment's gateway would send it. */
  callback(payment: CheckoutResult, paid: boolean): { readonly url: string; readonly init: RequestInit };
  /** Sends that callback itself, without the simulator. */
  notify(payment: CheckoutResult, paid: boolean): Promise<Response>;
  /** Waits until every event of the payment was delivered or superseded. */
  untilDelivered(payment: { readonly id: string }, events?: number): Promise<void>;
  /** Ends Pay as a process ends on request. From then on callbacks get 503. */
  stop(): Promise<void>;
  /** A new Pay on the same file, behind the same server. */
  reopen(secret?: string | readonly string[]): Promise<void>;
  /** Another process on the same file, with its own server. */
  another(): Promise<{ readonly pay: AnyPay; readonly url: string }>;
  /** Ends everything and removes the file. */
  close(): Promise<void>;
}

const ENDED = new Set(["delivered", "superseded", "dead"]);
const SHOP_ID = "SHOP1";
export const BUYER = { ip: "192.0.2.7", email: "buyer@shop.example", language: "pl" } as const;
export const RETURN_URL = { success: "https://shop.example/thanks", failure: "https://shop.example/sorry" } as const;

export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const { selllySecret = randomBytes(32).toString("hex") } = options;
  const closing: (() => Promise<unknown>)[] = [];
  const folder = await mkdtemp(join(tmpdir(), "pay-test-"));
  const database = openDatabase(join(folder, "pay.db"));
  const clock = manualClock({ rest: idleWithDisk });
  const bell = createBell();
  const handled: PaymentEvent[] = [];
  const log: string[] = [];
  const broken = new Set<keyof PaymentStore>();
  let secret = options.secret ?? randomBytes(32).toString("hex");
  let current: AnyPay;
  let orders = 0;

  const server = createPayServer({ fetch: (request) => current.fetch(request) });
  const { url, port, close: closeServer } = await listening(server);

  const planned = new Set<() => void>();
  const simulator = await startSimulator({
    sellly: {
      shops: [{ shopId: SHOP_ID, secretKey: selllySecret, notificationUrl: `${url}/pay/callbacks/cards` }],
    },
    schedule(run) {
      planned.add(run);
      return () => planned.delete(run);
    },
  });
  const front = options.gateway && (await startFront(simulator.url, options.gateway));
  if (front !== undefined) closing.push(front.close);
  const gatewayUrl = front?.url ?? simulator.url;

  async function open(): Promise<AnyPay> {
    const opened = createPay({
      providers: {
        psc: goSettiPsc({ userId: 1234, baseUrl: `${gatewayUrl}/gosetti` }),
        cards: sellly({
          shopId: SHOP_ID,
          secretKey: selllySecret,
          operator: "cashbill",
          baseUrl: `${gatewayUrl}/sellly`,
        }),
      },
      store: watchedStore(sqliteStore(database.path), broken, bell.ring),
      baseUrl: `${url}/pay`,
      secret,
      clock,
      ...(options.allowStranded && { allowStranded: true }),
      ...(options.logger !== "own" && { logger: collectingLogger(log) }),
    });
    for (const type of PAYMENT_EVENT_TYPES) {
      opened.on(type, "shop", async (event: PaymentEvent) => {
        handled.push(event);
        bell.ring();
        await options.handle?.(event);
      });
    }
    await opened.start();
    closing.push(() => opened.close());
    return opened;
  }

  current = await open();

  const shop: Shop = {
    simulator,
    server,
    clock,
    database,
    url,
    port,
    get pay() {
      return current;
    },
    get secret() {
      return secret;
    },
    selllySecret,
    handled,
    heardTypes: () => handled.map(({ type }) => type),
    verdicts: () => simulator.callbacks().map(({ verdict }) => verdict.kind),
    log,
    errors: () => log.filter((line) => line.includes('"level":"error"')),
    broken,
    until: bell.until,

    checkout: (provider, changes = {}) =>
      current.checkout({
        orderId: `order-${++orders}`,
        amount: money("19.99", "PLN"),
        providerName: provider,
        description: "VIP, 30 days",
        returnUrl: RETURN_URL,
        buyer: BUYER,
        ...changes,
      }),

    async buyer(payment, action) {
      if (payment.next.kind !== "redirect") throw new Error("The payment sends the buyer nowhere.");
      const page = await fetch(payment.next.url);
      if (!(await page.text()).includes("<form")) throw new Error(`The gateway's page answered ${page.status}.`);
      const body = new URLSearchParams({ action });
      const pressed = await fetch(payment.next.url, { method: "POST", body, redirect: "manual" });
      await pressed.body?.cancel();
      await simulator.idle(shop.simulated(payment).id);
      return pressed.headers.get("location") ?? undefined;
    },

    async redeliver() {
      const due = [...planned];
      planned.clear();
      for (const run of due) run();
      for (const { id } of simulator.payments()) await simulator.idle(id);
    },
    planned: () => planned.size,

    simulated({ providerReference }) {
      const found = simulator.payments().find(({ id }) => id === providerReference);
      if (found === undefined) throw new Error("No gateway knows the payment.");
      return found;
    },

    callback(payment, paid) {
      const { details, id } = shop.simulated(payment);
      if (details.kind === "gosetti") {
        const body = JSON.stringify({ PaySafeCardTransactionId: id, Finished: paid });
        return {
          url: details.callbackUrl,
          init: { method: "POST", headers: { "content-type": "application/json" }, body },
        };
      }
      const query = new URLSearchParams({
        secret_key: selllySecret,
        id,
        operator: details.operator,
        operator_id: details.operatorId,
        payment_channel: "blik",
        email: details.email,
        status: paid ? "OK" : "ERR",
      });
      return { url: `${url}/pay/callbacks/cards?${query}`, init: {} };
    },

    notify(payment, paid) {
      const { url: address, init } = shop.callback(payment, paid);
      return fetch(address, init);
    },

    untilDelivered: ({ id }, events = 1) =>
      bell.until(() => {
        const { deliveries, events: all } = database.story(id);
        return all.length >= events && deliveries.filter((status) => ENDED.has(status)).length === all.length;
      }),

    stop: () => current.close(),
    async reopen(other = secret) {
      await current.close();
      secret = other;
      current = await open();
    },
    async another() {
      const pay = await open();
      const own = await listening(createPayServer(pay));
      closing.push(own.close);
      return { pay, url: own.url };
    },

    async close() {
      await simulator.close();
      await closeServer();
      for (const end of closing) await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return shop;
}

function collectingLogger(lines: string[]): Logger {
  const write = (level: string) => (message: string, fields?: LogFields) => {
    lines.push(JSON.stringify({ level, message, ...fields }));
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}
