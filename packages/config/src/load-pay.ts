import { type AnyPay, createPay, openPay, type PayReader } from "@pay/core";
import { type LoadOptions, loadConfig } from "./load-config.ts";

/**
 * Makes a Pay from a configuration file, or from an object that you parsed yourself. The file is JSON, which may have comments and
 * trailing commas, or a module (`.ts`, `.mts`, `.js`, `.mjs`) whose default export is the configuration or a promise of it.
 *
 * The compiler does not know the names in a file, so the Pay accepts any provider name and checks it at run time.
 *
 * @param config a string or a `URL` is the path of a file or a `file:` URL; any other object is the configuration itself
 * @throws PayError `INVALID_CONFIG` with every mistake at once: `fields` has the paths, the message their remedies, and no values
 * @example
 * ```ts
 * import { loadPay } from "@pay/config";
 *
 * const pay = await loadPay("pay.config.jsonc");
 * pay.on("payment.succeeded", "deliver", ({ payment }) => console.log("deliver", payment.orderId));
 * await pay.start();
 * ```
 * @example
 * ```ts
 * import { loadPay } from "@pay/config";
 *
 * const pay = await loadPay({
 *   providers: { psc: { use: "@pay/gosetti-psc", userId: 1234 } },
 *   store: "sqlite:pay.db",
 *   baseUrl: "https://shop.example/pay",
 *   secret: { env: "PAY_SECRET" },
 * });
 * ```
 */
export async function loadPay(config: string | URL | object, options?: LoadOptions): Promise<AnyPay> {
  return createPay(await loadConfig(config, options));
}

/**
 * Opens the store of a configuration only to read it, as `openPay` does: it delivers nothing, registers no handler and creates nothing.
 * The whole configuration must be right, with the secrets that it refers to.
 *
 * @throws PayError `INVALID_CONFIG` as `loadPay` does; `STORE_INCOMPATIBLE` if the database does not exist or has not been migrated;
 * `STORE_UNAVAILABLE`
 * @example
 * ```ts
 * import { loadReader } from "@pay/config";
 *
 * const pay = await loadReader("pay.config.jsonc");
 * for (const { handler, payment, error } of await pay.deliveries.failing()) console.log(payment?.orderId, handler, error);
 * await pay.close();
 * ```
 */
export async function loadReader(config: string | URL | object, options?: LoadOptions): Promise<PayReader> {
  return openPay(await loadConfig(config, options));
}
