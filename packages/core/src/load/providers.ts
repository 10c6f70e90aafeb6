import { NAME } from "../config.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { AdapterPackage, SchemaResult } from "../contract/packages.ts";
import { attempt } from "./failure.ts";
import { loadExport } from "./packages.ts";
import type { Problems } from "./problems.ts";
import { hintAt, isPlainObject } from "./references.ts";

/** Providers by instance name, and the names of those that are retired. */
export interface LoadedProviders {
  readonly providers: Readonly<Record<string, AnyProvider>>;
  readonly retired: readonly string[];
}

type Options = Readonly<Record<string, unknown>>;

/** @param place path of the configuration */
export async function loadProviders(given: unknown, place: string, problems: Problems): Promise<LoadedProviders> {
  const providers: Record<string, AnyProvider> = {};
  const retired: string[] = [];
  if (!isPlainObject(given) || Object.keys(given).length === 0) {
    problems.add(["providers"], 'must have at least one provider, e.g. "cards": { "use": "@pay/sellly", … }');
    return { providers, retired };
  }
  for (const [instance, entry] of Object.entries(given)) {
    const path = ["providers", instance];
    if (!NAME.test(instance)) problems.add(path, "must be named with letters, digits, - and _");
    const provider = await loadProvider(entry, path, place, problems);
    if (provider === undefined) continue;
    providers[instance] = provider;
    if (isPlainObject(entry) && entry.retired === true) retired.push(instance);
  }
  if (retired.length > 0 && retired.length === Object.keys(given).length) {
    problems.add(["providers"], "must have at least one that is not retired, to pay with");
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
    if (!problems.at([...path, "use"])) problems.add([...path, "use"], "is missing: the package of the adapter");
    return undefined;
  }
  const { use, retired = false, ...options } = entry;
  if (typeof retired !== "boolean") problems.add([...path, "retired"], "must be true or false");
  const adapter = await loadExport<AdapterPackage>(place, use, "adapter", [...path, "use"], problems);
  if (adapter === undefined) return undefined;
  await checkOptions(adapter, options, path, problems);
  if (problems.at(path)) return undefined;
  return attempt(path, problems, () => adapter.create(options as never));
}

async function checkOptions(adapter: AdapterPackage, options: Options, path: readonly string[], problems: Problems) {
  const validate = async (): Promise<SchemaResult<unknown>> => adapter.options["~standard"].validate(options);
  const result = await attempt(path, problems, validate);
  const known = namesOf(adapter);
  for (const { message, path: given = [] } of result?.issues ?? []) {
    const inner = given.map((key) => String(typeof key === "object" ? key.key : key));
    const field = [...path, ...inner];
    // What a reference failed to give is told already.
    if (problems.at(field)) continue;
    if (inner.length === 1 && known !== undefined && !known.includes(inner[0]!)) problems.addUnknown(field, known);
    else problems.add(field, `${message}${hintAt(valueAt(options, inner))}`);
  }
}

/** A Standard Schema does not say which options it knows; those of valibot do. */
function namesOf({ options }: AdapterPackage): readonly string[] | undefined {
  const { entries } = options as { readonly entries?: object };
  return entries && [...Object.keys(entries), "use", "retired"];
}

function valueAt(options: Options, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Options | null | undefined)?.[key], options);
}
