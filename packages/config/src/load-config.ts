import { dirname, resolve } from "node:path";
import type { Logger, PayConfig, Providers } from "@pay/core";
import { checkRuntime, consoleLogger, defaultRemedy, publicAddress, safeLogger, secretRemedy } from "@pay/core/config";
import { attempt } from "./describe-failure.ts";
import { filePathOf } from "./file-path.ts";
import { loadProviders } from "./load-providers.ts";
import { loadStore } from "./load-store.ts";
import { createProblems, type Problems } from "./problems.ts";
import { readConfig } from "./read-config.ts";
import { hintAt, isPlainObject, resolveReferences, valueAt } from "./resolve-references.ts";

/** Where a configuration looks for packages, files and variables. */
export interface LoadOptions {
  /**
   * Path or `file:` URL of a file. Names of packages and relative paths in the configuration are resolved from its folder.
   *
   * @default the configuration file itself; for an object, a file in the current folder
   */
  readonly from?: string | URL;
  /** Values of `{ "env": "NAME" }`. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A checked configuration with its providers and its store, for `createPay` or `registerPay`. */
export type LoadedConfig = PayConfig<Providers, string>;

type Rest = Readonly<Record<string, unknown>>;

const TEXTS: readonly string[] = ["default", "store", "baseUrl", "secret"];
/** Only a module or an object can hold these; a JSON file cannot. */
const RUNTIME: readonly string[] = ["logger", "clock", "random", "onHttpExchange", "onHandlerError"];
const KEYS: readonly string[] = ["$schema", "providers", ...TEXTS, "allowStranded", ...RUNTIME];

/**
 * Does what `loadPay` does, but returns what `createPay` and `registerPay` take. Use it to add what a file cannot hold, or to register
 * the Pay in a tsyringe container. The store is made and not opened.
 *
 * @param config a string or a `URL` is the path of a file or a `file:` URL; any other object is the configuration itself
 * @throws PayError `INVALID_CONFIG` with every mistake at once: `fields` has the paths, the message their remedies, and no values
 * @example
 * ```ts
 * import { loadConfig } from "@pay/config";
 * import { createPay, httpExchangeLog } from "@pay/core";
 *
 * const log = httpExchangeLog();
 * const pay = createPay({ ...(await loadConfig("pay.config.jsonc")), onHttpExchange: log.record });
 * ```
 */
export async function loadConfig(
  config: string | URL | object,
  { env = process.env, from }: LoadOptions = {},
): Promise<LoadedConfig> {
  const isFile = typeof config === "string" || config instanceof URL;
  const written = isFile ? await readConfig(config) : config;
  const defaultFrom = isFile ? filePathOf(config, "config") : resolve("pay.config.json");
  return loadObject(written, from === undefined ? defaultFrom : filePathOf(from, "from"), env);
}

async function loadObject(config: object, from: string, env: NonNullable<LoadOptions["env"]>): Promise<LoadedConfig> {
  const problems = createProblems(config);
  const given = resolveReferences(config, [], { env, folder: dirname(from) }, problems);
  if (!isPlainObject(given)) {
    problems.add(["config"], "must be an object");
    problems.check();
  }
  const { $schema: _, providers, store, ...rest } = given as Rest;
  checkKeys(given as Rest, problems);
  await checkRuntimeParts(rest, problems);
  const loaded = await loadProviders(providers, valueAt(config, ["providers"]), from, problems);
  const logger = problems.at(["logger"]) ? consoleLogger : ((rest.logger as Logger | undefined) ?? consoleLogger);
  const made = await loadStore(store, from, safeLogger(logger), problems);
  await checkRest(rest, problems);
  checkDefault(rest.default, isPlainObject(providers) ? Object.keys(providers) : [], loaded.retired, problems);
  problems.check();
  return { ...(rest as unknown as LoadedConfig), ...loaded, store: made! };
}

function checkKeys(given: Rest, problems: Problems): void {
  for (const key of Object.keys(given)) {
    if (KEYS.includes(key)) continue;
    if (key === "retired") problems.add([key], 'must be left out; write "retired": true in the provider\'s entry');
    else problems.addUnknown([key], KEYS);
  }
  for (const key of TEXTS) checkText(given[key], [key], problems);
  for (const [at, secret] of Object.entries(Array.isArray(given.secret) ? given.secret : [])) {
    checkText(secret, ["secret", at], problems);
  }
}

function checkText(value: unknown, path: readonly string[], problems: Problems): void {
  const hint = hintAt(value);
  if (hint !== "" && !problems.at(path)) problems.add(path, `must be a text${hint}`);
}

async function checkRuntimeParts(rest: Rest, problems: Problems): Promise<void> {
  for (const key of RUNTIME) await attempt([key], problems, () => checkRuntime({ [key]: rest[key] }));
}

/** The checks of `createPay`, one after the other. */
async function checkRest({ allowStranded = false, baseUrl, secret }: Rest, problems: Problems): Promise<void> {
  if (baseUrl === undefined && !problems.at(["baseUrl"])) problems.add(["baseUrl"], "is missing");
  if (!problems.at(["baseUrl"])) await attempt(["baseUrl"], problems, () => publicAddress(baseUrl as string));
  if (secret === undefined && !problems.at(["secret"])) problems.add(["secret"], "is missing");
  checkSecrets(secret, problems);
  if (typeof allowStranded !== "boolean") problems.add(["allowStranded"], "must be true or false");
}

/** Checks each secret of a list, so that an unresolved reference, which is reported already, hides no other problem. */
function checkSecrets(secret: unknown, problems: Problems): void {
  const isList = Array.isArray(secret) && secret.length > 0;
  for (const [at, one] of Object.entries(isList ? secret : [secret])) {
    const path = isList ? ["secret", at] : ["secret"];
    const remedy = problems.at(path) ? undefined : secretRemedy(one);
    if (remedy !== undefined) problems.add(path, remedy);
  }
}

/** @param configured the names in the file, with those whose provider could not be made: that problem is reported on its own */
function checkDefault(
  chosen: unknown,
  configured: readonly string[],
  retired: readonly string[],
  problems: Problems,
): void {
  if (chosen === undefined || configured.length === 0 || problems.at(["default"])) return;
  const offered = configured.filter((name) => !retired.includes(name));
  if (offered.includes(chosen as string)) return;
  const isRetired = retired.includes(chosen as string);
  problems.add(["default"], isRetired ? "is retired; name another provider" : defaultRemedy(chosen, offered));
}
