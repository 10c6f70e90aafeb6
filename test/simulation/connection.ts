import { isPayError, type PaymentStore } from "@pay/core";
import type { Arguments, Database, Method } from "./database.ts";
import type { Life, World } from "./world.ts";

/** The compiler finds a method that is missing here. */
const METHODS: Readonly<Record<Method, true>> = {
  start: true,
  close: true,
  insert: true,
  update: true,
  payment: true,
  paymentByProviderReference: true,
  order: true,
  payments: true,
  history: true,
  openReviews: true,
  openReview: true,
  reviewsOfPayment: true,
  review: true,
  registerHandlers: true,
  leaseDeliveries: true,
  finishDelivery: true,
  nextDeliveryAt: true,
  deliveries: true,
  failingDeliveries: true,
  leaseStatusChecks: true,
  finishStatusCheck: true,
  openPaymentsByAccount: true,
  overdue: true,
  staleUnmatched: true,
  candidates: true,
  prune: true,
  openReadOnly: true,
};

/** One process's connection to the database: it takes time, fails before or after the commit, and gives a dead process no answer. */
export function connect(world: World, life: Life, database: Database): PaymentStore {
  const { faults, dice, timeline } = world;

  function call(method: Method, args: Arguments): Promise<unknown> {
    const slow = faults.strike("storeIsSlow") ? 3000 : 20;
    const failsBefore = faults.strike("storeFailsBeforeCommit");
    const failsAfter = !failsBefore && faults.strike("storeFailsAfterCommit");
    const back = dice.chance(0.5) ? 0 : dice.below(slow);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const answer = (name: string, give: () => void) => {
      if (back > 0) life.after(back, `gets ${name} of ${method}`, give);
      else if (life.alive) give();
    };
    timeline.after(dice.below(slow), `${life.name} ${method}`, async () => {
      // A call that a process sent before it died may have arrived.
      if (!life.alive && dice.chance(0.5)) return;
      if (failsBefore) return answer("the failure", () => reject(new Error("the disk is full")));
      try {
        const done = await database.run(method, args);
        if (failsAfter) answer("a failure after the commit", () => reject(new Error("the connection was reset")));
        else answer("the answer", () => resolve(done));
      } catch (error) {
        if (!isPayError(error)) world.violate("the store refuses only what a rule refuses", String(error));
        answer("the refusal", () => reject(error));
      }
    });
    return promise;
  }

  const methods = (Object.keys(METHODS) as Method[]).map(
    (method) => [method, (...args: Arguments) => call(method, args)] as const,
  );
  return Object.fromEntries(methods) as unknown as PaymentStore;
}
