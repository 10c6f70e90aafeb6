import { createConsole } from "@pay/console";
import type { AnyPay, HttpExchangeLog } from "@pay/core";

/** Where the operator's console is mounted on the shop's server. */
export const CONSOLE_PATH: string = "/console";

/**
 * The console, open to whoever is on this machine. Under another name than `shopUrl`'s it is open to nobody: a web page elsewhere
 * may have bound its own name to this machine.
 */
export function demoConsole(
  pay: AnyPay,
  shopUrl: string,
  exchanges: HttpExchangeLog,
): ReturnType<typeof createConsole> {
  const { host } = new URL(shopUrl);
  return createConsole(pay, {
    authorize: ({ url }) => (new URL(url).host === host ? { name: "demo" } : undefined),
    basePath: CONSOLE_PATH,
    httpExchanges: exchanges,
  });
}
