// tsyringe refuses to load without it.
import "reflect-metadata";
import { type DependencyContainer, instanceCachingFactory, container as root } from "tsyringe";
import { badConfig, checkConfig, NAME, noProviders, noStore, providersByName, publicAddress } from "./config.ts";
import type { CheckoutRequest, CheckoutResult, InstanceOf, Providers } from "./contract/checkout.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { DeliveryRow, PaymentStore } from "./contract/store.ts";
import { CLOCK, LOGGER, type NamedProvider, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di.ts";
import { checkout } from "./flow/checkout.ts";
import type { LooseRequest } from "./flow/checkout-request.ts";
import { type Delivering, type Handler, type HandlerContext, startDelivering } from "./flow/deliver.ts";
import { type Sweeping, startSweeping } from "./flow/sweep.ts";
import { createHandler } from "./http.ts";
import { PayError } from "./model/errors.ts";
import type { PaymentEvent, PaymentEventType } from "./model/event.ts";
import type { HistoryEntry } from "./model/fact.ts";
import { createIds, type Random } from "./model/ids.ts";
import type { Payment } from "./model/payment.ts";
import type { Review } from "./model/review.ts";
import { consoleLogger, systemClock, systemRandom } from "./runtime.ts";
import { createKeyring } from "./security/keyring.ts";

/** How a Pay is put together. `P` and `D` are inferred. */
export interface PayConfig<P extends Providers, D extends InstanceOf<P> = never> {
  /** Adapters by instance name: letters, digits, `-` and `_`. Two accounts of one gateway are two entries. */
  readonly providers: P;
  /** The provider of checkouts that name none. */
  readonly default?: D;
  readonly store: PaymentStore;
  /** Public address under which `pay.fetch` is reached, https (http only on this machine), e.g. `"https://shop.example/pay"`. */
  readonly baseUrl: string;
  /** Random text of at least 32 characters that signs callback addresses; several for rotation: the first signs, all verify. */
  readonly secret: string | readonly string[];
  /** @default warnings and errors to the console */
  readonly logger?: Logger;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default the system's randomness */
  readonly random?: Random;
}

/** One interface to the configured gateways. */
export interface Pay<P extends Providers = Providers, D extends InstanceOf<P> = never> {
  /**
   * Names a handler for a kind of event, before `start()`. It is called at least once per event, with `event.id` as the
   * key to deduplicate by; a throw is tried again, with growing delays up to a day.
   *
   * @throws PayError `INVALID_CONFIG` after `start()`, or for a name used twice for one kind
   */
  on<T extends PaymentEventType>(
    type: T,
    name: string,
    handler: (event: PaymentEvent & { readonly type: T }, context: HandlerContext) => unknown,
  ): void;
  /** Opens the store and starts delivering. @throws PayError `INVALID_CONFIG` if nobody handles `payment.succeeded` */
  start(): Promise<void>;
  /**
   * Opens a payment. Resolves once the gateway's answer is stored; `next` says where the buyer goes.
   *
   * @throws PayError `INVALID_REQUEST`, `INVALID_AMOUNT`, `IDEMPOTENCY_CONFLICT`, `IN_PROGRESS`, `ORDER_ALREADY_PAID`, `NOT_STARTED`
   * before the gateway is asked; `CREATE_REJECTED`, `PROVIDER_UNAVAILABLE`, `OUTCOME_UNKNOWN`, `STORE_UNAVAILABLE` with `paymentId` after
   */
  checkout<const N extends InstanceOf<P> = D>(
    request: CheckoutRequest<P, N> & ([D] extends [never] ? { readonly provider: N | readonly N[] } : unknown),
  ): Promise<CheckoutResult>;
  /** Serves callbacks under `baseUrl`: mount it there. Needs no `this`. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly payments: {
    get(id: string): Promise<Payment | undefined>;
    /** Payments of an order, oldest first. */
    ofOrder(orderId: string): Promise<readonly Payment[]>;
    /** What happened to a payment, oldest first. */
    history(id: string): Promise<readonly HistoryEntry[]>;
  };
  readonly reviews: {
    /** Open reviews, oldest first, at most 100. */
    list(): Promise<readonly Review[]>;
  };
  readonly deliveries: {
    /** Who was told what of a payment. */
    list(paymentId: string): Promise<readonly DeliveryRow[]>;
  };
  /** Takes no new work, finishes what is running, closes the store. */
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: a token cannot carry the inferred names
export type AnyPay = Pay<any, any>;

/** Milliseconds a gateway has to answer a create. */
const CREATE_TIMEOUT = 30_000;
const REVIEW_LIMIT = 100;

/**
 * Puts a Pay together from adapters, a store and an address.
 *
 * @throws PayError `INVALID_CONFIG` naming the field
 */
export function createPay<const P extends Providers, const D extends InstanceOf<P> = never>(
  config: PayConfig<P, D>,
): Pay<P, D> {
  checkConfig(config);
  // Asked here and not of the container, which would look in the root as well.
  if (Object.keys(config.providers ?? {}).length === 0) throw noProviders();
  if (config.store === undefined) throw noStore();
  const own = root.createChildContainer();
  // Registered here whatever the root container holds: two Pays in one process do not see each other.
  own.register(CLOCK, { useValue: config.clock ?? systemClock });
  own.register(LOGGER, { useValue: config.logger ?? consoleLogger });
  registerPay(own, config);
  return own.resolve(PAY) as Pay<P, D>;
}

/** What `registerPay` still needs when the app registered providers and store in its container itself. */
export type RegisteredPayConfig = Omit<PayConfig<Providers, string>, "providers" | "store"> &
  Partial<Pick<PayConfig<Providers, string>, "providers" | "store">>;

/**
 * Registers a Pay in the app's own container, to be resolved with the token `PAY`. What the app registered there under
 * `PAYMENT_PROVIDERS`, `PAYMENT_STORE`, `CLOCK` or `LOGGER` is used.
 *
 * @throws PayError `INVALID_CONFIG` if the container has one already
 */
export function registerPay(container: DependencyContainer, config: RegisteredPayConfig): void {
  checkConfig(config);
  if (container.isRegistered(PAY)) throw badConfig("container", "has a Pay already; give each its own child container");
  for (const [instance, provider] of Object.entries(config.providers ?? {})) {
    container.register(PAYMENT_PROVIDERS, { useValue: { instance, provider } });
  }
  const { clock = systemClock, logger = consoleLogger, store } = config;
  if (store !== undefined) container.register(PAYMENT_STORE, { useValue: store });
  if (!container.isRegistered(CLOCK, true)) container.register(CLOCK, { useValue: clock });
  if (!container.isRegistered(LOGGER, true)) container.register(LOGGER, { useValue: logger });
  container.register(PAY, {
    useFactory: instanceCachingFactory((from) => {
      if (!from.isRegistered(PAYMENT_PROVIDERS, true)) throw noProviders();
      if (!from.isRegistered(PAYMENT_STORE, true)) throw noStore();
      return assemble(config, {
        providers: from.resolveAll(PAYMENT_PROVIDERS),
        store: from.resolve(PAYMENT_STORE),
        clock: from.resolve(CLOCK),
        logger: from.resolve(LOGGER),
      });
    }),
  });
}

interface Parts {
  readonly providers: readonly NamedProvider[];
  readonly store: PaymentStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

function assemble(config: RegisteredPayConfig, { providers: named, store, clock, logger }: Parts): AnyPay {
  const providers = providersByName(named);
  if (config.default !== undefined && !providers.has(config.default)) {
    throw badConfig("default", `must be one of the providers: ${[...providers.keys()].join(", ")}`);
  }
  const baseUrl = publicAddress(config.baseUrl);
  const keyring = createKeyring(config.secret);
  const random = config.random ?? systemRandom;
  const now = () => clock.now();
  const ids = createIds(now, random);
  const handlers: Handler[] = [];
  let phase: "new" | "starting" | "running" | "closed" = "new";
  let delivering: Delivering | undefined;
  let sweeping: Sweeping | undefined;
  let starting: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const working = new Set<Promise<unknown>>();

  const deps = {
    store,
    clock,
    now,
    ids,
    random,
    logger,
    keyring,
    providers,
    handlers,
    defaultProvider: config.default,
    baseUrl,
    basePath: new URL(baseUrl).pathname.replace(/\/$/, ""),
    createTimeout: CREATE_TIMEOUT,
    isRunning: () => phase === "running",
    eventsCommitted: () => delivering?.wake(),
    failureIsFinal: (account: string) =>
      named.find(({ provider }) => provider.account === account)?.provider.traits.failureIsFinal ?? false,
  };
  const running = () => {
    if (phase !== "running")
      throw new PayError("NOT_STARTED", "Call pay.start() first, and nothing after pay.close().");
    return store;
  };

  const handle = createHandler(deps);

  /** Remembers a piece of work while it runs, for `close()` to wait for. */
  function track<T>(work: Promise<T>): Promise<T> {
    working.add(work);
    const done = () => working.delete(work);
    work.then(done, done);
    return work;
  }

  async function open(): Promise<void> {
    try {
      await store.start();
      await store.registerHandlers(handlers.map(({ name, type }) => ({ name, type })));
    } catch (error) {
      phase = "new";
      throw error;
    }
    delivering = startDelivering(deps);
    sweeping = startSweeping(deps);
    phase = "running";
  }

  async function shutDown(): Promise<void> {
    await Promise.allSettled(working);
    await sweeping?.stop();
    await delivering?.stop();
    await store.close();
  }

  return {
    on(type, name, handler) {
      if (phase !== "new") throw badConfig("on", "must be called before start()");
      if (typeof name !== "string" || !NAME.test(name)) {
        throw badConfig("on", "needs a name of letters, digits, - and _ as its second argument");
      }
      if (typeof handler !== "function") throw badConfig("on", "needs a function as its third argument");
      if (handlers.some((known) => known.type === type && known.name === name)) {
        throw badConfig("on", `has a handler named ${name} for ${type} already`);
      }
      handlers.push({ type, name, run: handler as Handler["run"] });
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

    fetch: (request) => track(handle(request)),

    payments: {
      get: async (id) => (await running().payment(id as Payment["id"]))?.payment,
      ofOrder: async (orderId) => (await running().paymentsOfOrder(orderId)).map(({ payment }) => payment),
      history: async (id) => running().history(id as Payment["id"]),
    },
    reviews: { list: async () => running().openReviews(REVIEW_LIMIT) },
    deliveries: { list: async (paymentId) => running().deliveries(paymentId as Payment["id"]) },

    async close() {
      await starting?.catch(() => {});
      if (phase === "running") {
        phase = "closed";
        closing = shutDown();
      }
      await closing;
    },
  };
}
