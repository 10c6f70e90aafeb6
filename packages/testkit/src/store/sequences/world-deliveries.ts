import { type DeliveryOutcome, type HandlerKey, type LeasedDelivery, type PaymentId, streamOf } from "@pay/core/store";
import { idsAt, newReview, SECOND } from "../fixtures/records.ts";
import { handler, lease, sorted } from "../fixtures/steps.ts";
import type { Operation, Operations } from "./operation.ts";
import type { Surroundings } from "./surroundings.ts";

const TYPES = [
  "payment.succeeded",
  "payment.failed",
  "payment.expired",
  "payment.reversed",
  "payment.paid_again",
] as const;
export const HANDLERS: readonly HandlerKey[] = ["grant", "mail"].flatMap((name) =>
  TYPES.map((type) => handler(name, type)),
);

/** The operations on handlers and their deliveries. */
export function deliveryOperations({
  below,
  now,
  pick,
}: Surroundings): Operations<"register" | "leaseDeliveries" | "finishDelivery"> {
  const leased: LeasedDelivery[] = [];

  function register(): Operation {
    const some = HANDLERS.filter(() => below(2) === 0);
    const order = ({ name, type }: HandlerKey) => `${type} ${name}`;
    return {
      name: "register",
      run: async (store) => (await store.registerHandlers(some)).map(order).sort(),
    };
  }

  function leaseDeliveries(): Operation {
    const some = HANDLERS.filter(() => below(3) > 0);
    const at = now();
    const until = at + (1 + below(60)) * SECOND;
    const limit = below(6) === 0 ? 0 : 100;
    return {
      name: "leaseDeliveries",
      run: async (store) => sorted(await lease(store, at, some, { until, limit })),
      saw: (answer) => leased.push(...(answer as readonly LeasedDelivery[])),
    };
  }

  function finishDelivery(): Operation {
    if (leased.length === 0) return leaseDeliveries();
    // One time in three this may be an attempt that ended long ago.
    const delivery = below(3) ? leased.at(-1 - below(Math.min(3, leased.length)))! : pick(leased);
    const outcome = pick(outcomes(delivery, now(), below(60) * SECOND));
    const id = streamOf(delivery.event);
    return {
      name: outcome.kind,
      async run(store) {
        await store.finishDelivery(delivery, outcome);
        return sorted(await store.deliveries(id));
      },
    };
  }

  return { register, leaseDeliveries, finishDelivery };
}

function outcomes({ event, handler: name }: LeasedDelivery, at: number, delay: number): readonly DeliveryOutcome[] {
  const paymentId = streamOf(event) as PaymentId;
  const id = idsAt(at).review();
  const review = newReview({ id, kind: "dead_letter", paymentId, digest: `${event.id} ${name}`, openedAt: at });
  return [
    { kind: "delivered", at },
    { kind: "released", at },
    { kind: "retry", at, dueAt: at + delay, error: `Error: at ${at}` },
    { kind: "dead", at, error: "Error: never", review },
  ];
}
