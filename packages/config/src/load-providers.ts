import type { Providers } from "@pay/core";
import type { AdapterPackage } from "@pay/core/adapter";
import { CONFIG_NAME } from "@pay/core/config";
import { attempt } from "./describe-failure.ts";
import { importPackage } from "./import-package.ts";
import type { Problems } from "./problems.ts";
import { PUBLISHED_ADAPTERS } from "./published-adapters.ts";
import { readOptions } from "./read-options.ts";
import { isPlainObject, valueAt } from "./resolve-references.ts";

type AnyProvider = Providers[string];

const MISSING = 'is missing; name the package of the adapter, e.g. "@pay/sellly"';

/** Providers by name, and the names of the retired ones. */
export interface LoadedProviders {
  readonly providers: Providers;
  readonly retired: readonly string[];
}

/**
 * @param given the `providers` with their references resolved
 * @param written the same as you wrote them, with their references
 * @param from path of the file beside which packages are looked for
 */
export async function loadProviders(
  given: unknown,
  written: unknown,
  from: string,
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
    if (!CONFIG_NAME.test(providerName)) problems.add(path, "must be named with letters, digits, - and _");
    if (isPlainObject(entry) && entry.retired === true) retired.push(providerName);
    const provider = await loadProvider(entry, valueAt(written, [providerName]), path, from, problems);
    if (provider !== undefined) providers[providerName] = provider;
  }
  if (retired.length > 0 && retired.length === Object.keys(given).length) {
    problems.add(["providers"], "must have at least one provider that is not retired");
  }
  return { providers, retired };
}

async function loadProvider(
  entry: unknown,
  written: unknown,
  path: readonly string[],
  from: string,
  problems: Problems,
): Promise<AnyProvider | undefined> {
  // A module may hold a provider that it made itself.
  if ((entry as AnyProvider | null)?.contract === 1) return entry as AnyProvider;
  if (!isPlainObject(entry) || typeof entry.use !== "string") {
    if (!problems.at([...path, "use"])) problems.add([...path, "use"], MISSING);
    return undefined;
  }
  const { use, retired = false, ...given } = entry;
  if (typeof retired !== "boolean") problems.add([...path, "retired"], "must be true or false");
  const search = { from, exported: "adapter", published: PUBLISHED_ADAPTERS } as const;
  const adapter = await importPackage<AdapterPackage>(use, search, [...path, "use"], problems);
  if (adapter === undefined) return undefined;
  const options = await readOptions(adapter, given, written, path, problems);
  if (problems.at(path)) return undefined;
  return attempt(path, problems, () => adapter.create(options as never));
}
