export { type LoadedConfig, type LoadOptions, loadConfig } from "./load-config.ts";
export { loadPay, loadReader } from "./load-pay.ts";
export { readConfig } from "./read-config.ts";
