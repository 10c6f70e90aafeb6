import { OPEN_STATES, type PaymentSearch, type PaymentStore, type PaymentsFound } from "@pay/core/store";
import type { Database } from "./database.ts";
import { paymentRecord, type Row, type Sql } from "./rows.ts";
import { OPEN } from "./sql-lists.ts";

/** Sorts after every id. */
const LAST = "~";

const FITS = `created_at >= $3 AND created_at < $4 AND ($5::text IS NULL OR state = $5) AND ($6::text IS NULL OR provider_name = $6)
    AND ($9::text IS NULL OR provider_reference = $9) AND ($10::text IS NULL OR strpos(order_id, $10) > 0)
    AND ($11::bigint IS NULL OR (amount = $11 AND currency = $12::text))
    ORDER BY id DESC LIMIT $7`;
const IN_RANGE = "id >= $1 AND id < $2";
const rowsOf = (sql: string) => `(SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY id DESC), '[]') FROM (${sql}) t)`;

// MATERIALIZED keeps the planner from choosing another index by its statistics. Exported for the test of their plans.
export const OF_ORDER: string = `
  WITH few AS MATERIALIZED (SELECT * FROM pay.payment WHERE order_id = $8)
  SELECT ${rowsOf(`SELECT * FROM few WHERE ${IN_RANGE} AND ${FITS}`)} AS payments`;
export const OF_REFERENCE: string = `
  WITH few AS MATERIALIZED (SELECT * FROM pay.payment WHERE provider_reference = $8)
  SELECT ${rowsOf(`SELECT * FROM few WHERE ${IN_RANGE} AND ${FITS}`)} AS payments`;
/** Returns NULL if more payments are open than the window holds: sorting them would take longer than reading the window. */
export const OF_OPEN: string = `
  WITH few AS MATERIALIZED (SELECT * FROM pay.payment WHERE state IN ${OPEN} ORDER BY expires_at LIMIT $8::int + 1)
  SELECT CASE WHEN (SELECT count(*) FROM few) <= $8 THEN ${rowsOf(`SELECT * FROM few WHERE ${IN_RANGE} AND ${FITS}`)} END AS payments`;
/** Finds the last id of the window in the index alone, so that no row is read in vain. */
export const OF_WINDOW: string = `
  WITH last AS MATERIALIZED (SELECT id FROM pay.payment WHERE ${IN_RANGE} ORDER BY id DESC LIMIT 1 OFFSET $8::int - 1)
  SELECT ${rowsOf(`
    SELECT * FROM pay.payment WHERE id >= coalesce((SELECT id FROM last), $1) AND id < $2 AND ${FITS}`)} AS payments,
    (SELECT id FROM last) AS last`;

/** The method that searches payments. */
export function createSearch({ sql }: Database): Pick<PaymentStore, "payments"> {
  return { payments: (wanted) => search(sql, wanted) };
}

/** Finds payments by an index, or else by reading a window of the primary key. */
async function search(sql: Sql, wanted: PaymentSearch): Promise<PaymentsFound> {
  const { createdBefore, createdFrom, idBefore, idFrom, limit, orderId, providerName, state, window } = wanted;
  const { amount, orderIdContains, providerReference } = wanted;
  const pageOf = async (statement: string, last: string | number) => {
    const created = [createdFrom ?? Number.MIN_SAFE_INTEGER, createdBefore ?? Number.MAX_SAFE_INTEGER];
    // One more row tells that another page follows.
    const fit = [...created, state ?? null, providerName ?? null, limit + 1];
    const others = [
      providerReference ?? null,
      orderIdContains ?? null,
      amount?.value ?? null,
      amount?.currency ?? null,
    ];
    const [row] = await sql(statement, [idFrom ?? "", idBefore ?? LAST, ...fit, last, ...others]);
    return row as Row;
  };
  if (orderId !== undefined) return found(await pageOf(OF_ORDER, orderId), limit);
  if (providerReference !== undefined) return found(await pageOf(OF_REFERENCE, providerReference), limit);
  if (state !== undefined && OPEN_STATES.includes(state)) {
    const open = await pageOf(OF_OPEN, window);
    if (open.payments !== null) return found(open, limit);
  }
  return found(await pageOf(OF_WINDOW, window), limit);
}

function found({ payments: rows, last }: Row, limit: number): PaymentsFound {
  const all = (rows as readonly Row[]).map(paymentRecord);
  const payments = all.slice(0, limit);
  const next = all.length > limit ? payments.at(-1)?.payment.id : (last as PaymentsFound["next"] | null);
  return { payments, ...(next && { next }) };
}
