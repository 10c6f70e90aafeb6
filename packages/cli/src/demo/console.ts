import { createConsole } from "@pay/console";
import type { AnyPay, HttpExchangeLog } from "@pay/core";

/** The path of the operator's console on the shop's server. */
export const CONSOLE_PATH: string = "/console";

/**
 * The console, open to everybody on this machine. It refuses requests for other host names than that of `shopUrl`, because a
 * foreign web page can bind its own name to this machine.
 */
export function demoConsole(
  pay: AnyPay,
  shopUrl: string,
  httpExchanges: HttpExchangeLog,
): ReturnType<typeof createConsole> {
  const { host } = new URL(shopUrl);
  return createConsole(pay, {
    authorize: ({ url }) => (new URL(url).host === host ? { name: "demo" } : undefined),
    basePath: CONSOLE_PATH,
    httpExchanges,
  });
}
