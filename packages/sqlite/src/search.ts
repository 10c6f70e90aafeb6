import type { DatabaseSync } from "node:sqlite";
import { OPEN_STATES, type PaymentSearch, type PaymentsFound } from "@pay/core/store";
import { paymentRecord, type Row } from "./rows.ts";
import { OPEN } from "./sql-lists.ts";

/** Sorts after every id. */
const LAST = "~";

/** A `+` before the id keeps SQLite from using the primary key instead of the named index. */
const fitting = (id: string) => `
  ${id} >= $idFrom AND ${id} < $idBefore AND created_at >= $createdFrom AND created_at < $createdBefore
    AND ($state IS NULL OR state = $state) AND ($providerName IS NULL OR provider_name = $providerName)
    AND ($providerReference IS NULL OR provider_reference = $providerReference)
    AND ($part IS NULL OR instr(order_id, $part) > 0) AND ($amount IS NULL OR (amount = $amount AND currency = $currency))
  ORDER BY ${id} DESC LIMIT $limit`;

// Exported for the test of their plans.
export const OF_ORDER: string = `SELECT * FROM payment INDEXED BY payment_order WHERE order_id = $orderId AND ${fitting("+id")}`;
export const OF_REFERENCE: string = `
  SELECT * FROM payment INDEXED BY payment_provider_reference WHERE provider_reference = $providerReference AND ${fitting("+id")}`;
export const COUNT_OPEN: string = `
  SELECT count(*) AS count FROM (SELECT 1 FROM payment INDEXED BY payment_open WHERE state IN ${OPEN} LIMIT $count)`;
export const OF_OPEN: string = `SELECT * FROM payment INDEXED BY payment_open WHERE state IN ${OPEN} AND ${fitting("+id")}`;
/** Reads the ids in the index alone, so that no row is read in vain. */
export const LAST_OF_WINDOW: string = `
  SELECT id FROM payment WHERE id >= $idFrom AND id < $idBefore ORDER BY id DESC LIMIT 1 OFFSET $window - 1`;
export const OF_WINDOW: string = `SELECT * FROM payment WHERE ${fitting("id")}`;

export type Search = (search: PaymentSearch) => PaymentsFound;

/** Finds payments by an index, or else by reading a window of the primary key. */
export function prepareSearch(db: DatabaseSync): Search {
  const [ofOrder, ofReference, countOpen, ofOpen, lastOfWindow, ofWindow] = [
    ...[OF_ORDER, OF_REFERENCE, COUNT_OPEN, OF_OPEN],
    ...[LAST_OF_WINDOW, OF_WINDOW],
  ].map((sql) => db.prepare(sql));

  /** Sorting the open payments costs as much as reading as many rows of a window. */
  const areFewOpen = (window: number) => (countOpen!.get({ $count: window + 1 })?.count as number) <= window;

  return ({ orderId, window, ...search }) => {
    const range = { $idFrom: search.idFrom ?? "", $idBefore: search.idBefore ?? LAST };
    const fit = {
      ...range,
      $createdFrom: search.createdFrom ?? Number.MIN_SAFE_INTEGER,
      $createdBefore: search.createdBefore ?? Number.MAX_SAFE_INTEGER,
      $state: search.state ?? null,
      $providerName: search.providerName ?? null,
      $providerReference: search.providerReference ?? null,
      $part: search.orderIdContains ?? null,
      $amount: search.amount?.value ?? null,
      $currency: search.amount?.currency ?? null,
      // One more row tells that another page follows.
      $limit: search.limit + 1,
    };
    if (orderId !== undefined) return found(ofOrder!.all({ ...fit, $orderId: orderId }), search.limit);
    if (search.providerReference !== undefined) return found(ofReference!.all(fit), search.limit);
    const isOpen = search.state !== undefined && OPEN_STATES.includes(search.state);
    if (isOpen && areFewOpen(window)) return found(ofOpen!.all(fit), search.limit);
    const last = lastOfWindow!.get({ ...range, $window: window })?.id as PaymentsFound["next"];
    return found(ofWindow!.all({ ...fit, ...(last !== undefined && { $idFrom: last }) }), search.limit, last);
  };
}

/** @param last id of the window, if the window is full */
function found(rows: readonly object[], limit: number, last?: PaymentsFound["next"]): PaymentsFound {
  const payments = rows.slice(0, limit).map((row) => paymentRecord(row as Row));
  const next = rows.length > limit ? payments.at(-1)?.payment.id : last;
  return { payments, ...(next !== undefined && { next }) };
}
