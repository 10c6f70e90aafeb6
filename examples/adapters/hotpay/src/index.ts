export type { HotPayOptions } from "./hotpay.ts";
export { adapter, hotPay } from "./hotpay.ts";
