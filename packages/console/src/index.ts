export { type Console, createConsole } from "./console.ts";
export type { Exchange, ExchangeLog } from "./exchange.ts";
export type { ConsoleOptions, Operator } from "./options.ts";
