import type { PaymentId } from "@pay/core";
import type { Changes, StatusCheck } from "@pay/core/store";

/** The scheduled status checks, kept apart from the store. */
export interface Questions {
  isScheduled(id: PaymentId): boolean;
  /** True if a question is due by this moment, or began since the other one. Both in Unix milliseconds. */
  isAskedSoon(id: PaymentId, since: number, by: number): boolean;
  committed(changes: Changes): void;
  leased(checks: readonly StatusCheck[], at: number): void;
  finished(check: StatusCheck, dueAt?: number, attempts?: number): void;
}

export function createQuestions(): Questions {
  const scheduled = new Map<PaymentId, Pick<StatusCheck, "version" | "attempt"> & { readonly dueAt: number }>();
  const begunAt = new Map<PaymentId, number>();
  return {
    isScheduled: (id) => scheduled.has(id),
    isAskedSoon: (id, since, by) =>
      (scheduled.get(id)?.dueAt ?? Number.POSITIVE_INFINITY) <= by || (begunAt.get(id) ?? 0) >= since,
    committed({ checkStatusAt, record }) {
      if (record === undefined || checkStatusAt === undefined) return;
      const { id } = record.payment;
      const dueAt = Math.min(checkStatusAt, scheduled.get(id)?.dueAt ?? checkStatusAt);
      scheduled.set(id, { version: record.version, attempt: 0, dueAt });
    },
    leased(checks, at) {
      for (const { paymentId, version, attempt } of checks) {
        scheduled.set(paymentId, { version, attempt, dueAt: Number.POSITIVE_INFINITY });
        begunAt.set(paymentId, at);
      }
    },
    finished({ paymentId, version, attempt }, dueAt, attempts = attempt) {
      const known = scheduled.get(paymentId);
      // A callback asked again meanwhile.
      if (known?.version !== version || known.attempt !== attempt) return;
      if (dueAt === undefined) scheduled.delete(paymentId);
      else scheduled.set(paymentId, { version, attempt: attempts, dueAt });
    },
  };
}
