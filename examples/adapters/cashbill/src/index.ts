export type { CashBillCheckoutOptions, CashBillOptions } from "./cashbill.ts";
export { cashBill } from "./cashbill.ts";
