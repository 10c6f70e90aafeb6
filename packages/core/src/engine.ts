import { loadHttp } from "./adapter-kit/http.ts";
import { cancel } from "./cancel/cancel.ts";
import { badConfig, defaultRemedy, offeredOf, providersByName, publicAddress } from "./check-config.ts";
import { checkout } from "./checkout/checkout.ts";
import type { LooseRequest } from "./checkout/request.ts";
import type { Context } from "./context.ts";
import type { AnyPay, RefundRequest, RegisteredPayConfig } from "./contract/pay.ts";
import type { NamedProvider } from "./contract/providers.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";
import { type DeliveryLoop, startDeliveryLoop } from "./delivery/deliver.ts";
import { checkedHandler, type Handler } from "./delivery/handler.ts";
import { redrive } from "./delivery/redrive.ts";
import { createExchangeReports, type ExchangeReports } from "./exchanges/report-exchanges.ts";
import { createFetch } from "./http/fetch.ts";
import { createHandle } from "./http/routes.ts";
import { PayError } from "./model/errors.ts";
import { createIds, type PaymentId, type ReviewId } from "./model/ids.ts";
import { listPayments } from "./payments/list.ts";
import { refund } from "./refunds/refund.ts";
import { resolveReview } from "./reviews/resolve.ts";
import { createTurns } from "./runtime/ask-in-turn.ts";
import { createInFlight } from "./runtime/in-flight.ts";
import { createLimitedLog } from "./runtime/limited-log.ts";
import { safeLogger, systemRandom } from "./runtime/system.ts";
import { createKeyring } from "./security/keyring.ts";
import { type StatusCheckLoop, startStatusCheckLoop } from "./status/run-status-checks.ts";
import { strandedPayments } from "./status/stranded.ts";
import { type SweepLoop, startSweepLoop } from "./status/sweep.ts";

const CREATE_TIMEOUT_MS = 30_000;
const REVIEW_LIMIT = 1000;

