/**
 * - `due`: waits for its time
 * - `leased`: a process is calling the handler
 * - `delivered`: the handler succeeded
 * - `dead`: the handler failed at every attempt; a `dead_letter` review is open
 * - `superseded`: a success arrived before the event was delivered, so it never will be
 */
export const DELIVERY_STATUSES = ["due", "leased", "delivered", "dead", "superseded"] as const;

/** Still to be delivered. */
export const UNDELIVERED_STATUSES: readonly (typeof DELIVERY_STATUSES)[number][] = ["due", "leased"];

/** Nothing is left to do. A dead delivery is not finished: a person may redrive it. */
export const FINISHED_DELIVERY_STATUSES: readonly (typeof DELIVERY_STATUSES)[number][] = ["delivered", "superseded"];
