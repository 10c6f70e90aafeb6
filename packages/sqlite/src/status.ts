import type { DatabaseSync } from "node:sqlite";
import type { LeasedStatusCheck, PaymentId, StatusCheck } from "@pay/core/store";

export interface StatusChecks {
  /** True if a lease would find a check. Needs no transaction, so that an idle process writes nothing. */
  readonly hasWork: (now: number, except?: readonly string[]) => boolean;
  readonly leaseStatusChecks: (
    now: number,
    until: number,
    limit: number,
    except?: readonly string[],
  ) => readonly LeasedStatusCheck[];
  /** Does nothing if the check was requested again or leased by another process since. */
  readonly finishStatusCheck: (check: StatusCheck, dueAt?: number, attempts?: number) => void;
}

/** One look-up for each check that is read, and never a join that reads every payment. */
const ACCOUNT = "(SELECT merchant_account FROM payment WHERE id = payment_id)";
const DUE = `WHERE due_at <= ? AND ${ACCOUNT} NOT IN (SELECT value FROM json_each(?))`;

/** Prepares the statements. The caller runs a lease or a finish inside a transaction. */
export function prepareStatusChecks(db: DatabaseSync): StatusChecks {
  const anyDue = db.prepare(`SELECT EXISTS (SELECT 1 FROM status_check ${DUE}) AS found`);
  const due = db.prepare(
    `SELECT *, ${ACCOUNT} AS merchant_account FROM status_check ${DUE} ORDER BY due_at, payment_id LIMIT ?`,
  );
  const take = db.prepare("UPDATE status_check SET attempts = attempts + 1, due_at = ? WHERE payment_id = ?");
  const same = "WHERE payment_id = ? AND version = ? AND attempts = ?";
  const remove = db.prepare(`DELETE FROM status_check ${same}`);
  const postpone = db.prepare(`UPDATE status_check SET due_at = ?, attempts = ? ${same}`);

  return {
    hasWork: (now, except = []) => anyDue.get(now, JSON.stringify(except))?.found === 1,
    leaseStatusChecks: (now, until, limit, except = []) =>
      due
        .all(now, JSON.stringify(except), limit)
        .map(({ merchant_account, payment_id, version, requested_for, attempts }) => {
          take.run(until, payment_id as string);
          return {
            paymentId: payment_id as PaymentId,
            merchantAccount: merchant_account as string,
            version: version as number,
            requestedFor: requested_for as number,
            attempt: (attempts as number) + 1,
          };
        }),
    finishStatusCheck({ paymentId, version, attempt }, dueAt, attempts = attempt) {
      if (dueAt === undefined) remove.run(paymentId, version, attempt);
      else postpone.run(dueAt, attempts, paymentId, version, attempt);
    },
  };
}
