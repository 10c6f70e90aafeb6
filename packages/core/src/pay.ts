// tsyringe refuses to load without it.
import "reflect-metadata";
import { type DependencyContainer, instanceCachingFactory, container as root } from "tsyringe";
import { badConfig, checkConfig, checkStore, noProviders, noStore } from "./config.ts";
import type { InstanceOf, Providers } from "./contract/checkout.ts";
import type { Pay, PayConfig, RegisteredPayConfig } from "./contract/pay.ts";
import { CLOCK, LOGGER, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di.ts";
import { assemble } from "./engine.ts";
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
  if (store !== undefined) container.register(PAYMENT_STORE, { useValue: checkStore(store) });
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
