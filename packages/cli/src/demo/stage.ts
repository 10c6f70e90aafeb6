import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { loadConfig } from "@pay/config";
import { type Clock, createPay, httpExchangeLog, type Logger, type PaymentEvent } from "@pay/core";
import { limitServer, toNodeHandler } from "@pay/node";
import { type SelllyShop, type Simulator, type SimulatorOptions, startSimulator } from "@pay/simulator";
import type { DemoPay } from "./checkout.ts";
import { CONSOLE_PATH, demoConsole } from "./console.ts";
import { mountOf } from "./mount.ts";
import { createOrders } from "./orders.ts";
import { shopPages } from "./shop.ts";

/** The running demo: gateways, shop and Pay on free ports of this machine, and a temporary database. */
export interface Stage {
  readonly simulator: Simulator;
  readonly pay: DemoPay;
  readonly shopUrl: string;
  /** Address of the operator's console. */
  readonly consoleUrl: string;
  readonly databasePath: string;
  /** The events that the shop's handlers received, in order. */
  readonly heard: readonly PaymentEvent[];
  /** The secrets that must not be printed. */
  readonly secrets: readonly string[];
  /** Stops everything and removes the database. */
  close(): Promise<void>;
}

/** The differences that tests need. */
export interface StageOptions {
  /** Pay's. @default the system's clock, lines on standard error */
  readonly runtime?: { readonly clock: Clock; readonly logger: Logger };
  /** @default no chaos, and a short delay between deliveries of a callback */
  readonly simulator?: Omit<SimulatorOptions, "sellly">;
  /** Further shops at Sellly. @default none */
  readonly others?: readonly SelllyShop[];
  /** Called with every event before the shop's handler. If it throws, the handler throws. @default nothing */
  readonly before?: (event: PaymentEvent) => void;
}

/** The demo's configuration, beside the package's sources. */
export const DEMO_CONFIG: string = join(import.meta.dirname, "../../demo.config.jsonc");
/** The delay between two deliveries of a callback by the simulated gateways. */
const REDELIVERY_MS = 250;

/** @throws Error with `NODE_ENV=production`, because production must not use simulated gateways; then, as after any error, nothing runs */
export async function startDemo(options: StageOptions = {}): Promise<Stage> {
  if (process.env.NODE_ENV === "production") throw new Error("The demo does not run with NODE_ENV=production.");
  const server = limitServer(createServer());
  const shopUrl = await listen(server);
  const folder = await mkdtemp(join(tmpdir(), "pay-demo-"));
  const started: Started = {};
  const close = async () => {
    await started.simulator?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await started.pay?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await perform(options, { server, shopUrl, folder, started })), close };
  } catch (error) {
    // A server that stays open would keep the process alive after its error.
    await close();
    throw error;
  }
}

/** What must be closed if a later step fails. */
interface Started {
  simulator?: Simulator;
  pay?: { close(): Promise<void> };
}

interface Place {
  readonly server: Server;
  readonly shopUrl: string;
  readonly folder: string;
  readonly started: Started;
}

async function perform(
  options: StageOptions,
  { server, shopUrl, folder, started }: Place,
): Promise<Omit<Stage, "close">> {
  const { before, others = [], runtime } = options;
  const databasePath = join(folder, "pay.db");
  const shop = {
    shopId: "DEMO",
    secretKey: randomBytes(32).toString("hex"),
    notificationUrl: `${shopUrl}/pay/callbacks/cards`,
    returnUrl: `${shopUrl}/orders`,
  };
  const simulator = await startSimulator({
    redeliveryMs: REDELIVERY_MS,
    ...options.simulator,
    sellly: { shops: [shop, ...others] },
  });
  started.simulator = simulator;
  const { secretKey } = shop;
  const secret = randomBytes(32).toString("hex");
  const httpExchanges = httpExchangeLog();
  const config = await loadConfig(DEMO_CONFIG, {
    env: {
      GOSETTI_URL: simulator.gosettiUrl,
      SELLLY_URL: simulator.selllyUrl,
      SELLLY_SECRET_KEY: secretKey,
      PAY_STORE: `sqlite:${databasePath}`,
      PAY_URL: `${shopUrl}/pay`,
      PAY_SECRET: secret,
    },
  });
  const pay = createPay({ ...config, onHttpExchange: httpExchanges.record, ...runtime });
  started.pay = pay;
  const orders = createOrders();
  const heard: PaymentEvent[] = [];
  pay.on("payment.succeeded", "deliver-order", (event) => {
    before?.(event);
    heard.push(event);
    orders.deliver(event);
  });
  for (const type of ["payment.failed", "payment.expired"] as const) {
    pay.on(type, "release-order", (event) => {
      before?.(event);
      heard.push(event);
      orders.release(event);
    });
  }
  await pay.start();
  const operators = demoConsole(pay, shopUrl, httpExchanges);
  const consoleUrl = shopUrl + CONSOLE_PATH;
  const shopFetch = shopPages({ pay, orders, shopUrl, links: { gateways: simulator.url, console: consoleUrl } }).fetch;
  const mounts = {
    "/pay": toNodeHandler(pay),
    [CONSOLE_PATH]: listenerOf(operators.fetch),
  };
  const shopListener = listenerOf(shopFetch);
  const { host } = new URL(shopUrl);
  server.on("request", (incoming, outgoing) =>
    mountOf(incoming.url, mounts, (...parts) => {
      // A foreign web page can bind its own name to this machine, and could then read the shop's responses.
      if (incoming.headers.host === host) shopListener(...parts);
      else outgoing.writeHead(403).end();
    })(incoming, outgoing),
  );
  return {
    simulator,
    pay,
    shopUrl,
    consoleUrl,
    databasePath,
    heard,
    secrets: [secretKey, secret],
  };
}

function listenerOf(fetch: (request: Request) => Response | Promise<Response>): ReturnType<typeof toNodeHandler> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  return (incoming, outgoing) => void listener(incoming, outgoing);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
