import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "./app.ts";
import { type BuyerAction, type BuyerOutcome, createBuyer } from "./buyer.ts";
import type { Chaos } from "./chaos/model.ts";
import { createChaosStore } from "./chaos/store.ts";
import { createClock } from "./clock.ts";
import { createDelivery } from "./deliver.ts";
import { createExchangeLog } from "./exchange/log.ts";
import type { Exchange } from "./exchange/model.ts";
import { failure } from "./failure.ts";
import { gosettiCallback } from "./gosetti-callback.ts";
import { createLedger, type SimulatedCallback, type SimulatedPayment } from "./ledger.ts";
import { resolveOptions, type SimulatorOptions } from "./options.ts";
import { createRandom } from "./random.ts";
import type { Scenario, ScenarioResult } from "./scenario/model.ts";
import { createScenarioRunner } from "./scenario/run.ts";
import { selllyCallback } from "./sellly-callback.ts";
import { createSelllyShops } from "./sellly-shops.ts";

/** Two gateways on 127.0.0.1, running until `close()`. Everything here is also in the control API under `{url}/api`. */
export interface Simulator {
  /** Home page and control API. No trailing slash, like the other two. */
  readonly url: string;
  /** In place of `https://gosetti.pl`: `POST {gosettiUrl}/Api/PaySafeCardTransactionCreate.php`. */
  readonly gosettiUrl: string;
  /** In place of `https://api.sellly.io`: `POST {selllyUrl}/pay`. */
  readonly selllyUrl: string;
  /**
   * The one address agreed with Sellly for a shop, from the next delivery on. Throws a {@link SimulatorFailure}:
   * `unknown_shop`, or `bad_request` when the address is not http(s) on loopback.
   */
  setSelllyNotificationUrl(shopId: string, url: string): void;
  /** In order of creation. */
  payments(): SimulatedPayment[];
  /**
   * Does what the buyer would do on the payment page and says where they go. For GOSetti.pl it resolves when the shop has
   * answered the first callback (or failed to), for Sellly at once: see {@link Simulator.settled}. On Sellly's page the
   * first channel offered is taken. Rejects with a {@link SimulatorFailure}: `unknown_payment`, `already_finished`, `closed`.
   */
  act(id: string, action: BuyerAction): Promise<BuyerOutcome>;
  /**
   * Sends a finished payment's next callback now; resolves when it has ended. Rejects: `unknown_payment`, `not_finished`.
   */
  resend(id: string): Promise<void>;
  /** What is to go wrong with payments to come. Throws a {@link SimulatorFailure}: `bad_chaos`. */
  setChaos(chaos: Chaos): void;
  /** Answers the create requests that `hang` holds back, and tells how many there were. */
  release(): number;
  /**
   * Moves the simulator's time on by milliseconds: redeliveries and expiries that fall due happen in order, each one ended
   * before the next. Rejects: `foreign_clock` with a schedule of its own.
   */
  advance(ms: number): Promise<void>;
  /**
   * Runs a scenario on an empty simulator: payments, log and chaos of before are gone, and time stands still but for the
   * scenario's `advance`. Rejects: `bad_scenario`, `bad_chaos`, `busy` while another one runs, `foreign_clock`.
   */
  run(scenario: Scenario): Promise<ScenarioResult>;
  /** The simulator's time, ISO 8601, UTC. */
  now(): string;
  /** Every delivery that has ended, in the order they ended. */
  callbacks(): SimulatedCallback[];
  /** Every create request and every callback, as it went over the wire, in the order in which they ended. */
  exchanges(): Exchange[];
  /** Resolves when the delivery in flight has been answered or has failed; at once when none is. Rejects: `unknown_payment`. */
  settled(id: string): Promise<void>;
  /** Cancels redeliveries, aborts callbacks in flight, closes every socket. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts the simulator. Rejects when `NODE_ENV` is `production` (it takes no money, so nothing may take it for a gateway),
 * with a TypeError for an option that cannot work, and with Node's error when the port is taken.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  if (process.env.NODE_ENV === "production") {
    throw new Error("@pay/simulator imitates payment gateways and refuses to start with NODE_ENV=production");
  }
  const settings = resolveOptions(options);
  const server = createServer();
  const url = await listen(server, settings.port);
  const addresses = { url, gosettiUrl: `${url}/gosetti`, selllyUrl: `${url}/sellly` };

  const isForeignClock = settings.schedule !== null;
  const clock = createClock({ kind: settings.clock, isForeign: isForeignClock, settle: () => delivery.idle() });
  const random = createRandom(settings.seed);
  const chaos = createChaosStore(settings.chaos);
  const ledger = createLedger();
  const exchanges = createExchangeLog();
  const shops = createSelllyShops(settings.shops);
  const delivery = createDelivery({
    clock,
    exchanges,
    ledger,
    random,
    shops,
    plans: { gosetti: gosettiCallback(settings), sellly: selllyCallback(shops, settings.redelivery) },
    schedule: settings.schedule ?? clock.schedule,
    redelivery: settings.redelivery,
    timeout: settings.callbackTimeout,
  });
  const buyer = createBuyer(ledger, delivery, clock);
  const { expiry, seed } = settings;
  const parts = { addresses, ledger, exchanges, shops, delivery, buyer, chaos, clock, random, expiry, seed };
  const scenarios = createScenarioRunner({ ...parts, isForeignClock });
  const app = createApp({ ...parts, scenarios });
  // Without its own Request and Response in place of the global ones: the host process is somebody else's.
  server.on("request", getRequestListener(app.fetch, { overrideGlobalObjects: false }));

  let closing: Promise<void> | null = null;
  return {
    ...addresses,
    setSelllyNotificationUrl: shops.setNotificationUrl,
    payments: ledger.payments,
    async act(id, action) {
      if (closing !== null) throw failure("closed", "The simulator is closed");
      return buyer.act(id, action);
    },
    resend: async (id) => delivery.resend(ledger.get(id).id),
    setChaos: (wanted) => void chaos.set(wanted),
    release: chaos.release,
    advance: clock.advance,
    run: scenarios.run,
    now: clock.iso,
    callbacks: ledger.callbacks,
    exchanges: exchanges.all,
    settled: async (id) => delivery.settled(ledger.get(id).id),
    close() {
      clock.clear();
      chaos.release();
      // Once more at the end: a create request that was being answered may have planned its expiry.
      closing ??= Promise.all([delivery.close(), stop(server)]).then(() => clock.clear());
      return closing;
    },
  };
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
