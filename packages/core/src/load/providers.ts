import { NAME } from "../check-config.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { AdapterPackage } from "../contract/packages.ts";
import { attempt } from "./failure.ts";
import { readOptions } from "./options.ts";
import { loadExport } from "./packages.ts";
import type { Problems } from "./problems.ts";
import { isPlainObject, valueAt } from "./references.ts";

/** Providers by instance name, and the names of those that are retired. */
export interface LoadedProviders {
  readonly providers: Readonly<Record<string, AnyProvider>>;
  readonly retired: readonly string[];
}

/**
 * @param written the same as they stand in the configuration, with their references
 * @param place path of the configuration
 */
export async function loadProviders(
  given: unknown,
  written: unknown,
  place: string,
  problems: Problems,
): Promise<LoadedProviders> {
  const providers: Record<string, AnyProvider> = {};
  const retired: string[] = [];
  if (!isPlainObject(given) || Object.keys(given).length === 0) {
    problems.add(["providers"], 'must have at least one provider, e.g. "cards": { "use": "@pay/sellly", … }');
    return { providers, retired };
  }
  for (const [providerName, entry] of Object.entries(given)) {
    const path = ["providers", providerName];
    if (!NAME.test(providerName)) problems.add(path, "must be named with letters, digits, - and _");
    if (isPlainObject(entry) && entry.retired === true) retired.push(providerName);
    const provider = await loadProvider(entry, valueAt(written, [providerName]), path, place, problems);
    if (provider !== undefined) providers[providerName] = provider;
  }
  if (retired.length > 0 && retired.length === Object.keys(given).length) {
    problems.add(["providers"], "must have at least one that is not retired, to pay with");
  }
  return { providers, retired };
}

async function loadProvider(
  entry: unknown,
  written: unknown,
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
  const { use, retired = false, ...given } = entry;
  if (typeof retired !== "boolean") problems.add([...path, "retired"], "must be true or false");
  const adapter = await loadExport<AdapterPackage>(place, use, "adapter", [...path, "use"], problems);
  if (adapter === undefined) return undefined;
  const options = await readOptions(adapter, given, written, path, problems);
  if (problems.at(path)) return undefined;
  return attempt(path, problems, () => adapter.create(options as never));
}
