export type { HotPayOptions } from "./hotpay.ts";
export { hotPay } from "./hotpay.ts";
