export { type LoadedConfig, type LoadOptions, loadConfig } from "./load-config.ts";
export { loadPay } from "./load-pay.ts";
export { readConfig } from "./read-config.ts";
