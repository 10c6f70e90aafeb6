// Types only: an app with a container loads tsyringe itself, and other apps do not need it.
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
  providersByName,
} from "./check-config.ts";
import type { AnyPay, Pay, PayConfig, PayReader, RegisteredPayConfig } from "./contract/pay.ts";
import type { NamedProvider, ProviderNameOf, Providers } from "./contract/providers.ts";
import type { Parts } from "./create-context.ts";
import { CLOCK, LOGGER, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di-tokens.ts";
import { assemble, createReading } from "./engine.ts";
import { PayError } from "./model/errors.ts";
import { consoleLogger, systemClock } from "./runtime/system.ts";

/**
 * Makes a Pay from adapters, a store and a public address. Nothing is opened or sent before `start()`.
 *
 * @throws PayError `INVALID_CONFIG` naming the field
 *
 * @example
 * ```ts
 * import { createPay, type PaymentProvider } from "@pay/core";
 * import { sqliteStore } from "@pay/sqlite";
 *
 * declare const gateway: PaymentProvider<unknown, "ip">; // e.g. sellly({ … }) of @pay/sellly
 *
 * const pay = createPay({
 *   providers: { sellly: gateway },
 *   default: "sellly",
 *   store: sqliteStore("pay.db"),
 *   baseUrl: "https://shop.example/pay",
 *   secret: process.env.PAY_SECRET ?? "", // at least 32 random characters
 * });
 * pay.on("payment.succeeded", "deliver-order", (event) => console.log(event.payment.orderId));
 * await pay.start();
 * ```
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
 * Opens the store of a Pay only to read it, for scripts and reports. It delivers nothing, registers no handler, creates no file and no
 * table, and may run beside the shop. It takes the same configuration as `createPay`, of which it needs only the `store`.
 *
 * @throws PayError `INVALID_CONFIG` naming the field; `STORE_INCOMPATIBLE` if the database does not exist or has not been migrated, which
 * only `start()` does; `STORE_UNAVAILABLE`
 *
 * @example
 * ```ts
 * import { openPay } from "@pay/core";
 * import { sqliteStore } from "@pay/sqlite";
 *
 * const pay = await openPay({ store: sqliteStore("pay.db") });
 * for (const { id, orderId } of (await pay.payments.list({ state: "failed" })).payments) console.log(id, orderId);
 * await pay.close();
 * ```
 */
export async function openPay<const P extends Providers>(
  config: Partial<PayConfig<P, ProviderNameOf<P>>> & Pick<PayConfig<P>, "store">,
): Promise<PayReader<P>> {
  const { providers, store } = checkedConfig(config as unknown as RegisteredPayConfig);
  if (store === undefined) throw noStore(false);
  if (providers !== undefined) providersByName(namedOf(providers));
  await store.openReadOnly();
  let isOpen = true;
  const readable = () => {
    if (isOpen) return store;
    throw new PayError("NOT_STARTED", "Read nothing after close().");
  };
  return {
    ...createReading(readable),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await store.close();
    },
  };
}

/**
 * Registers a Pay in the app's own tsyringe container, to resolve with the token `PAY`. It uses what the app registered in this container
 * under `PAYMENT_PROVIDERS` and `PAYMENT_STORE`, and under `CLOCK` and `LOGGER` there or in a container above. Registered values are
 * checked when `PAY` is resolved.
 *
 * @throws PayError `INVALID_CONFIG` naming the field, or `container` if it has a Pay already
 *
 * @example
 * ```ts
 * import { container, PAY, PAYMENT_STORE } from "@pay/core/di";
 * import { type PaymentProvider, registerPay } from "@pay/core";
 * import { sqliteStore } from "@pay/sqlite";
 *
 * declare const gateway: PaymentProvider; // e.g. sellly({ … }) of @pay/sellly
 *
 * container.register(PAYMENT_STORE, { useValue: sqliteStore("pay.db") });
 * registerPay(container, {
 *   providers: { sellly: gateway },
 *   baseUrl: "https://shop.example/pay",
 *   secret: process.env.PAY_SECRET ?? "",
 * });
 * const pay = container.resolve(PAY);
 * ```
 */
export function registerPay(container: DependencyContainer, config: RegisteredPayConfig): void {
  const { clock = systemClock, logger = consoleLogger, store } = checkedConfig(config);
  if (container.isRegistered(PAY))
    throw badConfig("container", "must have no Pay yet; give each Pay its own child container");
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

/** Checks before anything is registered, so that a refused configuration leaves the container unchanged. */
function checkedConfig(config: RegisteredPayConfig): RegisteredPayConfig {
  checkConfig(config);
  if (config.store !== undefined) checkStore(config.store, "store");
  return config;
}

/**
 * Collects and checks what is registered, which the compiler could not check. Providers and store are taken from this very container,
 * whichever container resolves the Pay: a container above or below may have another Pay's, and one Pay would then change the payments of
 * the other.
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
