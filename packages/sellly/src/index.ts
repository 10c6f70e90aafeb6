export type { SelllyCheckoutOptions, SelllyOperator, SelllyOptions } from "./options.ts";
export { adapter, sellly } from "./sellly.ts";
