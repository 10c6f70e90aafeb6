import { resolve } from "node:path";
import { type AnyPay, type LoadOptions, loadPay as loadObject } from "@pay/core";
import { readConfig } from "./config-file.ts";

/**
 * Puts a Pay together from a configuration file: JSON, which may have comments and trailing commas, or a module whose default
 * export is the configuration. Packages and paths in it are resolved from the file's place.
 *
 * @param file path of the file, e.g. `"pay.config.jsonc"`
 * @throws PayError `INVALID_CONFIG` with everything that is wrong at once, and no values
 */
export async function loadPay(file: string, options: Pick<LoadOptions, "env"> = {}): Promise<AnyPay> {
  const path = resolve(file);
  return loadObject(await readConfig(path), { ...options, from: path });
}
