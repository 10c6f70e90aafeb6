// tsyringe refuses to load without it.
import "reflect-metadata";
import { type DependencyContainer, instanceCachingFactory, container as root } from "tsyringe";
import {
  badConfig,
  checkClock,
  checkConfig,
  checkLogger,
  checkNamed,
  checkStore,
  noProviders,
  noStore,
} from "./config.ts";
import type { InstanceOf, Providers } from "./contract/checkout.ts";
import type { Pay, PayConfig, RegisteredPayConfig } from "./contract/pay.ts";
import { CLOCK, LOGGER, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di.ts";
import { assemble, type Parts } from "./engine.ts";
import { consoleLogger, systemClock } from "./runtime.ts";

/**
 * Puts a Pay together from adapters, a store and an address.
 *
 * @throws PayError `INVALID_CONFIG` naming the field
 */
export function createPay<const P extends Providers, const D extends InstanceOf<P> = never>(
  config: PayConfig<P, D>,
): Pay<P, D> {
  checkConfig(config);
  const own = root.createChildContainer();
  // Registered here whatever the root container holds: two Pays in one process do not see each other.
  own.register(CLOCK, { useValue: config.clock ?? systemClock });
  own.register(LOGGER, { useValue: config.logger ?? consoleLogger });
  registerPay(own, config);
  return own.resolve(PAY) as Pay<P, D>;
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
  for (const [instance, provider] of Object.entries(config.providers ?? {})) {
    container.register(PAYMENT_PROVIDERS, { useValue: { instance, provider } });
  }
  if (store !== undefined) container.register(PAYMENT_STORE, { useValue: store });
  if (!container.isRegistered(CLOCK, true)) container.register(CLOCK, { useValue: clock });
  if (!container.isRegistered(LOGGER, true)) container.register(LOGGER, { useValue: logger });
  container.register(PAY, { useFactory: instanceCachingFactory(() => assemble(config, partsOf(container))) });
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
