// For its types alone: who has a container has loaded it, and nobody else has to.
import type { DependencyContainer } from "tsyringe";
import {
  badConfig,
  checkClock,
  checkConfig,
  checkLogger,
  checkNamed,
  checkStore,
  noProviders,
  noStore,
} from "./check-config.ts";
import type { NamedProvider, ProviderNameOf, Providers } from "./contract/checkout.ts";
import type { AnyPay, Pay, PayConfig, RegisteredPayConfig } from "./contract/pay.ts";
import { CLOCK, LOGGER, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di-tokens.ts";
import { assemble, type Parts } from "./engine.ts";
import { consoleLogger, systemClock } from "./runtime/system.ts";

/**
 * Puts a Pay together from adapters, a store and an address.
 *
 * @throws PayError `INVALID_CONFIG` naming the field
 */
export function createPay<const P extends Providers, const D extends ProviderNameOf<P> = never>(
  config: PayConfig<P, D>,
): Pay<P, D> {
  const { clock = systemClock, logger = consoleLogger, providers, store } = checkedConfig(config);
  const named = namedOf(providers);
  if (named.length === 0) throw noProviders(false);
  if (store === undefined) throw noStore(false);
  checkNamed(named);
  return assemble(config, { providers: named, store, clock, logger }) as Pay<P, D>;
}

/**
 * Registers a Pay in the app's own container, to be resolved with the token `PAY`. What the app registered there under
 * `PAYMENT_PROVIDERS`, `PAYMENT_STORE`, `CLOCK` or `LOGGER` is used; clock and logger may be registered above it as well. Whether all
 * of it is what it must be shows when `PAY` is resolved.
 *
 * @throws PayError `INVALID_CONFIG` if the container has one already, or naming the field
 */
export function registerPay(container: DependencyContainer, config: RegisteredPayConfig): void {
  const { clock = systemClock, logger = consoleLogger, store } = checkedConfig(config);
  if (container.isRegistered(PAY)) throw badConfig("container", "has a Pay already; give each its own child container");
  for (const useValue of namedOf(config.providers)) container.register(PAYMENT_PROVIDERS, { useValue });
  if (store !== undefined) container.register(PAYMENT_STORE, { useValue: store });
  if (!container.isRegistered(CLOCK, true)) container.register(CLOCK, { useValue: clock });
  if (!container.isRegistered(LOGGER, true)) container.register(LOGGER, { useValue: logger });
  let pay: AnyPay | undefined;
  const useFactory = () => {
    pay ??= assemble(config, partsOf(container));
    return pay;
  };
  container.register(PAY, { useFactory });
}

function namedOf(providers: RegisteredPayConfig["providers"]): readonly NamedProvider[] {
  return Object.entries(providers ?? {}).map(([providerName, provider]) => ({ providerName, provider }));
}

/** Before anything is registered: what is refused leaves the container as it was. */
function checkedConfig(config: RegisteredPayConfig): RegisteredPayConfig {
  checkConfig(config);
  if (config.store !== undefined) checkStore(config.store, "store");
  return config;
}

/**
 * What the app registered itself has passed no compiler that knows the tokens. Providers and store are those of this very container,
 * whichever asks for the Pay: above and below there may be another Pay's, and one would work on the payments of the other.
 */
function partsOf(container: DependencyContainer): Parts {
  if (!container.isRegistered(PAYMENT_PROVIDERS)) throw noProviders(container.isRegistered(PAYMENT_PROVIDERS, true));
  if (!container.isRegistered(PAYMENT_STORE)) throw noStore(container.isRegistered(PAYMENT_STORE, true));
  const parts = {
    providers: container.resolveAll(PAYMENT_PROVIDERS),
    store: container.resolve(PAYMENT_STORE),
    clock: container.resolve(CLOCK),
    logger: container.resolve(LOGGER),
  };
  checkNamed(parts.providers);
  checkStore(parts.store, "PAYMENT_STORE");
  checkClock(parts.clock, "CLOCK");
  checkLogger(parts.logger, "LOGGER");
  return parts;
}
