import type { DatabaseSync } from "node:sqlite";
import {
  type DeliveryOutcome,
  type DeliveryStatus,
  type EventId,
  type EventType,
  type FailingDelivery,
  type HandlerKey,
  type LeasedDelivery,
  type LeaseRequest,
  type PayEvent,
  type ReviewId,
  streamOf,
} from "@pay/core/store";
import { paymentRecord, type Row } from "./rows.ts";
import { FINISHED, IS_SUPERSEDED_BY_SUCCESS, UNDELIVERED } from "./sql-lists.ts";
import type { Updates } from "./update.ts";

export interface Deliveries {
  readonly registerHandlers: (handlers: readonly HandlerKey[]) => readonly HandlerKey[];
  /** True if a lease would find a delivery. Needs no transaction, so that an idle process writes nothing. */
  readonly hasWork: (request: LeaseRequest) => boolean;
  readonly leaseDeliveries: (request: LeaseRequest) => readonly LeasedDelivery[];
  readonly finishDelivery: (delivery: LeasedDelivery, outcome: DeliveryOutcome) => void;
  readonly nextDeliveryAt: (after: number, handlers: readonly HandlerKey[]) => number | undefined;
  readonly deliveries: (paymentId: string) => readonly DeliveryStatus[];
  readonly failing: (limit: number) => readonly FailingDelivery[];
}

/** Reads each handler's part of the index `delivery_due` from its start, and no further than needed. */
const DUE = `FROM delivery JOIN outbox USING (stream, sequence)
  WHERE delivery.status IN ${UNDELIVERED} AND delivery.type = ?1 AND delivery.handler = ?2 AND delivery.due_at <= ?3
    AND NOT EXISTS (
      SELECT 1 FROM delivery AS earlier
      WHERE earlier.stream = delivery.stream AND earlier.handler = delivery.handler
        AND earlier.sequence < delivery.sequence AND earlier.status IN ${UNDELIVERED}
    )`;

/** Reads the index `delivery_failing` from its end, and no further than needed. Exported for the test of its plan. */
export const FAILING: string = `
  SELECT outbox.event_id, delivery.*, payment.* FROM delivery JOIN outbox USING (stream, sequence)
  LEFT JOIN review ON review.id = delivery.stream LEFT JOIN payment ON payment.id = coalesce(review.payment_id, delivery.stream)
  WHERE delivery.error IS NOT NULL AND delivery.status NOT IN ${FINISHED}
  ORDER BY delivery.stream DESC, delivery.handler DESC, delivery.sequence DESC LIMIT ?`;

