import type { AnyPay } from "./contract/pay.ts";
import type { LoadedConfig } from "./load/load.ts";
import { createPay } from "./pay.ts";

/** Where a configuration stands, and what it may refer to. */
export interface LoadOptions {
  /** Path or `file:` URL of the configuration: names of packages and paths are resolved from there. @default a file in the current folder */
  readonly from?: string | URL;
  /** @default the process's environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Puts a Pay together from a plain object, e.g. a parsed JSON file: providers as `{ "use": "@pay/sellly", … }`, the store as
 * an address. Whatever is wrong with it is told at once. What is loaded has names that the compiler does not know.
 *
 * @throws PayError `INVALID_CONFIG` with all `fields`, their remedies in the message, and no values
 */
export async function loadPay(config: object, options?: LoadOptions): Promise<AnyPay> {
  return createPay(await loadConfig(config, options)) as AnyPay;
}

/** The same, as what `createPay` and `registerPay` take. */
export async function loadConfig(config: object, options?: LoadOptions): Promise<LoadedConfig> {
  // Loaded by those who use it: a shop that is put together in code starts without it.
  const load = await import("./load/load.ts");
  return load.loadConfig(config, options);
}
