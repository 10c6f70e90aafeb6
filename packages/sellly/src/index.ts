export type { SelllyCheckoutOptions, SelllyOperator, SelllyOptions } from "./sellly.ts";
export { sellly } from "./sellly.ts";
