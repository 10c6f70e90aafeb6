import {
  EXPIRY_HOLDING_REVIEWS,
  FINISHED_DELIVERY_STATUSES,
  OPEN_STATES,
  UNDELIVERED_STATUSES,
  UNDER_WAY_STATUSES,
} from "@pay/core/store";

// Core's lists of values as SQL writes them, e.g. "('due', 'leased')".
export const OPEN: string = listOf(OPEN_STATES);
export const HOLDING_EXPIRY: string = listOf(EXPIRY_HOLDING_REVIEWS);
export const REFUND_UNDER_WAY: string = listOf(UNDER_WAY_STATUSES);
export const FINISHED: string = listOf(FINISHED_DELIVERY_STATUSES);
export const UNDELIVERED: string = listOf(UNDELIVERED_STATUSES);

function listOf(values: readonly string[]): string {
  return `(${values.map((value) => `'${value}'`).join(", ")})`;
}
