import { resolve } from "node:path";
import { loadConfig, type PaymentStore } from "@pay/core";
import { readConfig } from "../config-file.ts";

/**
 * The store that a configuration file names, not started. All of the configuration has to be right; nobody is asked and
 * nothing is delivered.
 */
export async function configuredStore(file: string): Promise<PaymentStore> {
  const path = resolve(file);
  const config: { readonly store?: unknown } = await readConfig(path);
  if (isMemory(config.store)) {
    throw new Error('The configuration\'s store is "memory:", which ends with its process: there is nothing to prune.');
  }
  return (await loadConfig(config, { from: path })).store;
}

function isMemory(store: unknown): boolean {
  const name = (store as { readonly env?: string } | null)?.env;
  const address = typeof name === "string" ? process.env[name] : store;
  return typeof address === "string" && address.startsWith("memory:");
}
