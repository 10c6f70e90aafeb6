import type { PaymentId } from "@pay/core";
import type { Changes, StatusCheck } from "@pay/core/store";

/** The scheduled status checks, kept apart from the store. */
export interface Questions {
  isScheduled(id: PaymentId): boolean;
  committed(changes: Changes): void;
  leased(checks: readonly StatusCheck[]): void;
  finished(check: StatusCheck, dueAt?: number, attempts?: number): void;
}

export function createQuestions(): Questions {
  const scheduled = new Map<PaymentId, Omit<StatusCheck, "paymentId">>();
  return {
    isScheduled: (id) => scheduled.has(id),
    committed({ checkStatusAt, record }) {
      if (record === undefined || checkStatusAt === undefined) return;
      scheduled.set(record.payment.id, { version: record.version, attempt: 0 });
    },
    leased(checks) {
      for (const { paymentId, ...check } of checks) scheduled.set(paymentId, check);
    },
    finished({ paymentId, version, attempt }, dueAt, attempts = attempt) {
      const known = scheduled.get(paymentId);
      // A callback asked again meanwhile.
      if (known?.version !== version || known.attempt !== attempt) return;
      if (dueAt === undefined) scheduled.delete(paymentId);
      else scheduled.set(paymentId, { version, attempt: attempts });
    },
  };
}
