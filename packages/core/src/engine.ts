import { loadHttp } from "./adapter-kit/http.ts";
import { createTurns } from "./callbacks/unauthenticated.ts";
import { cancel } from "./cancel/cancel.ts";
import { badConfig, defaultRemedy, NAME, offeredOf, providersByName, publicAddress } from "./check-config.ts";
import { checkout } from "./checkout/checkout.ts";
import type { LooseRequest } from "./checkout/request.ts";
import type { NamedProvider } from "./contract/checkout.ts";
import type { AnyPay, RefundRequest, RegisteredPayConfig } from "./contract/pay.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";
import { type Delivering, type Handler, startDelivering } from "./delivery/deliver.ts";
import { createExchanges, type Exchanges } from "./exchanges/report-exchanges.ts";
import { createAnswering, createHandler } from "./http/routes.ts";
import { PayError } from "./model/errors.ts";
import { EVENT_TYPES, type PaymentEventType } from "./model/event.ts";
import { createIds, type EventId, type PaymentId, type ReviewId } from "./model/ids.ts";
import { listPayments } from "./payments/list.ts";
import { refund } from "./refunds/refund.ts";
import { redrive, resolveReview } from "./reviews/resolve.ts";
import { createWork } from "./runtime/in-flight.ts";
import { createReport } from "./runtime/limited-log.ts";
import { safeLogger, systemRandom } from "./runtime/system.ts";
import { createKeyring } from "./security/keyring.ts";
import { type StatusChecks, startStatusChecks } from "./status/checks.ts";
import { strandedPayments } from "./status/stranded.ts";
import { type Sweeping, startSweeping } from "./status/sweep.ts";

/** Milliseconds a gateway has to answer a create. */
const CREATE_TIMEOUT_MS = 30_000;
const REVIEW_LIMIT = 1000;

