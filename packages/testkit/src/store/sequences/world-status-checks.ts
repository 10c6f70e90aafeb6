import type { PaymentRecord, PaymentStore, StatusCheck, UpdateQuery } from "@pay/core/store";
import { changes, idsAt, newRefund, SECOND, step } from "../fixtures/records.ts";
import type { Operation } from "./operation.ts";
import type { Surroundings } from "./surroundings.ts";

/** The operations on status checks and refunds. */
export function statusCheckOperations({ below, now, payments, pick }: Surroundings): readonly (() => Operation)[] {
  const leased: StatusCheck[] = [];
  const some = () => pick(payments).payment;

  function requestStatusCheck(): Operation {
    const { merchantAccount, id: paymentId } = some();
    const [at, checkStatusAt] = [now(), now() + (below(60) - 30) * SECOND];
    const recorded = change({ merchantAccount, paymentId }, (record) => ({
      ...step(record, { kind: "check_status" }, { updatedAt: at }),
      checkStatusAt,
    }));
    return { name: "check_status", run: recorded };
  }

  function refund(): Operation {
    const { merchantAccount, id: paymentId } = some();
    const at = now();
    const one = newRefund({ id: idsAt(at).refund(), createdAt: at, updatedAt: at });
    const recorded = change({ merchantAccount, paymentId }, (record) => {
      const next = step(record, { kind: "refund_requested", refund: one.id, amount: one.amount }, { updatedAt: at });
      return { ...next, record: { ...next.record, refunds: [...(record.refunds ?? []), one] } };
    });
    return { name: "refund", run: recorded };
  }

  function leaseStatusChecks(): Operation {
    const [at, until] = [now(), now() + (1 + below(60)) * SECOND];
    return {
      name: "lease status checks",
      run: async (store) => (await store.leaseStatusChecks(at, until, 1000)).toSorted(byId),
      saw: (answer) => leased.push(...(answer as readonly StatusCheck[])),
    };
  }

  function finishStatusCheck(): Operation {
    if (leased.length === 0) return leaseStatusChecks();
    // One time in three this may be a status check that ended long ago.
    const one = below(3) ? leased.at(-1 - below(Math.min(3, leased.length)))! : pick(leased);
    const dueAt = below(2) ? now() + below(60) * SECOND : undefined;
    const attempts = below(2) ? below(3) : undefined;
    return { name: "finish a status check", run: (store) => store.finishStatusCheck(one, dueAt, attempts) };
  }

  return [requestStatusCheck, refund, leaseStatusChecks, finishStatusCheck];
}

function change(query: UpdateQuery, next: (record: PaymentRecord) => Parameters<typeof changes>[0]) {
  return (store: PaymentStore) =>
    store.update(query, (found) => ({
      changes: changes(found.record === undefined ? {} : next(found.record)),
      result: found,
    }));
}

export function byId(a: StatusCheck, b: StatusCheck): number {
  return a.paymentId < b.paymentId ? -1 : 1;
}
