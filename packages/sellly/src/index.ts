export type { SelllyCheckoutOptions, SelllyOperator, SelllyOptions } from "./sellly.ts";
export { adapter, sellly } from "./sellly.ts";
