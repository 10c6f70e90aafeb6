import { isSafeAddress } from "./adapter-kit/addresses.ts";
import type { AnyProvider, NamedProvider } from "./contract/providers.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";
import { PayError } from "./model/errors.ts";
import { LAST_TIME, type Random } from "./model/ids.ts";
import { isShowableName, sentence, suggestName, unknownNameRemedy } from "./security/names.ts";

/** Pattern of configured provider names and handler names. */
export const NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const CONFIG_KEYS: readonly string[] = [
  ...["providers", "default", "retired", "allowStranded", "store", "baseUrl", "secret"],
  ...["logger", "clock", "random", "onHttpExchange", "onHandlerError"],
];

const CLOCK: readonly (keyof Clock)[] = ["now", "sleep"];
const LOGGER: readonly (keyof Logger)[] = ["info", "warn", "error"];
const STORE: readonly (keyof PaymentStore)[] = [
  ...([
    "start",
    "openReadOnly",
    "close",
    "insert",
    "update",
    "payment",
    "paymentByProviderReference",
    "order",
  ] as const),
  ...([
    "payments",
    "history",
    "openReviews",
    "openReview",
    "reviewsOfPayment",
    "review",
    "registerHandlers",
    "leaseDeliveries",
    "finishDelivery",
    "nextDeliveryAt",
  ] as const),
  ...([
    "deliveries",
    "failingDeliveries",
    "leaseStatusChecks",
    "finishStatusCheck",
    "openPaymentsByAccount",
    "overdue",
    "staleUnmatched",
    "candidates",
  ] as const),
  "prune",
];

/** Checks the configuration, since plain JavaScript can pass anything. */
export function checkConfig(config: object): void {
  if (typeof config !== "object" || config === null) throw badConfig("config", "must be an object");
  for (const [at, key] of Object.keys(config).entries()) {
    if (CONFIG_KEYS.includes(key)) continue;
    const isShown = isShowableName(key) || suggestName(key, CONFIG_KEYS) !== undefined;
    const field = isShown ? key : `(key ${at + 1})`;
    throw badConfig(field, unknownNameRemedy(key, CONFIG_KEYS));
  }
  const { providers, ...rest } = config as Readonly<Record<string, unknown>>;
  if (providers !== undefined && (typeof providers !== "object" || Array.isArray(providers))) {
    throw badConfig("providers", "must be an object of providers by name, e.g. { cards: sellly({ … }) }");
  }
  checkRuntime(rest);
}

/** Checks clock, log, randomness and the listeners, if given. */
export function checkRuntime({
  clock,
  logger,
  onHandlerError,
  onHttpExchange,
  random,
}: Readonly<Record<string, unknown>>): void {
  if (clock !== undefined) checkClock(clock, "clock");
  if (logger !== undefined) checkLogger(logger, "logger");
  if (random !== undefined && typeof random !== "function") throw badConfig("random", "must be a function");
  if (onHttpExchange !== undefined && typeof onHttpExchange !== "function") {
    throw badConfig("onHttpExchange", "must be a function, e.g. httpExchangeLog().record");
  }
  if (onHandlerError !== undefined && typeof onHandlerError !== "function") {
    throw badConfig("onHandlerError", "must be a function of an error and a delivery");
  }
}

/** @param field the configuration's field, or the token it is registered under */
export function checkClock(clock: unknown, field: string): asserts clock is Clock {
  checkFunctions(clock, CLOCK, field, "must be a clock");
  const now: unknown = (clock as Clock).now();
  if (typeof now !== "number" || !(now >= 0 && now <= LAST_TIME)) {
    throw badConfig(field, "must give Unix milliseconds as a number: let now() return the like of Date.now()");
  }
  // As milliseconds, these are days of the year 1970.
  if (now >= 1e9 && now < 1e10) throw badConfig(field, "must give milliseconds, and gives seconds: multiply by 1000");
}

/** Checks each draw of the app's randomness: ids made of fewer bytes would repeat. A draw at the start would shift what a seed replays. */
export function checkedRandom(random: Random): Random {
  return (size) => {
    const bytes: unknown = random(size);
    if (bytes instanceof Uint8Array && bytes.length === size) return bytes;
    throw badConfig(
      "random",
      "must return as many bytes as it is asked for, as a Uint8Array, e.g. node:crypto's randomBytes",
    );
  };
}

