import { normalPath } from "./callbacks/address.ts";
import { badConfig, checkedRandom, defaultRemedy, offeredOf, providersByName, publicAddress } from "./check-config.ts";
import type { Context } from "./context.ts";
import type { RegisteredPayConfig } from "./contract/pay.ts";
import type { NamedProvider } from "./contract/providers.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";
import { createRefusals } from "./http/refusals.ts";
import { createIds } from "./model/ids.ts";
import { createTurns } from "./runtime/ask-in-turn.ts";
import { createInFlight } from "./runtime/in-flight.ts";
import { createLimitedLogger } from "./runtime/limited-log.ts";
import { createPlaces } from "./runtime/places.ts";
import { safeLogger, systemRandom, wholeMilliseconds } from "./runtime/system.ts";
import { createKeyring } from "./security/keyring.ts";

const CREATE_TIMEOUT_MS = 30_000;
/** Questions at once that callbacks without proof may cause. One account has half of them at most. */
const QUESTIONS = 40;

/** What the configuration or the container provides. */
export interface Parts {
  readonly providers: readonly NamedProvider[];
  readonly store: PaymentStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the lifecycle adds to the context: it changes between `start()` and `close()`. */
export type ChangingContext = Pick<
  Context,
  | "handlers"
  | "strandedAccounts"
  | "exchanges"
  | "health"
  | "isRunning"
  | "wakeDelivery"
  | "wakeStatusChecks"
  | "orderPaid"
>;

/**
 * The part of the context that does not change between `start()` and `close()`.
 *
 * @throws PayError `INVALID_CONFIG` naming the field
 */
export function createContext(
  config: RegisteredPayConfig,
  { store, ...parts }: Parts,
): Omit<Context, keyof ChangingContext> {
  const clock = wholeMilliseconds(parts.clock);
  const logger = safeLogger(parts.logger);
  const rarely = createLimitedLogger({ clock, logger });
  const providers = providersByName(parts.providers);
  const offeredProviders = offeredOf(providers, config.retired);
  if (config.default !== undefined && !offeredProviders.has(config.default)) {
    throw badConfig("default", defaultRemedy(config.default, offeredProviders.keys()));
  }
  const baseUrl = publicAddress(config.baseUrl);
  const random = config.random === undefined ? systemRandom : checkedRandom(config.random);
  const now = () => clock.now();
  const cutQuestions = new AbortController();
  return {
    store,
    clock,
    now,
    random,
    ids: createIds(now, random),
    logger,
    rarely,
    keyring: createKeyring(config.secret),
    providers,
    offeredProviders,
    defaultProviderName: config.default,
    traitsOf: (merchantAccount: string) =>
      parts.providers.find(({ provider }) => provider.merchantAccount === merchantAccount)?.provider.traits,
    createTimeoutMs: CREATE_TIMEOUT_MS,
    onHandlerError: config.onHandlerError,
    baseUrl,
    basePath: normalPath(new URL(baseUrl).pathname),
    inFlight: createInFlight(),
    cutQuestions,
    inTurn: createTurns(clock, cutQuestions.signal),
    questions: createPlaces(QUESTIONS),
    refusals: createRefusals(rarely),
  };
}
