import type { DatabaseSync } from "node:sqlite";
import type { PaymentId, StatusCheck } from "@pay/core/store";

export interface StatusCheckWork {
  /** Whether a lease would find anything: asked without a transaction, so that an idle process writes nothing. */
  readonly hasWork: (now: number) => boolean;
  readonly lease: (now: number, until: number, limit: number) => readonly StatusCheck[];
  readonly finish: (check: StatusCheck, dueAt: number | undefined) => void;
}

/** Payments whose gateway is to be asked. `lease` and `conclude` are work to be run inside a transaction. */
export function statusCheckWork(db: DatabaseSync): StatusCheckWork {
  const anyDue = db.prepare("SELECT EXISTS (SELECT 1 FROM status_check WHERE due_at <= ?) AS found");
  const due = db.prepare("SELECT * FROM status_check WHERE due_at <= ? ORDER BY due_at, payment_id LIMIT ?");
  const take = db.prepare("UPDATE status_check SET attempts = attempts + 1, due_at = ? WHERE payment_id = ?");
  const same = "WHERE payment_id = ? AND version = ? AND attempts = ?";
  const forget = db.prepare(`DELETE FROM status_check ${same}`);
  const again = db.prepare(`UPDATE status_check SET due_at = ? ${same}`);

  return {
    hasWork: (now) => anyDue.get(now)?.found === 1,
    lease: (now, until, limit) =>
      due.all(now, limit).map(({ payment_id, version, attempts }) => {
        take.run(until, payment_id as string);
        return { paymentId: payment_id as PaymentId, version: version as number, attempt: (attempts as number) + 1 };
      }),
    finish({ paymentId, version, attempt }, dueAt) {
      if (dueAt === undefined) forget.run(paymentId, version, attempt);
      else again.run(dueAt, paymentId, version, attempt);
    },
  };
}
