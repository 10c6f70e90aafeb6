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

/**
 * Registers a Pay in the app's own container, to be resolved with the token `PAY`. What the app registered there under
 * `PAYMENT_PROVIDERS`, `PAYMENT_STORE`, `CLOCK` or `LOGGER` is used. Whether that is what it must be shows when `PAY` is resolved.
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
  container.register(PAY, { useFactory: instanceCachingFactory((from) => assemble(config, partsOf(from))) });
}

/** Before anything is registered: what is refused leaves the container as it was. */
function checkedConfig(config: RegisteredPayConfig): RegisteredPayConfig {
  checkConfig(config);
  if (config.store !== undefined) checkStore(config.store, "store");
  return config;
}

/** What the app registered itself has passed no compiler that knows the tokens. */
function partsOf(container: DependencyContainer): Parts {
  if (!container.isRegistered(PAYMENT_PROVIDERS, true)) throw noProviders();
  if (!container.isRegistered(PAYMENT_STORE, true)) throw noStore();
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
