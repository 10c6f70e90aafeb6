import * as v from "valibot";
import { loadHttp } from "./adapter-kit/http.ts";
import { parseInput } from "./adapter-kit/parse-input.ts";
import { badConfig } from "./check-config.ts";
import { closeOthers } from "./checkout/close-at-gateways.ts";
import type { Context } from "./context.ts";
import type { AnyPay, RegisteredPayConfig } from "./contract/pay.ts";
import type { PaymentStore } from "./contract/store.ts";
import { createContext, type Parts } from "./create-context.ts";
import { type DeliveryLoop, startDeliveryLoop } from "./delivery/deliver.ts";
import { checkedHandler, type Handler } from "./delivery/handler.ts";
import { createExchangeReports, type ExchangeReports } from "./exchanges/report-exchanges.ts";
import { createHealth } from "./health.ts";
import { PayError } from "./model/errors.ts";
import { type StatusCheckLoop, startStatusCheckLoop } from "./status/run-status-checks.ts";
import { paymentsOfMissingSecret, type Stranded, strandedError, strandedPayments, textOf } from "./status/stranded.ts";
import { type SweepLoop, startSweepLoop } from "./status/sweep.ts";

/** Milliseconds for which `close()` waits for handlers. Container platforms kill a process 10 to 30 s after they asked it to end. */
const CLOSE_DEADLINE_MS = 10_000;

const CloseOptions = v.strictObject({
  deadlineMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), CLOSE_DEADLINE_MS),
});
const MUST_BE = { deadlineMs: "milliseconds, 0 or more" };

const NO_HANDLER =
  'Register a handler for "payment.succeeded" with pay.on() before start(): without one, paid orders would not be delivered. To read payments only, use openPay().';

/** A Pay's life from `start()` to `close()`: what may run when, and the loops that run meanwhile. */
export interface Lifecycle extends Pick<AnyPay, "on" | "start" | "health" | "close"> {
  readonly context: Context;
  /**
   * The store, for reads. Handlers that still run while Pay closes may read.
   *
   * @throws PayError `NOT_STARTED`
   */
  readable(): PaymentStore;
  /** Runs work that `close()` waits for. Rejects with PayError `NOT_STARTED` while Pay does not run. */
  whileRunning<T>(work: () => Promise<T>): Promise<T>;
}

export function createLifecycle(config: RegisteredPayConfig, parts: Parts): Lifecycle {
  const { store } = parts;
  const { onHttpExchange } = config;
  const handlers: Handler[] = [];
  let phase: "new" | "starting" | "running" | "closing" | "closed" = "new";
  let deliveries: DeliveryLoop | undefined;
  let sweeps: SweepLoop | undefined;
  let statusChecks: StatusCheckLoop | undefined;
  let starting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  const fixed = createContext(config, parts);
  const health = createHealth(fixed, () => (phase === "running" ? deliveries : undefined));
  const strandedAccounts = new Set<string>();
  const context: Context & { exchanges: ExchangeReports | undefined } = {
    ...fixed,
    health,
    handlers,
    strandedAccounts,
    exchanges: undefined,
    isRunning: () => phase === "running",
    wakeDelivery: () => deliveries?.wake(),
    wakeStatusChecks: (dueAt) => statusChecks?.wake(dueAt),
    orderPaid(payment) {
      inFlight.begin();
      closeOthers(context, payment).finally(inFlight.end);
    },
  };
  const { clock, inFlight, keyring, logger, now, providers } = context;

  /** @throws PayError `NOT_STARTED` */
  const running = () => {
    if (phase === "running") return store;
    throw new PayError("NOT_STARTED", "Call pay.start() first, and nothing after pay.close().");
  };

  async function open(): Promise<void> {
    let isOpen = false;
    try {
      await loadHttp();
      if (onHttpExchange !== undefined) {
        context.exchanges = createExchangeReports({ onHttpExchange, now, logger, inFlight });
      }
      await store.start();
      isOpen = true;
      const openPayments = await store.openPaymentsByAccount();
      refuseStranded(strandedPayments(openPayments, providers, keyring));
      for (const { merchantAccount } of openPayments) {
        if (context.traitsOf(merchantAccount) === undefined) strandedAccounts.add(merchantAccount);
      }
      for (const lost of paymentsOfMissingSecret(openPayments, providers, keyring)) {
        logger.warn("Payments need a secret that is not configured.", { lost });
      }
      const missing = await store.registerHandlers(handlers.map(({ name, type }) => ({ name, type })));
      for (const { name, type } of missing) {
        logger.warn("Undelivered events exist for a handler that is not registered in this process.", {
          handler: name,
          event: type,
        });
      }
      deliveries = await startDeliveryLoop(context);
    } catch (error) {
      // A store that did not start may be another Pay's, which has it open.
      if (isOpen) await store.close().catch(() => {});
      phase = "new";
      throw error;
    }
    sweeps = startSweepLoop(context);
    statusChecks = startStatusCheckLoop(context);
    phase = "running";
  }

  function refuseStranded(stranded: readonly Stranded[]): void {
    if (stranded.length === 0) return;
    if (config.allowStranded !== true) throw strandedError(stranded);
    for (const reason of stranded) logger.warn("Payments are stranded.", { missing: textOf(reason) });
  }

  async function shutDown(deadlineMs: number): Promise<void> {
    const over = new AbortController();
    void clock.sleep(deadlineMs, over.signal).then(() => context.cutQuestions.abort());
    // All at once: each may be waiting for a store that is gone, and the waits must not add up.
    await Promise.all([inFlight.ended(), sweeps?.stop(), statusChecks?.stop(), deliveries?.stop(deadlineMs)]).finally(
      () => over.abort(),
    );
    await store.close();
  }

  return {
    context,

    on(type: string, name: string, run: unknown, options: { readonly tx?: boolean } = {}) {
      if (phase !== "new") throw badConfig("on", "must be called before start()");
      handlers.push(checkedHandler(handlers, store, type, name, run, options.tx === true));
    },

    async start() {
      if (phase !== "new") throw badConfig("start", "can be called once");
      if (!handlers.some(({ type }) => type === "payment.succeeded")) {
        throw new PayError("INVALID_CONFIG", NO_HANDLER, { field: "on" });
      }
      phase = "starting";
      starting = open();
      return starting;
    },

    health,

    readable: () => (phase === "closing" ? store : running()),

    async whileRunning(work) {
      running();
      inFlight.begin();
      try {
        return await work();
      } finally {
        inFlight.end();
      }
    },

    async close(given = {}) {
      // `process.once("SIGTERM", pay.close)` calls it with the name of the signal.
      const options = typeof given === "string" ? {} : given;
      const { deadlineMs } = parseInput(CloseOptions, options, "INVALID_REQUEST", MUST_BE, "options");
      if (phase === "starting") await starting?.catch(() => {});
      if (phase === "running") {
        phase = "closing";
        closing = shutDown(deadlineMs).finally(() => {
          phase = "closed";
        });
      }
      await closing;
    },
  };
}
