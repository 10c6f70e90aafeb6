import {
  type DeliveryOutcome,
  type DeliveryStatus,
  type EventType,
  type HandlerKey,
  type HandlerTransaction,
  type LeasedDelivery,
  type LeaseRequest,
  type StreamId,
  streamOf,
} from "@pay/core/store";
import type { Pool, PoolClient } from "pg";
import { deliveryStatus, eventRow, payEvent, type Row, reviewRow, type Sql } from "./rows.ts";
import { FINISHED, UNDELIVERED } from "./sql-lists.ts";

export async function registerHandlers(sql: Sql, handlers: readonly HandlerKey[]): Promise<readonly HandlerKey[]> {
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

export async function leaseDeliveries(sql: Sql, request: LeaseRequest): Promise<readonly LeasedDelivery[]> {
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
export interface FinishedRow {
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

export function finishedRow({ event, handler, lease }: LeasedDelivery, outcome: DeliveryOutcome): FinishedRow {
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
export async function finishDeliveries(sql: Sql, finished: readonly FinishedRow[]): Promise<readonly unknown[]> {
  await sql("SELECT pay.finish_deliveries($1)", [JSON.stringify(finished)]);
  return finished;
}

export async function nextDeliveryAt(
  sql: Sql,
  after: number,
  handlers: readonly HandlerKey[],
): Promise<number | undefined> {
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

export async function deliveries(sql: Sql, stream: StreamId): Promise<readonly DeliveryStatus[]> {
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

/**
 * A connection that breaks silently, or a statement that runs on without its client, would lock the delivery's row for hours,
 * and no other process could take over. With these settings of the transaction the server ends both after a lease's time.
 */
const BEGIN = `BEGIN;
  SET LOCAL statement_timeout = '40s';
  SET LOCAL idle_in_transaction_session_timeout = '40s'`;

/**
 * Writes the end of the delivery first. No other transaction sees it before the commit, and one that wants the delivery waits
 * for this commit or rollback. On the signal the connection is destroyed, and the server rolls back.
 */
export async function deliverInTransaction(
  pool: Pool,
  delivery: LeasedDelivery,
  signal: AbortSignal,
  run: (transaction: HandlerTransaction) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  let clean = false;
  const cut = Promise.withResolvers<never>();
  const abort = () => cut.reject(new Error("timed out"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) abort();
    await Promise.race([transact(client, delivery, run), cut.promise]);
    clean = true;
  } finally {
    signal.removeEventListener("abort", abort);
    // Without its connection, nothing that the handler still does can be committed.
    client.release(!clean);
  }
}

async function transact(
  client: PoolClient,
  { event, handler, lease }: LeasedDelivery,
  run: (transaction: HandlerTransaction) => Promise<void>,
): Promise<void> {
  await client.query(BEGIN);
  const key = [streamOf(event), handler, event.sequence, lease];
  const { rows } = await client.query(
    "SELECT pay.finish_delivery($1, $2, $3, $4, 'delivered', NULL, NULL, NULL, NULL) AS ours, pg_current_xact_id()::text AS transaction",
    key,
  );
  const [{ ours, transaction }] = rows;
  if (ours !== true) {
    await client.query("ROLLBACK");
    return;
  }
  let isOver = false;
  try {
    await run({
      async query(text, values = []) {
        // By now the connection may serve another transaction.
        if (isOver) throw new Error("the handler's transaction is over; await its statements");
        if (CONTROL.test(text))
          throw new Error("the transaction is ended by the handler's return or throw, not by itself");
        return client.query(text, [...values]);
      },
    });
  } finally {
    isOver = true;
  }
  if ((await currentTransaction(client)) !== transaction)
    throw new Error("the handler's transaction was not its own to end");
  await client.query("COMMIT");
}

/** Statements that would end the transaction. Savepoints are allowed. */
const CONTROL = /^\s*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+to\b))\b/i;

async function currentTransaction(client: PoolClient): Promise<unknown> {
  try {
    const { rows } = await client.query("SELECT pg_current_xact_id_if_assigned()::text AS transaction");
    return rows[0].transaction;
  } catch {
    // A statement failed and the handler ignored it: PostgreSQL then accepts only the end of the transaction.
    throw new Error("the transaction was rolled back because a statement in it failed");
  }
}
