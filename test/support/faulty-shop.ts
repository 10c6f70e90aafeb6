import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CheckoutResult, createPay, money, type PaymentEvent } from "@pay/core";
import { PAYMENT_EVENT_TYPES } from "@pay/core/internal";
import { type ManualClock, manualClock } from "@pay/core/testing";
import { goSettiPsc } from "@pay/gosetti-psc";
import { createPayServer } from "@pay/node";
import { sellly } from "@pay/sellly";
import { sqliteStore } from "@pay/sqlite";
import { listening } from "../../packages/node/test/listening.ts";
import { type Bell, createBell } from "./bell.ts";
import { type Database, openDatabase, type Story } from "./database.ts";
import { idleWithDisk } from "./idle-with-disk.ts";
import { quietLogger } from "./quiet-logger.ts";
import { cleanups, http, gateway as rawGateway } from "./raw-gateway.ts";
import { BUYER, type Gateway, RETURN_URL } from "./shop.ts";
import { watchedStore } from "./watched-store.ts";

export const GATEWAYS: readonly Gateway[] = ["psc", "cards"];
export const otherThan = (gateway: Gateway): Gateway => (gateway === "psc" ? "cards" : "psc");

/** The story of a payment without callbacks, with some parts replaced. */
export function silentStory(states: readonly string[], changes: Partial<Story> = {}): Story {
  const state = states.at(-1)!;
  return { state, states, inbox: 0, events: [], deliveries: [], reviews: [], orderPaidBy: undefined, ...changes };
}

/** A create as a gateway read it. */
export interface Asked {
  readonly gateway: Gateway;
  /** The gateway's name for the payment. */
  readonly id: string;
  /** The callback address: the payment's own, or the shop's. */
  readonly callbackUrl: string;
  /** Its answer without a fault. */
  readonly answer: string;
}

/** The faults of a gateway on the wire. */
export interface Faults {
  /** No server listens at its address. */
  readonly gone?: true;
  /** Its address is https, but the server is plain TCP. */
  readonly https?: true;
  /** Receives a new connection, instead of the request reader. */
  readonly connected?: (socket: Socket) => unknown;
  /** Receives a complete request, instead of the documented answer. */
  readonly asked?: (socket: Socket, asked: Asked) => unknown;
}

/** Pay on SQLite behind a node:http server, two gateways on raw sockets, and a clock that the test moves. */
export interface FaultyShop {
  readonly clock: ManualClock;
  readonly database: Database;
  /** Address of the server; Pay is under `/pay`. */
  readonly url: string;
  /** The handlers' events, in order. */
  readonly handled: readonly PaymentEvent[];
  /** The complete requests to the gateways, in order. */
  readonly asked: readonly Asked[];
  /** The gateways of these requests. */
  askedGateways(): readonly Gateway[];
  /** All connections to a gateway, closed ones included. */
  connections(gateway: Gateway): readonly Socket[];
  /** The stored history of a payment. */
  facts(paymentId: string): readonly unknown[];
  /** Pay's error log lines. */
  errors(): readonly string[];
  /** Checks the condition whenever a gateway or the store did something. */
  readonly until: Bell["until"];
  checkout(provider: Gateway | readonly Gateway[], changes?: object): Promise<CheckoutResult>;
  /** Sends a callback as the gateway does: paid or not, or any `status` for Sellly; under another id, if given. */
  notify(asked: Asked, says: boolean | string, id?: string): Promise<Response>;
  /** Waits until this many events of the payment were delivered or will never be. */
  untilDelivered(paymentId: string, events?: number): Promise<void>;
  close(): Promise<void>;
}

const ENDED = new Set(["delivered", "superseded", "dead"]);

