export type { CashBillCheckoutOptions, CashBillOptions } from "./cashbill.ts";
export { adapter, cashBill } from "./cashbill.ts";
