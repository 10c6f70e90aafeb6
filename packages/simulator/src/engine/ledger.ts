import { failure } from "./failure.ts";
import type { SimulatedCallback, SimulatedPayment } from "./model.ts";

/** Payments and callbacks in memory, in order of creation. */
export interface Ledger {
  add(payment: SimulatedPayment): void;
  /** Throws `unknown_payment`. */
  get(id: string): SimulatedPayment;
  change(id: string, changes: Partial<SimulatedPayment>): SimulatedPayment;
  payments(): SimulatedPayment[];
  log(callback: SimulatedCallback): void;
  callbacks(): SimulatedCallback[];
  /** Removes everything. */
  clear(): void;
}

export function createLedger(): Ledger {
  const payments = new Map<string, SimulatedPayment>();
  const callbacks: SimulatedCallback[] = [];

  function get(id: string): SimulatedPayment {
    const payment = payments.get(id);
    if (payment === undefined) throw failure("unknown_payment", `There is no payment ${id}`);
    return payment;
  }

  return {
    add: (payment) => void payments.set(payment.id, Object.freeze(payment)),
    get,
    change(id, changes) {
      const changed = Object.freeze({ ...get(id), ...changes });
      payments.set(id, changed);
      return changed;
    },
    payments: () => [...payments.values()],
    log: (callback) => void callbacks.push(Object.freeze(callback)),
    callbacks: () => [...callbacks],
    clear() {
      payments.clear();
      callbacks.length = 0;
    },
  };
}
