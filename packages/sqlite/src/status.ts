import type { DatabaseSync } from "node:sqlite";
import type { PaymentId, StatusCheck } from "@pay/core/store";

export interface StatusChecks {
  /** True if a lease would find a check. Needs no transaction, so that an idle process writes nothing. */
  readonly hasWork: (now: number) => boolean;
  readonly leaseStatusChecks: (now: number, until: number, limit: number) => readonly StatusCheck[];
  /** Does nothing if the check was requested again or leased by another process since. */
  readonly finishStatusCheck: (check: StatusCheck, dueAt?: number, attempts?: number) => void;
}

/** Prepares the statements. The caller runs a lease or a finish inside a transaction. */
export function prepareStatusChecks(db: DatabaseSync): StatusChecks {
  const anyDue = db.prepare("SELECT EXISTS (SELECT 1 FROM status_check WHERE due_at <= ?) AS found");
  const due = db.prepare("SELECT * FROM status_check WHERE due_at <= ? ORDER BY due_at, payment_id LIMIT ?");
  const take = db.prepare("UPDATE status_check SET attempts = attempts + 1, due_at = ? WHERE payment_id = ?");
  const same = "WHERE payment_id = ? AND version = ? AND attempts = ?";
  const remove = db.prepare(`DELETE FROM status_check ${same}`);
  const postpone = db.prepare(`UPDATE status_check SET due_at = ?, attempts = ? ${same}`);

  return {
    hasWork: (now) => anyDue.get(now)?.found === 1,
    leaseStatusChecks: (now, until, limit) =>
      due.all(now, limit).map(({ payment_id, version, attempts }) => {
        take.run(until, payment_id as string);
        return { paymentId: payment_id as PaymentId, version: version as number, attempt: (attempts as number) + 1 };
      }),
    finishStatusCheck({ paymentId, version, attempt }, dueAt, attempts = attempt) {
      if (dueAt === undefined) remove.run(paymentId, version, attempt);
      else postpone.run(dueAt, attempts, paymentId, version, attempt);
    },
  };
}