export function checkLogger(logger: unknown, field: string): asserts logger is Logger {
  checkFunctions(logger, LOGGER, field, "must be a logger");
}

export function checkStore(store: unknown, field: string): asserts store is PaymentStore {
  const remedy = 'must be a store, e.g. sqliteStore("pay.db")';
  // For an address given as text, a list of all functions would bury the remedy.
  if (typeof store !== "object" || store === null) throw badConfig(field, remedy);
  checkFunctions(store, STORE, field, remedy);
}

/** Checks providers that an app registered in its container, which may be anything. */
export function checkNamed(named: readonly unknown[]): asserts named is readonly NamedProvider[] {
  for (const entry of named) {
    if (typeof (entry as NamedProvider | null)?.providerName === "string") continue;
    throw badConfig("PAYMENT_PROVIDERS", "must be registered once per provider, each as { providerName, provider }");
  }
}

function checkFunctions(value: unknown, names: readonly string[], field: string, remedy: string): void {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const missing = names.filter((name) => typeof given[name] !== "function");
  if (missing.length > 0) throw badConfig(field, `${remedy}: add the functions ${missing.join(", ")}`);
}

export function providersByName(named: readonly NamedProvider[]): ReadonlyMap<string, AnyProvider> {
  const providers = new Map<string, AnyProvider>();
  for (const [at, { providerName, provider }] of named.entries()) {
    const field = `providers.${isShowableName(providerName) ? providerName : `(key ${at + 1})`}`;
    if (!NAME.test(providerName)) throw badConfig("providers", "must be named with letters, digits, - and _");
    if (providers.has(providerName)) throw badConfig(field, "must be named once; give one of the two another name");
    if (provider?.contract !== 1) throw badConfig(field, "must be made by an adapter, e.g. sellly({ … })");
    providers.set(providerName, provider);
  }
  return providers;
}

/** The providers that take new payments. */
export function offeredOf(
  providers: ReadonlyMap<string, AnyProvider>,
  retired: readonly string[] = [],
): ReadonlyMap<string, AnyProvider> {
  if (!Array.isArray(retired)) throw badConfig("retired", "must be a list of provider names");
  const stranger = retired.findIndex((name) => !providers.has(name));
  if (stranger !== -1) throw badConfig("retired", `must name configured providers; remove name ${stranger + 1}`);
  const offered = new Map([...providers].filter(([name]) => !retired.includes(name)));
  if (offered.size === 0) throw badConfig("retired", "must leave at least one provider for new payments");
  return offered;
}

/** @param offered names of the providers that take new payments */
export function defaultRemedy(chosen: unknown, offered: Iterable<string>): string {
  const names = [...offered].filter(isShowableName);
  const near = typeof chosen === "string" ? suggestName(chosen, names) : undefined;
  if (near !== undefined) return `must be the name of one of the providers; did you mean ${near}?`;
  return `must be the name of one of the providers${names.length === 0 ? "" : `: ${names.join(", ")}`}`;
}

export function publicAddress(text: string): string {
  if (typeof text !== "string" || !isSafeAddress(text) || /[?#]/.test(text)) {
    throw badConfig("baseUrl", "must be an https address without credentials or query (http only on this machine)");
  }
  return new URL(text).href.replace(/(?<!\/)\/+$/, "");
}

const ABOVE =
  "what a container above this one has is not used, since it may belong to another Pay: register it in this container";

/** @param isAbove true if a container above has providers */
export function noProviders(isAbove: boolean): PayError {
  return badConfig("providers", `must have at least one provider${isAbove ? `; ${ABOVE}` : ""}`);
}

export function noStore(isAbove: boolean): PayError {
  return badConfig("store", `is missing: give a store, e.g. sqliteStore("pay.db")${isAbove ? `; ${ABOVE}` : ""}`);
}

export function badConfig(field: string, remedy: string): PayError {
  return new PayError("INVALID_CONFIG", sentence(`${field} ${remedy}`), { field });
}
