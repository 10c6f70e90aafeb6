import { loadConfig, readConfig } from "@pay/config";
import type { PaymentStore } from "@pay/core";

/**
 * The store that a configuration file names, not started. The whole configuration must be right, but no gateway is called and no event
 * is delivered.
 */
export async function configuredStore(file: string): Promise<PaymentStore> {
  const config: { readonly store?: unknown } = await readConfig(file);
  if (isMemory(config.store)) {
    throw new Error(
      'The configuration\'s store is "memory:", which ends with its process, so there is nothing to prune.',
    );
  }
  return (await loadConfig(config, { from: file })).store;
}

function isMemory(store: unknown): boolean {
  const name = (store as { readonly env?: string } | null)?.env;
  const address = typeof name === "string" ? process.env[name] : store;
  return typeof address === "string" && address.startsWith("memory:");
}
