import {
  type DeliveryOutcome,
  type DeliveryStatus,
  type EventId,
  type EventType,
  type HandlerKey,
  type LeasedDelivery,
  type LeaseRequest,
  type PayEvent,
  type PaymentEvent,
  type PaymentStore,
  type Review,
  type ReviewEvent,
  type ReviewId,
  type StreamId,
  streamOf,
} from "@pay/core/store";
import type { Database } from "./database.ts";
import { createGroup } from "./group.ts";
import { eventRow, paymentRecord, type Row, reviewRow, type Sql } from "./rows.ts";
import { FINISHED, UNDELIVERED } from "./sql-lists.ts";

type Deliveries = Pick<
  PaymentStore,
  "registerHandlers" | "leaseDeliveries" | "finishDelivery" | "nextDeliveryAt" | "deliveries" | "failingDeliveries"
>;

/** The methods that dispatch events and lease and finish their deliveries. */
export function createDeliveries({ rows, sql }: Database): Deliveries {
  const finishOne = createGroup<FinishedRow, unknown>(
    (finished) => finishDeliveries(sql, finished),
    ({ stream, sequence, handler }) => `${stream} ${handler} ${sequence}`,
  );
  return {
    registerHandlers: (handlers) => registerHandlers(sql, handlers),
    leaseDeliveries: (request) => leaseDeliveries(sql, request),
    finishDelivery: async (delivery, outcome) => void (await finishOne(finishedRow(delivery, outcome))),
    nextDeliveryAt: (after, handlers) => nextDeliveryAt(sql, after, handlers),
    deliveries: (id) => deliveries(sql, id),
    failingDeliveries: async (limit) =>
      (await rows(FAILING, limit)).map((row) => ({
        ...deliveryStatus(row),
        ...(row.id !== null && { payment: paymentRecord(row).payment }),
      })),
  };
}

async function registerHandlers(sql: Sql, handlers: readonly HandlerKey[]): Promise<readonly HandlerKey[]> {
  const ours = JSON.stringify(handlers);
  await sql(
    `INSERT INTO pay.handler (type, name) SELECT type, name FROM jsonb_to_recordset($1) AS h (type text, name text), pay.durable()
     ORDER BY type, name ON CONFLICT DO NOTHING`,
    [ours],
  );
  const rows = await sql(
    `SELECT type, name FROM pay.handler h
     WHERE (type, name) NOT IN (SELECT type, name FROM jsonb_to_recordset($1) AS o (type text, name text))
       AND EXISTS (SELECT FROM pay.delivery d WHERE d.type = h.type AND d.handler = h.name AND status IN ${UNDELIVERED})
     ORDER BY type, name`,
    [ours],
  );
  return rows.map(({ type, name }) => ({ type: type as EventType, name: name as string }));
}

async function leaseDeliveries(sql: Sql, request: LeaseRequest): Promise<readonly LeasedDelivery[]> {
  const { now, until, handlers, limit } = request;
  const names = JSON.stringify(handlers.map(({ type, name }) => ({ type, name })));
  const rows = await sql("SELECT * FROM pay.lease_deliveries($1, $2, $3, $4, NULL)", [now, until, names, limit]);
  return rows.map(({ handler, attempt, lease, event, payment }) => ({
    event: payEvent(event as Row, payment as Row | null),
    handler: handler as string,
    attempt: attempt as number,
    lease: lease as number,
  }));
}

/** A finished delivery as `pay.finish_deliveries` reads it. */
interface FinishedRow {
  readonly stream: StreamId;
  readonly handler: string;
  readonly sequence: number;
  readonly lease: number;
  readonly outcome: string;
  readonly due_at: number | undefined;
  readonly error: string | undefined;
  readonly review: Row | undefined;
  readonly event: Row | undefined;
}

function finishedRow({ event, handler, lease }: LeasedDelivery, outcome: DeliveryOutcome): FinishedRow {
  return {
    stream: streamOf(event),
    handler,
    sequence: event.sequence,
    lease,
    outcome: outcome.kind,
    due_at: nextDueAt(outcome),
    error: "error" in outcome ? outcome.error : undefined,
    review: outcome.kind === "dead" ? reviewRow(outcome.review) : undefined,
    event: outcome.kind === "dead" ? outcome.event && eventRow(outcome.event) : undefined,
  };
}

function nextDueAt(outcome: DeliveryOutcome): number | undefined {
  if (outcome.kind === "released") return outcome.at;
  return outcome.kind === "retry" ? outcome.dueAt : undefined;
}

/** The deliveries that finished together, in one statement and one commit. */
async function finishDeliveries(sql: Sql, finished: readonly FinishedRow[]): Promise<readonly unknown[]> {
  await sql("SELECT pay.finish_deliveries($1)", [JSON.stringify(finished)]);
  return finished;
}

async function nextDeliveryAt(sql: Sql, after: number, handlers: readonly HandlerKey[]): Promise<number | undefined> {
  const [row] = await sql(
    `SELECT min(due.at)::float8 AS at FROM jsonb_to_recordset($2) AS h (type text, name text)
     CROSS JOIN LATERAL (
       SELECT min(due_at) AS at FROM pay.delivery d
       WHERE d.status IN ${UNDELIVERED} AND d.type = h.type AND d.handler = h.name AND d.due_at > $1
     ) AS due`,
    [after, JSON.stringify(handlers.map(({ type, name }) => ({ type, name })))],
  );
  return (row?.at as number | null) ?? undefined;
}

async function deliveries(sql: Sql, stream: StreamId): Promise<readonly DeliveryStatus[]> {
  const rows = await sql(
    `SELECT o.event_id, d.* FROM pay.delivery d JOIN pay.outbox o USING (stream, sequence)
     WHERE d.stream IN (SELECT pay.streams_of($1)) ORDER BY d.stream, d.sequence, d.handler`,
    [stream],
  );
  return rows.map(deliveryStatus);
}

/** Reads the index `delivery_failing` from its end, and no further than needed. */
export const FAILING: string = `
  SELECT o.event_id, d.*, p.* FROM (
    SELECT * FROM pay.delivery WHERE error IS NOT NULL AND status NOT IN ${FINISHED}
    ORDER BY stream DESC, handler DESC, sequence DESC LIMIT $1
  ) AS d JOIN pay.outbox o USING (stream, sequence) LEFT JOIN pay.review r ON r.id = d.stream
  LEFT JOIN pay.payment p ON p.id = coalesce(r.payment_id, d.stream)
  ORDER BY d.stream DESC, d.handler DESC, d.sequence DESC`;

/** An event from its outbox row. The columns of a payment that never change come from the payment's row. */
function payEvent(row: Row, payment: Row | null): PayEvent {
  const { state, provider_reference, updated_at, expires_at, superseded } = row;
  const common = {
    id: row.event_id as EventId,
    sequence: row.sequence as number,
    occurredAt: row.occurred_at as number,
  };
  if (row.review !== null) return { ...common, type: row.type as ReviewEvent["type"], review: row.review as Review };
  const changed = { state, provider_reference, updated_at, expires_at, superseded };
  const then = paymentRecord({ ...payment, ...changed }).payment;
  return {
    ...common,
    type: row.type as PaymentEvent["type"],
    payment: then,
    late: row.late as boolean,
    ...(then.superseded !== undefined && { superseded: then.superseded }),
    ...(row.refund !== null && { refund: row.refund as NonNullable<PaymentEvent["refund"]> }),
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
    ...(row.status === "due" && { nextAttemptAt: Number(row.due_at) }),
  };
}
