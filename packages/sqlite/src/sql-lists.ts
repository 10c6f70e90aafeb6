import {
  EXPIRY_HOLDING_REVIEWS,
  FINISHED_DELIVERY_STATUSES,
  OPEN_STATES,
  SUPERSEDED_BY_SUCCESS,
  UNDELIVERED_STATUSES,
  UNDER_WAY_STATUSES,
} from "@pay/core/store";

// Core's lists of values as SQL writes them, e.g. "('due', 'leased')".
export const OPEN: string = listOf(OPEN_STATES);
export const HOLDING_EXPIRY: string = listOf(EXPIRY_HOLDING_REVIEWS);
export const REFUND_UNDER_WAY: string = listOf(UNDER_WAY_STATUSES);
export const SUPERSEDED: string = listOf(SUPERSEDED_BY_SUCCESS);
export const UNDELIVERED: string = listOf(UNDELIVERED_STATUSES);
export const FINISHED: string = listOf(FINISHED_DELIVERY_STATUSES);

/** True if a later success makes this undelivered event of its payment obsolete. */
export const IS_SUPERSEDED_BY_SUCCESS: string = `delivery.type IN ${SUPERSEDED} AND EXISTS (
  SELECT 1 FROM outbox AS later
  WHERE later.stream = delivery.stream AND later.sequence > delivery.sequence AND later.type = 'payment.succeeded'
)`;
function listOf(values: readonly string[]): string {
  return `(${values.map((value) => `'${value}'`).join(", ")})`;
}