export async function startFaultyShop(faults: Partial<Record<Gateway, Faults>> = {}): Promise<FaultyShop> {
  const folder = await mkdtemp(join(tmpdir(), "pay-test-"));
  const database = openDatabase(join(folder, "pay.db"));
  const clock = manualClock({ rest: idleWithDisk });
  const bell = createBell();
  const logger = quietLogger();
  const handled: PaymentEvent[] = [];
  const asked: Asked[] = [];
  const connections: Record<Gateway, Socket[]> = { psc: [], cards: [] };
  const secretKey = randomBytes(32).toString("hex");

  const server = createPayServer({ fetch: (request) => pay.fetch(request) });
  const { url, close: closeServer } = await listening(server);

  /** Starts a gateway with its faults, and returns its address. */
  async function start(gateway: Gateway): Promise<string> {
    const { gone, https, connected, asked: answer = answerAsDocumented } = faults[gateway] ?? {};
    const { origin, sockets } = await rawGateway(
      (socket, request) => {
        const read = askedIn(gateway, request, `${gateway}-${asked.length + 1}`, url);
        asked.push(read);
        answer(socket, read);
        bell.ring();
      },
      connected &&
        ((socket) => {
          connected(socket);
          bell.ring();
        }),
    );
    connections[gateway] = sockets;
    if (gone) await cleanups.pop()!();
    return https ? origin.replace("http:", "https:") : origin;
  }

  const pay = createPay({
    providers: {
      psc: goSettiPsc({ userId: 1234, baseUrl: await start("psc") }),
      cards: sellly({ shopId: "SHOP1", secretKey, operator: "cashbill", baseUrl: await start("cards") }),
    },
    store: watchedStore(sqliteStore(database.path), new Set(), bell.ring),
    baseUrl: `${url}/pay`,
    secret: randomBytes(32).toString("hex"),
    clock,
    logger,
  });
  for (const type of PAYMENT_EVENT_TYPES) pay.on(type, "shop", (event: PaymentEvent) => void handled.push(event));
  await pay.start();

  return {
    clock,
    database,
    url,
    handled,
    asked,
    askedGateways: () => asked.map(({ gateway }) => gateway),
    connections: (gateway) => connections[gateway],
    facts(paymentId) {
      const facts = database.column("SELECT fact FROM history WHERE payment_id = ? ORDER BY sequence", paymentId);
      return facts.map((fact) => JSON.parse(String(fact)));
    },
    errors: () => logger.lines.filter(({ level }) => level === "error").map(({ message }) => message),
    until: bell.until,

    checkout: (provider, changes = {}) =>
      pay.checkout({
        orderId: "order-1",
        amount: money("19.99", "PLN"),
        providerName: provider,
        description: "VIP, 30 days",
        returnUrl: RETURN_URL,
        buyer: BUYER,
        ...changes,
      }),

    notify({ callbackUrl, gateway, id: own }, says, id = own) {
      if (gateway === "psc") {
        const body = JSON.stringify({ PaySafeCardTransactionId: id, Finished: says });
        return fetch(callbackUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
      }
      const status = typeof says === "string" ? says : says ? "OK" : "ERR";
      const query = new URLSearchParams({ secret_key: secretKey, id, email: BUYER.email, status });
      return fetch(`${callbackUrl}?${query}`);
    },

    untilDelivered: (paymentId, events = 1) =>
      bell.until(() => {
        const { deliveries, events: all } = database.story(paymentId);
        return all.length >= events && deliveries.filter((status) => ENDED.has(status)).length === all.length;
      }),

    async close() {
      await closeServer();
      await pay.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answerAsDocumented(socket: Socket, { answer }: Asked): void {
  socket.write(http(200, answer));
}

function askedIn(gateway: Gateway, request: string, id: string, shopUrl: string): Asked {
  const page = `https://gateway.example/pay/${id}`;
  if (gateway === "psc") {
    const callbackUrl = /"CallbackUrl":"([^"]+)"/.exec(request)?.[1] ?? "";
    return { gateway, id, callbackUrl, answer: JSON.stringify({ PaySafeCardTransactionId: id, RedirectUrl: page }) };
  }
  const answer = JSON.stringify({ status: 200, id, redirect_url: page, message: "" });
  return { gateway, id, callbackUrl: `${shopUrl}/pay/callbacks/cards`, answer };
}
