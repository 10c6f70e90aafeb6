import type { DatabaseSync } from "node:sqlite";
import type { PaymentId, Pruned, PruneRequest } from "@pay/core/store";
import { FINISHED, OPEN, REFUND_UNDER_WAY } from "./sql-lists.ts";

/** Tables with rows of a finished payment. `order_success` keeps its row: the order stays paid. */
const PARTS = ["history", "inbox", "review"];
/** Tables with events of a finished payment and of its reviews: they are removed before the reviews. */
const STREAM_PARTS = ["outbox", "delivery"];
const streamsOf = (payments: string) =>
  `(${payments} UNION ALL SELECT id FROM review WHERE payment_id IN (${payments}))`;

/** True if the payment's money is kept and pays no order: without the payment, its order would be taken for unpaid. */
const ofUndecidedOrder = (payment: string) => `(
    ${payment}.state = 'succeeded' AND ${payment}.superseded IS NOT NULL AND NOT ${payment}.reversed
    AND NOT EXISTS (SELECT 1 FROM order_success WHERE order_id = ${payment}.order_id)
    AND ${payment}.amount > (
      SELECT coalesce(sum(value->>'$.amount.value'), 0) FROM json_each(${payment}.refunds) WHERE value->>'status' = 'succeeded'
    )
  )`;

/** True if the payment is open, changed at `?1` or later, or has something left to do. Each part is looked up by the payment. */
const unfinished = (payment: string) => `(
    ${payment}.state IN ${OPEN} OR ${payment}.updated_at >= ?1
    OR ${ofUndecidedOrder(payment)}
    OR EXISTS (SELECT 1 FROM json_each(${payment}.refunds) WHERE value->>'status' IN ${REFUND_UNDER_WAY})
    OR EXISTS (SELECT 1 FROM status_check WHERE payment_id = ${payment}.id)
    OR EXISTS (SELECT 1 FROM outbox WHERE stream IN ${streamsOf(`SELECT ${payment}.id`)} AND dispatched = 0)
    OR EXISTS (SELECT 1 FROM delivery WHERE stream IN ${streamsOf(`SELECT ${payment}.id`)} AND status NOT IN ${FINISHED})
    OR EXISTS (SELECT 1 FROM review WHERE payment_id = ${payment}.id AND status = 'open')
  )`;

/** Read from the start of the index `payment_closed`, or from where the batch before ended. Exported for the test of its plan. */
export const PRUNABLE: string = `
  SELECT id, updated_at FROM payment
  WHERE state NOT IN ${OPEN} AND updated_at < ?1 AND (updated_at, id) > (?2, ?3)
    AND NOT ${unfinished("payment")}
    AND NOT EXISTS (
      SELECT 1 FROM payment AS other
      WHERE other.checkout_key = payment.checkout_key AND other.id <> payment.id AND ${unfinished("other")}
    )
    AND id NOT IN (SELECT value FROM review, json_each(review.candidates) WHERE review.status = 'open')
  ORDER BY updated_at, id LIMIT ?4`;

/** Prepares the statements. The caller runs the pruning inside a transaction. */
export function preparePrune(db: DatabaseSync): (request: PruneRequest) => readonly Pruned[] {
  const prunable = db.prepare(PRUNABLE);
  const removals = [
    "DELETE FROM payment WHERE id IN (SELECT value FROM json_each(?))",
    ...STREAM_PARTS.map(
      (part) => `DELETE FROM ${part} WHERE stream IN ${streamsOf("SELECT value FROM json_each(?1)")}`,
    ),
    ...PARTS.map((part) => `DELETE FROM ${part} WHERE payment_id IN (SELECT value FROM json_each(?))`),
  ].map((sql) => db.prepare(sql));

  return ({ after, before, dryRun, limit }) => {
    const rows = prunable.all(before, after?.updatedAt ?? Number.MIN_SAFE_INTEGER, after?.paymentId ?? "", limit);
    const found = rows.map(({ id, updated_at }) => ({
      paymentId: id as PaymentId,
      updatedAt: updated_at as number,
    }));
    if (dryRun || found.length === 0) return found;
    const ids = JSON.stringify(found.map(({ paymentId }) => paymentId));
    for (const removal of removals) removal.run(ids);
    return found;
  };
}