/** Prepares the statements. The caller runs those that write inside a transaction. */
export function prepareDeliveries(
  db: DatabaseSync,
  { addEvent, addReview }: Pick<Updates, "addEvent" | "addReview">,
): Deliveries {
  const registerHandler = db.prepare("INSERT OR IGNORE INTO handler (type, name) VALUES (?, ?)");
  const otherHandlers = db.prepare(
    `SELECT type, name FROM handler
     WHERE NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value = handler.type || ' ' || handler.name)
       AND EXISTS (
         SELECT 1 FROM delivery
         WHERE delivery.type = handler.type AND delivery.handler = handler.name AND status IN ${UNDELIVERED}
       )
     ORDER BY type, name`,
  );
  const anyNew = db.prepare(`SELECT EXISTS (SELECT 1 FROM outbox WHERE dispatched = 0) AS found`);
  const anyDue = db.prepare(`SELECT EXISTS (SELECT 1 ${DUE}) AS found`);
  const dispatch = db.prepare(
    `INSERT INTO delivery (stream, handler, sequence, type, status, attempts, due_at)
     SELECT outbox.stream, handler.name, outbox.sequence, outbox.type, 'due', 0, ?
     FROM outbox JOIN handler USING (type) WHERE outbox.dispatched = 0`,
  );
  const supersedeDue = db.prepare(
    `UPDATE delivery SET status = 'superseded' WHERE status = 'due' AND ${IS_SUPERSEDED_BY_SUCCESS}
     AND stream IN (SELECT stream FROM outbox WHERE dispatched = 0 AND type = 'payment.succeeded')`,
  );
  const supersedeAbandoned = db.prepare(
    `UPDATE delivery SET status = 'superseded' WHERE status = 'leased' AND due_at <= ? AND ${IS_SUPERSEDED_BY_SUCCESS}`,
  );
  const markDispatched = db.prepare(`UPDATE outbox SET dispatched = 1 WHERE dispatched = 0`);
  const due = db.prepare(
    `SELECT delivery.stream, delivery.handler, delivery.sequence, delivery.attempts, delivery.lease, delivery.due_at, outbox.event ${DUE}
     ORDER BY delivery.due_at, delivery.stream, delivery.sequence LIMIT ?4`,
  );
  const take = db.prepare(
    `UPDATE delivery SET status = 'leased', attempts = attempts + 1, lease = lease + 1, due_at = ?
     WHERE stream = ? AND handler = ? AND sequence = ?`,
  );
  const end = db.prepare(
    `UPDATE delivery SET status = CASE WHEN ?1 = 'due' AND ${IS_SUPERSEDED_BY_SUCCESS} THEN 'superseded' ELSE ?1 END,
       due_at = coalesce(?2, due_at), error = ?3
     WHERE stream = ?4 AND handler = ?5 AND sequence = ?6 AND lease = ?7 AND status = 'leased'`,
  );
  const release = db.prepare(
    `UPDATE delivery SET status = CASE WHEN ${IS_SUPERSEDED_BY_SUCCESS} THEN 'superseded' ELSE 'due' END,
       due_at = ?, attempts = attempts - 1
     WHERE stream = ? AND handler = ? AND sequence = ? AND lease = ? AND status = 'leased'`,
  );
  const nextDue = db.prepare(
    `SELECT min(due_at) AS due_at FROM delivery
     WHERE status IN ${UNDELIVERED} AND type = ? AND handler = ? AND due_at > ?`,
  );
  const ofPayment = db.prepare(
    `SELECT outbox.event_id, delivery.* FROM delivery JOIN outbox USING (stream, sequence)
     WHERE delivery.stream IN (SELECT ?1 UNION ALL SELECT id FROM review WHERE payment_id = ?1)
     ORDER BY stream, sequence, handler`,
  );
  const failing = db.prepare(FAILING);

  /** What is due for these handlers, the longest due first. */
  function dueFor({ handlers, limit, now }: LeaseRequest): readonly Row[] {
    const rows = handlers.flatMap(({ type, name }) => due.all(type, name, now, limit) as Row[]);
    return rows.sort(byDueTime).slice(0, limit);
  }

  return {
    registerHandlers(handlers) {
      for (const { type, name } of handlers) registerHandler.run(type, name);
      const ours = JSON.stringify(handlers.map(({ type, name }) => `${type} ${name}`));
      return (otherHandlers.all(ours) as Row[]).map(({ type, name }) => ({
        type: type as EventType,
        name: name as string,
      }));
    },
    hasWork: ({ handlers, now }) =>
      anyNew.get()?.found === 1 || handlers.some(({ type, name }) => anyDue.get(type, name, now)?.found === 1),
    leaseDeliveries(request) {
      // New deliveries are due from now on, so that those that have waited longer are taken first.
      dispatch.run(request.now);
      supersedeDue.run();
      supersedeAbandoned.run(request.now);
      markDispatched.run();
      return dueFor(request).map((row) => {
        take.run(request.until, row.stream as string, row.handler as string, row.sequence as number);
        return {
          event: JSON.parse(row.event as string) as PayEvent,
          handler: row.handler as string,
          attempt: (row.attempts as number) + 1,
          lease: (row.lease as number) + 1,
        };
      });
    },
    finishDelivery({ event, handler, lease }, outcome) {
      if (outcome.kind === "released") {
        release.run(outcome.at, streamOf(event), handler, event.sequence, lease);
        return;
      }
      const status = outcome.kind === "retry" ? "due" : outcome.kind;
      const dueAt = outcome.kind === "retry" ? outcome.dueAt : null;
      const error = outcome.kind === "delivered" ? null : outcome.error;
      const { changes } = end.run(status, dueAt, error, streamOf(event), handler, event.sequence, lease);
      if (changes !== 1 || outcome.kind !== "dead") return;
      addReview(outcome.review);
      if (outcome.event !== undefined) addEvent(outcome.event);
    },
    nextDeliveryAt(after, handlers) {
      const times = handlers.map(({ type, name }) => nextDue.get(type, name, after)?.due_at as number | null);
      const known = times.filter((time) => time !== null);
      return known.length === 0 ? undefined : Math.min(...known);
    },
    deliveries: (paymentId) => (ofPayment.all(paymentId) as Row[]).map(deliveryStatus),
    failing: (limit) =>
      (failing.all(limit) as Row[]).map((row) => ({
        ...deliveryStatus(row),
        ...(row.id !== null && { payment: paymentRecord(row).payment }),
      })),
  };
}

function deliveryStatus(row: Row): DeliveryStatus {
  return {
    eventId: row.event_id as EventId,
    ...((row.stream as string).startsWith("rev_") && { review: row.stream as ReviewId }),
    type: row.type as EventType,
    handler: row.handler as string,
    status: row.status as DeliveryStatus["status"],
    attempts: row.attempts as number,
    ...(row.error !== null && { error: row.error as string }),
    ...(row.status === "due" && { nextAttemptAt: row.due_at as number }),
  };
}

function byDueTime(a: Row, b: Row): number {
  if (a.due_at !== b.due_at) return (a.due_at as number) - (b.due_at as number);
  if (a.stream !== b.stream) return (a.stream as string) < (b.stream as string) ? -1 : 1;
  return (a.sequence as number) - (b.sequence as number);
}
