import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkRuntime, defaultRemedy, publicAddress } from "../check-config.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { PayConfig } from "../contract/pay.ts";
import type { LoadOptions } from "../load.ts";
import { consoleLogger, safeLogger } from "../runtime/system.ts";
import { secretRemedy } from "../security/keyring.ts";
import { attempt } from "./failure.ts";
import { createProblems, type Problems } from "./problems.ts";
import { loadProviders } from "./providers.ts";
import { hintAt, isPlainObject, resolveReferences, valueAt } from "./references.ts";
import { loadStore } from "./stores.ts";

export type LoadedConfig = PayConfig<Readonly<Record<string, AnyProvider>>, string>;
type Rest = Readonly<Record<string, unknown>>;

const TEXTS: readonly string[] = ["default", "store", "baseUrl", "secret"];
/** What a file cannot hold, and a configuration in TypeScript can. */
const RUNTIME: readonly string[] = ["logger", "clock", "random", "onHttpExchange"];
const KEYS: readonly string[] = ["$schema", "providers", ...TEXTS, "allowStranded", ...RUNTIME];

/** What `createPay` takes, from a plain object. */
export async function loadConfig(
  config: object,
  { env = process.env, from = join(process.cwd(), "pay.config.json") }: LoadOptions = {},
): Promise<LoadedConfig> {
  const problems = createProblems(config);
  const place = from instanceof URL || /^file:/.test(from) ? fileURLToPath(from) : from;
  const given = resolveReferences(config, [], { env, folder: dirname(place) }, problems);
  if (!isPlainObject(given)) {
    problems.add(["config"], "must be an object");
    problems.check();
  }
  const { $schema: _, providers, store, ...rest } = given as Rest;
  checkKeys(given as Rest, problems);
  await checkRuntimeParts(rest, problems);
  const loaded = await loadProviders(providers, valueAt(config, ["providers"]), place, problems);
  const logger = problems.at(["logger"]) ? consoleLogger : ((rest.logger as LoadedConfig["logger"]) ?? consoleLogger);
  const opened = await loadStore(store, place, safeLogger(logger), problems);
  await checkRest(rest, problems);
  checkDefault(rest.default, isPlainObject(providers) ? Object.keys(providers) : [], loaded.retired, problems);
  problems.check();
  return { ...(rest as unknown as LoadedConfig), ...loaded, store: opened! };
}

function checkKeys(given: Rest, problems: Problems): void {
  for (const key of Object.keys(given)) {
    if (KEYS.includes(key)) continue;
    if (key === "retired") problems.add([key], 'must be left out: here it is "retired": true in a provider\'s entry');
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

/** What `createPay` would refuse, one after the other. */
async function checkRest({ allowStranded = false, baseUrl, secret }: Rest, problems: Problems): Promise<void> {
  if (baseUrl === undefined && !problems.at(["baseUrl"])) problems.add(["baseUrl"], "is missing");
  if (!problems.at(["baseUrl"])) await attempt(["baseUrl"], problems, () => publicAddress(baseUrl as string));
  if (secret === undefined && !problems.at(["secret"])) problems.add(["secret"], "is missing");
  checkSecrets(secret, problems);
  if (typeof allowStranded !== "boolean") problems.add(["allowStranded"], "must be true or false");
}

/** Each of a list by itself: one that its reference failed to give is told already, and hides no other. */
function checkSecrets(secret: unknown, problems: Problems): void {
  const isList = Array.isArray(secret) && secret.length > 0;
  for (const [at, one] of Object.entries(isList ? secret : [secret])) {
    const path = isList ? ["secret", at] : ["secret"];
    const remedy = problems.at(path) ? undefined : secretRemedy(one);
    if (remedy !== undefined) problems.add(path, remedy);
  }
}

/** By the names in the file: of a provider that could not be made its own problem is told. */
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
