export { type Console, createConsole } from "./console.ts";
export type { ConsoleOptions, Operator } from "./options.ts";
