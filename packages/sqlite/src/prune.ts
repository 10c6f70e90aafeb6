import type { DatabaseSync } from "node:sqlite";
import type { PaymentId, Pruned, PruneRequest } from "@pay/core/store";

const OPEN = "('created', 'pending', 'unknown')";
/** What a finished payment has of its own. `order_success` is not: the order stays paid. */
const PARTS = ["history", "inbox", "review", "outbox", "delivery"];

/** Whether something of a payment is owed, or it changed at `?1` or after. Each part is looked up by the payment. */
const unfinished = (payment: string) => `(
    ${payment}.state IN ${OPEN} OR ${payment}.updated_at >= ?1
    OR EXISTS (
      SELECT 1 FROM json_each(${payment}.refunds) WHERE value->>'status' IN ('requested', 'pending', 'unknown')
    )
    OR EXISTS (SELECT 1 FROM status_check WHERE payment_id = ${payment}.id)
    OR EXISTS (SELECT 1 FROM outbox WHERE payment_id = ${payment}.id AND dispatched = 0)
    OR EXISTS (SELECT 1 FROM delivery WHERE payment_id = ${payment}.id AND status NOT IN ('delivered', 'superseded'))
    OR EXISTS (SELECT 1 FROM review WHERE payment_id = ${payment}.id AND status = 'open')
  )`;

/** Read from the start of the index `payment_closed`, or from where the batch before ended. Exported for the test of its plan. */
export const FINISHED: string = `
  SELECT id, updated_at FROM payment
  WHERE state NOT IN ${OPEN} AND updated_at < ?1 AND (updated_at, id) > (?2, ?3)
    AND NOT ${unfinished("payment")}
    AND NOT EXISTS (
      SELECT 1 FROM payment AS other
      WHERE other.checkout_key = payment.checkout_key AND other.id <> payment.id AND ${unfinished("other")}
    )
    AND id NOT IN (SELECT value FROM review, json_each(review.candidates) WHERE review.status = 'open')
  ORDER BY updated_at, id LIMIT ?4`;

/** Finds finished payments and removes them, as work to be run inside a transaction. */
export function pruneWork(db: DatabaseSync): (request: PruneRequest) => readonly Pruned[] {
  const finished = db.prepare(FINISHED);
  const removals = [
    "DELETE FROM payment WHERE id IN (SELECT value FROM json_each(?))",
    ...PARTS.map((part) => `DELETE FROM ${part} WHERE payment_id IN (SELECT value FROM json_each(?))`),
  ].map((sql) => db.prepare(sql));

  return ({ after, before, dryRun, limit }) => {
    const rows = finished.all(before, after?.updatedAt ?? Number.MIN_SAFE_INTEGER, after?.paymentId ?? "", limit);
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
