import { isSafeAddress } from "./adapter/addresses.ts";
import { fieldName } from "./adapter/parse-input.ts";
import type { AnyProvider, NamedProvider } from "./contract/checkout.ts";
import type { PaymentStore } from "./contract/store.ts";
import { PayError } from "./model/errors.ts";

/** What names of instances and handlers look like. */
export const NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const CONFIG_KEYS = new Set([
  ...["providers", "default", "retired", "allowStranded", "store", "baseUrl", "secret"],
  ...["logger", "clock", "random"],
]);

/** Plain JavaScript can pass anything. */
export function checkConfig(config: object): void {
  if (typeof config !== "object" || config === null) throw badConfig("config", "must be an object");
  for (const key of Object.keys(config)) {
    if (!CONFIG_KEYS.has(key)) throw badConfig(fieldName(key), "is not known here; remove it");
  }
}

export function providersByName(named: readonly NamedProvider[]): ReadonlyMap<string, AnyProvider> {
  const providers = new Map<string, AnyProvider>();
  for (const { instance, provider } of named) {
    const field = `providers.${fieldName(instance)}`;
    if (!NAME.test(instance)) throw badConfig("providers", "are named with letters, digits, - and _");
    if (providers.has(instance)) throw badConfig(field, "is there twice");
    if (provider?.contract !== 1) throw badConfig(field, "must be made by an adapter, e.g. sellly({ … })");
    providers.set(instance, provider);
  }
  return providers;
}

/** The providers of new payments. */
export function offeredOf(
  providers: ReadonlyMap<string, AnyProvider>,
  retired: readonly string[] = [],
): ReadonlyMap<string, AnyProvider> {
  if (!Array.isArray(retired)) throw badConfig("retired", "must be a list of names of providers");
  for (const name of retired) {
    if (!providers.has(name))
      throw badConfig("retired", `names a provider that is not there: ${fieldName(String(name))}`);
  }
  const offered = new Map([...providers].filter(([name]) => !retired.includes(name)));
  if (offered.size === 0) throw badConfig("retired", "leaves no provider to pay with");
  return offered;
}

export function checkStore(store: PaymentStore): PaymentStore {
  if (typeof store?.settle !== "function") throw noStore();
  return store;
}

export function publicAddress(text: string): string {
  if (typeof text !== "string" || !isSafeAddress(text) || /[?#]/.test(text)) {
    throw badConfig("baseUrl", "must be an https address without credentials or query (http only on this machine)");
  }
  return new URL(text).href.replace(/\/+$/, "");
}

export function noProviders(): PayError {
  return badConfig("providers", "must have at least one provider");
}

export function noStore(): PayError {
  return badConfig("store", 'is missing, e.g. sqliteStore("pay.db")');
}

export function badConfig(field: string, remedy: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} ${remedy}.`, { field });
}
