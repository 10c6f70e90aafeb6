import { type HandlerTransaction, type LeasedDelivery, type PaymentStore, streamOf } from "@pay/core/store";
import type { Pool, PoolClient } from "pg";
import type { Pools } from "./pools.ts";

/** The method that runs a handler in a transaction, each on a connection of its own. */
export function createTransactions(
  pools: () => Pools,
  connections: number,
): Pick<PaymentStore, "deliverInTransaction" | "transactionPlaces"> {
  return {
    transactionPlaces: connections,
    deliverInTransaction: async (delivery, signal, run) =>
      deliverInTransaction(pools().handlers, delivery, signal, run),
  };
}

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
async function deliverInTransaction(
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