/** What the configuration or the container provides. */
export interface Parts {
  readonly providers: readonly NamedProvider[];
  readonly store: PaymentStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ties the steps of a payment's life to one store, one clock and one set of providers, from `start()` to `close()`. */
export function assemble(config: RegisteredPayConfig, parts: Parts): AnyPay {
  const { store } = parts;
  const { onHttpExchange } = config;
  const handlers: Handler[] = [];
  let phase: "new" | "starting" | "running" | "closing" | "closed" = "new";
  let delivering: DeliveryLoop | undefined;
  let sweeping: SweepLoop | undefined;
  let statusChecks: StatusCheckLoop | undefined;
  let starting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  const context: Context & { exchanges: ExchangeReports | undefined } = {
    ...contextOf(config, parts),
    handlers,
    exchanges: undefined,
    isRunning: () => phase === "running",
    wakeDelivery: () => delivering?.wake(),
    wakeStatusChecks: () => statusChecks?.wake(),
  };
  const { inFlight, keyring, logger, now, providers } = context;
  const handle = createHandle(context);

  /** @throws PayError `NOT_STARTED` */
  const running = () => {
    if (phase === "running") return store;
    throw new PayError("NOT_STARTED", "Call pay.start() first, and nothing after pay.close().");
  };
  /** Handlers that still run while Pay closes may read. */
  const readable = () => (phase === "closing" ? store : running());

  /** Runs work that `close()` waits for. */
  async function whileRunning<T>(work: () => Promise<T>): Promise<T> {
    running();
    inFlight.begin();
    try {
      return await work();
    } finally {
      inFlight.end();
    }
  }

  async function open(): Promise<void> {
    try {
      await loadHttp();
      if (onHttpExchange !== undefined) {
        context.exchanges = await createExchangeReports({ onHttpExchange, now, logger, inFlight });
      }
      await store.start();
      refuseStranded(strandedPayments(await store.openPaymentsByAccount(), providers, keyring));
      const missing = await store.registerHandlers(handlers.map(({ name, type }) => ({ name, type })));
      for (const { name, type } of missing) {
        logger.warn("Undelivered events exist for a handler that is not registered in this process.", {
          handler: name,
          event: type,
        });
      }
      delivering = await startDeliveryLoop(context);
    } catch (error) {
      await store.close().catch(() => {});
      phase = "new";
      throw error;
    }
    sweeping = startSweepLoop(context);
    statusChecks = startStatusCheckLoop(context);
    phase = "running";
  }

  function refuseStranded(missing: readonly string[]): void {
    if (missing.length === 0) return;
    if (config.allowStranded !== true) throw badConfig("providers", `leave payments stranded: ${missing.join("; ")}`);
    for (const what of missing) logger.warn("Payments are stranded.", { missing: what });
  }

  async function shutDown(): Promise<void> {
    // All at once: each may be waiting for a store that is gone, and the waits must not add up.
    await Promise.all([inFlight.ended(), sweeping?.stop(), statusChecks?.stop(), delivering?.stop()]);
    await store.close();
  }

  const pay: Omit<AnyPay, "handle"> = {
    on(type: string, name: string, run: unknown, options: { readonly tx?: boolean } = {}) {
      if (phase !== "new") throw badConfig("on", "must be called before start()");
      handlers.push(checkedHandler(handlers, store, type, name, run, options.tx === true));
    },

    async start() {
      if (phase !== "new") throw badConfig("start", "can be called once");
      if (!handlers.some(({ type }) => type === "payment.succeeded")) {
        throw badConfig("on", 'must register a handler for "payment.succeeded": paid orders would not be delivered');
      }
      phase = "starting";
      starting = open();
      return starting;
    },

    checkout: (request) => whileRunning(() => checkout(context, request as LooseRequest)),
    fetch: createFetch(handle),
    cancel: (id) => whileRunning(() => cancel(context, id)),
    refund: (providerName: string, id: string, given: RefundRequest) =>
      whileRunning(() => refund(context, providerName, id, given)),

    payments: {
      get: async (id) => (await readable().payment(id as PaymentId))?.payment,
      ofOrder: async (orderId) => (await readable().paymentsOfOrder(orderId)).map(({ payment }) => payment),
      list: async (query) => listPayments({ store: readable(), providers }, query),
      history: async (id) => readable().history(id as PaymentId),
      refunds: async (id) => (await readable().payment(id as PaymentId))?.refunds ?? [],
    },
    reviews: {
      list: async () => readable().openReviews(REVIEW_LIMIT),
      ofPayment: async (paymentId) => readable().reviewsOfPayment(paymentId as PaymentId),
      get: async (id) => readable().review(id as ReviewId),
      resolve: (id, resolution) => whileRunning(() => resolveReview(context, id as ReviewId, resolution)),
    },
    deliveries: {
      list: async (paymentId) => readable().deliveries(paymentId as PaymentId),
      redrive: (paymentId, letter) => whileRunning(() => redrive(context, paymentId as PaymentId, letter)),
    },

    async close() {
      if (phase === "starting") await starting?.catch(() => {});
      if (phase === "running") {
        phase = "closing";
        closing = shutDown().finally(() => {
          phase = "closed";
        });
      }
      await closing;
    },
  };
  const { fetch } = pay;
  // An app may guard `fetch` by replacing it, on this object, a copy or a proxy. A bridge must not find the unguarded way past it.
  return Object.defineProperty(pay, "handle", {
    get(this: AnyPay) {
      return this.fetch === fetch ? handle : undefined;
    },
  }) as AnyPay;
}

/** The part of the context that does not change between `start()` and `close()`. */
function contextOf(config: RegisteredPayConfig, { clock, store, ...parts }: Parts) {
  const logger = safeLogger(parts.logger);
  const providers = providersByName(parts.providers);
  const offeredProviders = offeredOf(providers, config.retired);
  if (config.default !== undefined && !offeredProviders.has(config.default)) {
    throw badConfig("default", defaultRemedy(config.default, offeredProviders.keys()));
  }
  const baseUrl = publicAddress(config.baseUrl);
  const random = config.random ?? systemRandom;
  const now = () => clock.now();
  return {
    store,
    clock,
    now,
    random,
    ids: createIds(now, random),
    logger,
    keyring: createKeyring(config.secret),
    providers,
    offeredProviders,
    defaultProviderName: config.default,
    failureIsFinal: (merchantAccount: string) =>
      parts.providers.find(({ provider }) => provider.merchantAccount === merchantAccount)?.provider.traits
        .failureIsFinal ?? false,
    createTimeoutMs: CREATE_TIMEOUT_MS,
    baseUrl,
    basePath: new URL(baseUrl).pathname.replace(/\/$/, ""),
    inFlight: createInFlight(),
    inTurn: createTurns(clock),
    logRefusedCallback: createLimitedLog({ clock, logger }, "Callbacks were refused."),
  };
}
