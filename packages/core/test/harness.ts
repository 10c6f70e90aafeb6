import { type QuietLogger, quietLogger } from "../../../test/support/quiet-logger.ts";
import { SECRET } from "../../../test/support/secret.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { createCall } from "../src/adapter-kit/http.ts";
import { handleCallback } from "../src/callbacks/handle.ts";
import { checkout } from "../src/checkout/checkout.ts";
import { closeOthers } from "../src/checkout/close-at-gateways.ts";
import type { LooseRequest } from "../src/checkout/request.ts";
import type { Context } from "../src/context.ts";
import type { CheckoutResult } from "../src/contract/checkout.ts";
import type { ParsedCallback } from "../src/contract/provider.ts";
import { createRefusals } from "../src/http/refusals.ts";
import { createIds, type PaymentId } from "../src/model/ids.ts";
import type { PaymentRecord } from "../src/model/payment.ts";
import { createTurns } from "../src/runtime/ask-in-turn.ts";
import { createInFlight } from "../src/runtime/in-flight.ts";
import { createLimitedLogger } from "../src/runtime/limited-log.ts";
import { createPlaces } from "../src/runtime/places.ts";
import { createKeyring } from "../src/security/keyring.ts";
import { callbackRequest } from "../src/testing/callback-request.ts";
import { type FakeProvider, fakeProvider } from "../src/testing/fake-provider.ts";
import { type ManualClock, manualClock } from "../src/testing/manual-clock.ts";
import { type WatchedStore, watchedStore } from "./watched-store.ts";

export { SECRET };

/** The functions of core with a context that the test controls. */
export interface Harness {
  readonly context: Context;
  readonly clock: ManualClock;
  readonly store: WatchedStore;
  readonly logger: QuietLogger;
  /** Number of calls of `wakeDelivery`. */
  wakes: number;
  /** Called when a status check was scheduled. */
  onStatusCheck: (dueAt: number) => void;
  /** A valid request for the first provider, with these fields replaced. */
  request(over?: Partial<LooseRequest>): LooseRequest;
  checkout(over?: Partial<LooseRequest>): Promise<CheckoutResult>;
  /** Handles a callback that the provider parses as this. Returns the reply to the gateway. */
  notify(providerName: string, parsed: ParsedCallback): ReturnType<typeof handleCallback>;
  record(id: PaymentId): Promise<PaymentRecord>;
  /** Kinds of the facts in a payment's history. */
  facts(id: PaymentId): Promise<readonly string[]>;
  /** Kinds of the open reviews. */
  reviews(): Promise<readonly string[]>;
}

export interface HarnessOptions<P> {
  readonly providers?: P;
  readonly secret?: string | readonly string[];
  readonly seed?: number;
  readonly store?: WatchedStore;
}

export function createHarness<P extends Readonly<Record<string, FakeProvider>>>(
  options: HarnessOptions<P> = {},
): Harness {
  const { secret = SECRET, seed = 1, store = watchedStore() } = options;
  const providers = new Map<string, FakeProvider>(Object.entries(options.providers ?? { cards: fakeProvider() }));
  const clock = manualClock();
  const logger = quietLogger();
  const rarely = createLimitedLogger({ clock, logger });
  const now = () => clock.now();
  const cutQuestions = new AbortController();
  const harness: Harness = {
    context: {
      store,
      clock,
      now,
      logger,
      rarely,
      providers,
      offeredProviders: providers,
      random: seededRandom(seed + 1),
      ids: createIds(now, seededRandom(seed)),
      keyring: createKeyring(secret),
      wakeDelivery: () => {
        harness.wakes += 1;
      },
      wakeStatusChecks: (dueAt) => harness.onStatusCheck(dueAt),
      orderPaid: (payment) => void closeOthers(harness.context, payment),
      defaultProviderName: [...providers.keys()][0],
      baseUrl: "https://shop.example/pay",
      basePath: "/pay",
      handlers: [],
      isRunning: () => true,
      health: async () => ({ ready: true, store: "reachable", delivery: "running", refusedCallbacks: [] }),
      strandedAccounts: new Set(),
      createTimeoutMs: 30_000,
      cutQuestions,
      inTurn: createTurns(clock, cutQuestions.signal),
      questions: createPlaces(40),
      inFlight: createInFlight(),
      refusals: createRefusals(rarely),
      traitsOf: (merchantAccount) =>
        [...providers.values()].find((known) => known.merchantAccount === merchantAccount)?.traits,
    },
    clock,
    store,
    logger,
    wakes: 0,
    onStatusCheck() {},
    request: (over = {}) => ({
      orderId: "order-1",
      amount: { value: 1999, currency: "PLN" },
      description: "VIP, 30 days",
      returnUrl: "https://shop.example/thanks",
      buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" },
      ...over,
    }),
    checkout: (over) => checkout(harness.context, harness.request(over)),
    notify(providerName, parsed) {
      const provider = { ...providers.get(providerName)!, receive: () => parsed };
      const call = createCall(new AbortController().signal, now);
      return handleCallback(harness.context, providerName, provider, callbackRequest(), call);
    },
    async record(id) {
      const record = await store.payment(id);
      if (record === undefined) throw new Error("There is no such payment.");
      return record;
    },
    facts: async (id) => (await store.history(id)).map(({ fact }) => fact.kind),
    reviews: async () => (await store.openReviews(100)).map(({ kind }) => kind),
  };
  return harness;
}

/** The context of another process on the same store, whose configuration lacks this provider. */
export function withoutProvider(context: Context, providerName: string): Context {
  const providers = new Map([...context.providers].filter(([name]) => name !== providerName));
  const traitsOf: Context["traitsOf"] = (account) =>
    [...providers.values()].find(({ merchantAccount }) => merchantAccount === account)?.traits;
  return { ...context, providers, offeredProviders: providers, traitsOf };
}
