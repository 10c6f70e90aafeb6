import { createConsole } from "@pay/console";
import type { AnyPay, HttpExchangeLog } from "@pay/core";

/** The path of the operator's console on the shop's server. */
export const CONSOLE_PATH: string = "/console";

/**
 * The console, open to everyone on this machine. It answers under the host name of `shopUrl` only, because a foreign web page may have
 * bound its own name to this machine.
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
