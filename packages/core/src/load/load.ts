import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NAME, publicAddress } from "../config.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { AdapterPackage, SchemaResult, StorePackage } from "../contract/packages.ts";
import type { AnyPay, PayConfig } from "../contract/pay.ts";
import type { PaymentStore } from "../contract/store.ts";
import { isPayError } from "../model/errors.ts";
import { createPay } from "../pay.ts";
import { createKeyring } from "../security/keyring.ts";
import { memoryStore } from "../store/memory.ts";
import { type Imported, importFrom } from "./packages.ts";
import { createProblems, type Problems } from "./problems.ts";
import { isPlainObject, resolveReferences } from "./references.ts";

/** Where a configuration stands, and what it may refer to. */
export interface LoadOptions {
  /** Path or `file:` URL of the configuration: names of packages and paths are resolved from there. @default a file in the current folder */
  readonly from?: string | URL;
  /** @default the process's environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

type LoadedConfig = PayConfig<Readonly<Record<string, AnyProvider>>, string>;

const KEYS = new Set(
  ["$schema", "providers", "default", "store", "baseUrl", "secret", "allowStranded"].concat([
    "logger",
    "clock",
    "random",
  ]),
);
/** Packages of stores, by the scheme of their addresses. */
const STORES: Readonly<Record<string, string>> = {
  sqlite: "@pay/sqlite",
  postgres: "@pay/postgres",
  postgresql: "@pay/postgres",
};

/**
 * Puts a Pay together from a plain object, e.g. a parsed JSON file: providers as `{ "use": "@pay/sellly", … }`, the store as
 * an address. Whatever is wrong with it is told at once. What is loaded has names that the compiler does not know.
 *
 * @throws PayError `INVALID_CONFIG` with all `fields`, their remedies in the message, and no values
 */
export async function loadPay(config: object, options: LoadOptions = {}): Promise<AnyPay> {
  return createPay(await loadConfig(config, options)) as AnyPay;
}

/** The same, as what `createPay` and `registerPay` take. */
export async function loadConfig(
  config: object,
  { env = process.env, from = join(process.cwd(), "pay.config.json") }: LoadOptions = {},
): Promise<LoadedConfig> {
  const problems = createProblems();
  const place = from instanceof URL || /^file:/.test(from) ? fileURLToPath(from) : from;
  const folder = dirname(place);
  const given = resolveReferences(config, [], { env, folder }, problems);
  if (!isPlainObject(given)) {
    problems.add(["config"], "must be an object");
    problems.check();
  }
  const { $schema: _, providers, store, ...rest } = given as Record<string, unknown>;
  for (const key of Object.keys(given as object)) {
    if (!KEYS.has(key)) problems.add([key], "is not known here; remove it");
  }
  const loaded = await loadProviders(providers, place, problems);
  const opened = await loadStore(store, place, problems);
  for (const key of ["baseUrl", "secret"]) {
    if (rest[key] === undefined && !problems.at([key])) problems.add([key], "is missing");
  }
  checkRest(rest, loaded, problems);
  problems.check();
  return { ...(rest as unknown as LoadedConfig), ...loaded, store: opened! };
}

/** What `createPay` would refuse, one after the other. */
function checkRest(
  { allowStranded = false, baseUrl, default: chosen, secret }: Readonly<Record<string, unknown>>,
  { providers, retired }: { readonly providers: object; readonly retired: readonly string[] },
  problems: Problems,
): void {
  if (baseUrl !== undefined) attempt(["baseUrl"], problems, () => publicAddress(baseUrl as string));
  if (secret !== undefined && !problems.at(["secret"]))
    attempt(["secret"], problems, () => createKeyring(secret as string));
  if (typeof allowStranded !== "boolean") problems.add(["allowStranded"], "must be true or false");
  const isOffered = typeof chosen === "string" && Object.hasOwn(providers, chosen) && !retired.includes(chosen);
  // Of a provider that could not be made its own problem is told.
  if (chosen === undefined || isOffered || problems.at(["providers"])) return;
  const isRetired = retired.includes(String(chosen));
  problems.add(
    ["default"],
    isRetired ? "is retired; name another provider" : "must be the name of one of the providers",
  );
}

async function loadProviders(given: unknown, place: string, problems: Problems) {
  const providers: Record<string, AnyProvider> = {};
  const retired: string[] = [];
  if (!isPlainObject(given) || Object.keys(given).length === 0) {
    problems.add(["providers"], 'must have at least one provider, e.g. "cards": { "use": "@pay/sellly", … }');
    return { providers, retired };
  }
  for (const [instance, entry] of Object.entries(given)) {
    const path = ["providers", instance];
    if (!NAME.test(instance)) problems.add(path, "is no name: letters, digits, - and _");
    const provider = await loadProvider(entry, path, place, problems);
    if (provider === undefined) continue;
    providers[instance] = provider;
    if (isPlainObject(entry) && entry.retired === true) retired.push(instance);
  }
  return { providers, retired };
}

async function loadProvider(
  entry: unknown,
  path: readonly string[],
  place: string,
  problems: Problems,
): Promise<AnyProvider | undefined> {
  // A configuration in TypeScript may hold a provider as it is.
  if ((entry as AnyProvider | null)?.contract === 1) return entry as AnyProvider;
  if (!isPlainObject(entry) || typeof entry.use !== "string") {
    problems.add([...path, "use"], "is missing: the package of the adapter");
    return undefined;
  }
  const { use, retired = false, ...options } = entry;
  if (typeof retired !== "boolean") problems.add([...path, "retired"], "must be true or false");
  const adapter = exported<AdapterPackage>(await importFrom(place, use), "adapter", [...path, "use"], problems);
  if (adapter === undefined) return undefined;
  const result: SchemaResult<unknown> = await adapter.options["~standard"].validate(options);
  for (const { message, path: inner = [] } of result.issues ?? []) {
    const field = [...path, ...inner.map((key) => String(typeof key === "object" ? key.key : key))];
    // What a reference failed to give is told already.
    if (!problems.at(field)) problems.add(field, message);
  }
  if (problems.at(path)) return undefined;
  return attempt(path, problems, () => adapter.create(options as never));
}

async function loadStore(given: unknown, place: string, problems: Problems): Promise<PaymentStore | undefined> {
  if (typeof (given as PaymentStore | null)?.settle === "function") return given as PaymentStore;
  const remedy = 'must be an address such as "sqlite:pay.db" or "postgres://user@host/database"';
  if (typeof given !== "string") {
    if (!problems.at(["store"])) problems.add(["store"], remedy);
    return undefined;
  }
  const scheme = given.slice(0, Math.max(0, given.indexOf(":")));
  if (scheme === "memory") return memoryStore();
  const use = Object.hasOwn(STORES, scheme) ? STORES[scheme] : undefined;
  if (use === undefined) {
    problems.add(["store"], remedy);
    return undefined;
  }
  const store = exported<StorePackage>(await importFrom(place, use), "storePackage", ["store"], problems);
  return store && attempt(["store"], problems, () => store.open(given, dirname(place)));
}

function exported<T extends { readonly contract: 1 }>(
  imported: Imported,
  name: string,
  path: readonly string[],
  problems: Problems,
): T | undefined {
  if ("problem" in imported) {
    problems.add(path, imported.problem);
    return undefined;
  }
  const found = imported.module[name] as (T & Partial<AdapterPackage & StorePackage>) | undefined;
  const isWhole =
    typeof found?.open === "function" || (typeof found?.create === "function" && found.options?.["~standard"]);
  if (found?.contract === 1 && isWhole) return found;
  problems.add(path, `has no export ${name} of this version's contract`);
  return undefined;
}

/** An adapter or a store may refuse what its schema let through. */
function attempt<T>(path: readonly string[], problems: Problems, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!isPayError(error)) throw error;
    const { field = "", message } = error;
    const isOwn = field === "" || field === path.at(-1);
    problems.add(isOwn ? path : [...path, ...field.split(".")], message.replace(`${field} `, "").replace(/\.$/, ""));
    return undefined;
  }
}
