import * as consolePackage from "@pay/console";
import type { AnyPay } from "@pay/core";

/** Where the operator's console is mounted on the shop's server. */
export const CONSOLE_PATH: string = "/console";

/** What is asked of `@pay/console`. */
export interface ConsoleDoor {
  readonly createConsole?: (pay: AnyPay, options: ConsoleOptions) => DemoConsole;
}

export interface DemoConsole {
  readonly fetch: (request: Request) => Promise<Response>;
}

interface ConsoleOptions {
  readonly authorize: (request: Request) => { readonly name: string } | undefined;
  readonly basePath: string;
}

/**
 * The console, open to whoever is on this machine; undefined where the package has none. Under another name than `shopUrl`'s it
 * is open to nobody: a web page elsewhere may have bound its own name to this machine.
 */
export function demoConsole(pay: AnyPay, shopUrl: string, door: ConsoleDoor = consolePackage): DemoConsole | undefined {
  const { host } = new URL(shopUrl);
  const authorize = ({ url }: Request) => (new URL(url).host === host ? { name: "demo" } : undefined);
  return door.createConsole?.(pay, { authorize, basePath: CONSOLE_PATH });
}