/** What the container resolved. */
export interface Parts {
  readonly providers: readonly NamedProvider[];
  readonly store: PaymentStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ties the steps of `flow/` to one store, one clock and one set of providers, from `start()` to `close()`. */
export function assemble(config: RegisteredPayConfig, parts: Parts): AnyPay {
  const { providers: named, store, clock } = parts;
  const { onHttpExchange } = config;
  const logger = safeLogger(parts.logger);
  const providers = providersByName(named);
  const offered = offeredOf(providers, config.retired);
  if (config.default !== undefined && !offered.has(config.default)) {
    throw badConfig("default", defaultRemedy(config.default, offered.keys()));
  }
  const baseUrl = publicAddress(config.baseUrl);
  const keyring = createKeyring(config.secret);
  const random = config.random ?? systemRandom;
  const now = () => clock.now();
  const ids = createIds(now, random);
  const handlers: Handler[] = [];
  let phase: "new" | "starting" | "running" | "closing" | "closed" = "new";
  let delivering: Delivering | undefined;
  let sweeping: Sweeping | undefined;
  let statusChecks: StatusChecks | undefined;
  let starting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const working = createWork();

  const deps = {
    store,
    clock,
    now,
    ids,
    random,
    logger,
    keyring,
    providers,
    offered,
    handlers,
    defaultProvider: config.default,
    baseUrl,
    basePath: new URL(baseUrl).pathname.replace(/\/$/, ""),
    createTimeoutMs: CREATE_TIMEOUT_MS,
    inTurn: createTurns(clock),
    working,
    exchanges: undefined as Exchanges | undefined,
    refusals: createReport({ clock, logger }, "Callbacks were refused."),
    isRunning: () => phase === "running",
    eventsCommitted: () => delivering?.wake(),
    statusChecksCommitted: () => statusChecks?.wake(),
    failureIsFinal: (merchantAccount: string) =>
      named.find(({ provider }) => provider.merchantAccount === merchantAccount)?.provider.traits.failureIsFinal ??
      false,
  };
  const running = () => {
    if (phase !== "running")
      throw new PayError("NOT_STARTED", "Call pay.start() first, and nothing after pay.close().");
    return store;
  };
  /** Handlers that are running while Pay closes may still look. */
  const readable = () => (phase === "closing" ? store : running());

  const answer = createAnswering(deps);
  const handle = createHandler(answer);

  async function track<T>(work: Promise<T>): Promise<T> {
    working.begin();
    try {
      return await work;
    } finally {
      working.end();
    }
  }

  async function open(): Promise<void> {
    try {
      await loadHttp();
      if (onHttpExchange !== undefined)
        deps.exchanges = await createExchanges({ onHttpExchange, now, logger, working });
      await store.start();
      refuseStranded(strandedPayments(await store.openPaymentsByAccount(), providers, keyring));
      const others = await store.registerHandlers(handlers.map(({ name, type }) => ({ name, type })));
      for (const { name, type } of others) {
        logger.warn("Events are waiting for a handler that this process has not.", { handler: name, event: type });
      }
      delivering = await startDelivering(deps);
    } catch (error) {
      await store.close().catch(() => {});
      phase = "new";
      throw error;
    }
    sweeping = startSweeping(deps);
    statusChecks = startStatusChecks(deps);
    phase = "running";
  }

  function refuseStranded(missing: readonly string[]): void {
    if (missing.length === 0) return;
    if (config.allowStranded !== true) throw badConfig("providers", `leave payments stranded: ${missing.join("; ")}`);
    for (const what of missing) logger.warn("Payments are stranded.", { missing: what });
  }

  async function shutDown(): Promise<void> {
    // All at once: each may be waiting for a store that is gone, and the waits must not add up.
    await Promise.all([working.ended(), sweeping?.stop(), statusChecks?.stop(), delivering?.stop()]);
    await store.close();
  }

  return {
    on(
      type: PaymentEventType,
      name: string,
      handler: (event: never, context: never) => unknown,
      options: { readonly tx?: boolean } = {},
    ) {
      if (phase !== "new") throw badConfig("on", "must be called before start()");
      if (!EVENT_TYPES.includes(type)) throw badConfig("on", `knows these events: ${EVENT_TYPES.join(", ")}`);
      if (typeof name !== "string" || !NAME.test(name)) {
        throw badConfig("on", "needs a name of letters, digits, - and _ as its second argument");
      }
      if (typeof handler !== "function") throw badConfig("on", "needs a function as its third argument");
      if (handlers.some((known) => known.type === type && known.name === name)) {
        throw badConfig("on", `has a handler named ${name} for ${type} already`);
      }
      const tx = options.tx === true;
      if (tx && store.deliverInTransaction === undefined) {
        throw badConfig("on", "can give a transaction only where the store has one, as @pay/postgres has");
      }
      handlers.push({ type, name, tx, run: handler as Handler["run"] });
    },

    async start() {
      if (phase !== "new") throw badConfig("start", "can be called once");
      if (!handlers.some(({ type }) => type === "payment.succeeded")) {
        throw badConfig("on", 'has nobody for "payment.succeeded": paid orders would not be delivered');
      }
      phase = "starting";
      starting = open();
      return starting;
    },

    async checkout(request) {
      running();
      return track(checkout(deps, request as LooseRequest));
    },

    fetch: Object.assign(handle, { answer: Object.assign(answer, { fetch: handle }) }),

    async cancel(id) {
      running();
      return track(cancel(deps, id));
    },
    async refund(providerName: string, id: string, given: RefundRequest) {
      running();
      return track(refund(deps, providerName, id, given));
    },

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
      async resolve(id, resolution) {
        running();
        return track(resolveReview(deps, id as ReviewId, resolution));
      },
    },
    deliveries: {
      list: async (paymentId) => readable().deliveries(paymentId as PaymentId),
      async redrive(paymentId, eventId, handler, by) {
        running();
        return track(redrive(deps, paymentId as PaymentId, eventId as EventId, handler, by));
      },
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
}
