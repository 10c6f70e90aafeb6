import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Chaos } from "../chaos/model.ts";
import { createChaosRules } from "../chaos/rules.ts";
import { createChaosStore } from "../chaos/store.ts";
import { createExchangeLog } from "../exchanges/log.ts";
import type { HttpExchange } from "../exchanges/model.ts";
import type { SimulatedGateway } from "../gateways/gateway.ts";
import { createApp } from "../http/app.ts";
import type { Scenario, ScenarioResult } from "../scenario/model.ts";
import { createScenarioRunner } from "../scenario/run.ts";
import { type BuyerAction, type BuyerOutcome, createBuyer } from "./buyer.ts";
import { createClock } from "./clock.ts";
import type { SimulatorContext } from "./context.ts";
import { createDelivery } from "./deliver.ts";
import { failure } from "./failure.ts";
import { startGateways, urlOf } from "./gateway-set.ts";
import { createLedger } from "./ledger.ts";
import type { GatewayTypes, SimulatedCallback, SimulatedPayment } from "./model.ts";
import { type OptionsOf, resolveOptions } from "./options.ts";
import { createRandom } from "./random.ts";

/** What a simulator offers with any gateways. The control API under `{url}/api` offers the same. */
export interface SimulatorCore<T extends GatewayTypes = GatewayTypes> {
  /** Home page and control API. No trailing slash, like the gateways' addresses. */
  readonly url: string;
  /** In order of creation. */
  payments(): SimulatedPayment<T>[];
  /**
   * Does what the buyer would do on the payment page and returns where the buyer goes. If the gateway takes the way back
   * from the answer to the first callback, it resolves when that callback has ended, otherwise at once: see
   * {@link SimulatorCore.idle}. Where the page offers a choice, it takes the first. Rejects with a {@link SimulatorFailure}:
   * `unknown_payment`, `already_finished`, `closed`.
   */
  act(id: string, action: BuyerAction): Promise<BuyerOutcome>;
  /**
   * Sends a finished payment's next callback now. Resolves when it has ended. Rejects: `unknown_payment`, `not_finished`.
   */
  resend(id: string): Promise<void>;
  /** Sets what goes wrong with future payments. Throws a {@link SimulatorFailure}: `bad_chaos`. */
  setChaos(chaos: Chaos<T["errorCode"]>): void;
  /** Releases the create answers that `hang` holds back and returns how many there were. */
  release(): number;
  /**
   * Moves the simulator's time forward. Redeliveries and expiries that fall due happen in order, and each one ends before
   * the next begins. Rejects: `foreign_clock` if the option `schedule` is set.
   */
  advance(ms: number): Promise<void>;
  /**
   * Runs a scenario on an empty simulator: payments, log and chaos are cleared first, and only the scenario's `advance`
   * moves time. Rejects: `bad_scenario`, `bad_chaos`, `busy` while another one runs, `foreign_clock`.
   */
  run(scenario: Scenario<T>): Promise<ScenarioResult>;
  /** The simulator's time. ISO 8601, UTC. */
  now(): string;
  /** Every delivery that has ended, in the order in which they ended. */
  callbacks(): SimulatedCallback[];
  /** Every create request and every callback exactly as transmitted, in the order in which they ended. */
  exchanges(): HttpExchange[];
  /** Resolves when no callback of the payment is in flight. Rejects: `unknown_payment`. */
  idle(id: string): Promise<void>;
  /** Cancels redeliveries, aborts callbacks in flight and closes every socket. May be called more than once. */
  close(): Promise<void>;
}

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

/** A running simulator with everything that its gateways offer. */
export type SimulatorOf<T extends GatewayTypes> = SimulatorCore<T> & Intersection<T["handle"]>;

/** Starts a simulator of these gateways. See `startSimulator`, which passes the registered ones. */
export async function createSimulator<T extends GatewayTypes>(
  gateways: readonly SimulatedGateway<T>[],
  options: OptionsOf<T>,
): Promise<SimulatorOf<T>> {
  if (process.env.NODE_ENV === "production") {
    throw new Error("@pay/simulator imitates payment gateways and refuses to start with NODE_ENV=production");
  }
  const chaosRules = createChaosRules(gateways.flatMap(({ errorCodes }) => errorCodes));
  const settings = resolveOptions(options, chaosRules);
  const { expiryMs, redeliveryMs, seed } = settings;
  const random = createRandom(seed);
  const started = startGateways(gateways, { ...options }, { random, redeliveryMs });
  const server = createServer();
  const url = await listen(server, settings.port);

  const isForeignClock = settings.schedule !== null;
  const clock = createClock({ kind: settings.clock, isForeign: isForeignClock, idle: () => delivery.idle() });
  const chaos = createChaosStore(settings.chaos, chaosRules);
  const ledger = createLedger();
  const exchanges = createExchangeLog();
  const schedule = settings.schedule ?? clock.schedule;
  const shared = { clock, exchanges, gateways: started, ledger, random };
  const delivery = createDelivery({ ...shared, schedule, redeliveryMs, timeoutMs: settings.callbackTimeoutMs });
  const buyer = createBuyer({ ...shared, delivery });
  const context: SimulatorContext = {
    ...shared,
    url,
    delivery,
    buyer,
    chaos,
    chaosRules,
    expiryMs,
    seed,
    isForeignClock,
  };
  const scenarios = createScenarioRunner(context);
  const app = createApp(context, scenarios);
  // overrideGlobalObjects would replace the global Request and Response of the process that runs the simulator.
  server.on("request", getRequestListener(app.fetch, { overrideGlobalObjects: false }));

  let closing: Promise<void> | null = null;
  const core: SimulatorCore = {
    url,
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
    idle: async (id) => delivery.idle(ledger.get(id).id),
    close() {
      clock.clear();
      chaos.release();
      // Again at the end, because a create request that was being answered may have planned its expiry.
      closing ??= Promise.all([delivery.close(), stop(server)]).then(() => clock.clear());
      return closing;
    },
  };
  const handles = started.all.map((gateway) => gateway.handle(urlOf(gateway, url)));
  return Object.assign(core, ...handles) as SimulatorOf<T>;
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
