import type { LeasedStatusCheck, PaymentId, PaymentStore, StatusCheck } from "@pay/core/store";
import type { Database } from "./database.ts";
import type { Sql } from "./rows.ts";

/** The methods of the status checks. */
export function createStatusChecks({ sql }: Database): Pick<PaymentStore, "leaseStatusChecks" | "finishStatusCheck"> {
  return {
    leaseStatusChecks: (now, until, limit, except = []) => leaseStatusChecks(sql, now, until, limit, except),
    finishStatusCheck: (...ending) => finishStatusCheck(sql, ...ending),
  };
}

async function leaseStatusChecks(
  sql: Sql,
  ...request: readonly [now: number, until: number, limit: number, except: readonly string[]]
): Promise<readonly LeasedStatusCheck[]> {
  const rows = await sql("SELECT * FROM pay.lease_status_checks($1, $2, $3, $4)", request);
  return rows.map(({ merchant_account, payment_id, version, requested_for, attempt }) => ({
    paymentId: payment_id as PaymentId,
    merchantAccount: merchant_account as string,
    version: version as number,
    requestedFor: Number(requested_for),
    attempt: attempt as number,
  }));
}

/** Does nothing if the check was requested again or leased by another process since. */
async function finishStatusCheck(
  sql: Sql,
  { paymentId, version, attempt }: StatusCheck,
  dueAt?: number,
  attempts: number = attempt,
): Promise<void> {
  const same = "WHERE payment_id = $1 AND version = $2 AND attempts = $3";
  const key = [paymentId, version, attempt];
  if (dueAt === undefined) await sql(`DELETE FROM pay.status_check ${same}`, key);
  else await sql(`UPDATE pay.status_check SET due_at = $4, attempts = $5 ${same}`, [...key, dueAt, attempts]);
}
