import { MINUTE, SECOND } from "../fixtures/records.ts";
import type { Operation, World } from "./operation.ts";
import { createSurroundings } from "./surroundings.ts";
import { deliveryOperations, HANDLERS } from "./world-deliveries.ts";
import { ordersOf } from "./world-names.ts";
import { paymentOperations } from "./world-payments.ts";
import { reviewOperations } from "./world-reviews.ts";
import { statusCheckOperations } from "./world-status-checks.ts";
import { statusCheckViews, unmatchedViews, views } from "./world-views.ts";

/** The world prunes once in this many steps: rarely, because a pruned payment cannot fail any more. */
const PRUNING_TURN = 14;

/** A small world: few payments, provider references and digests, so that they often meet. Its rules are simpler than core's. */
export function createWorld(random: () => number, seed: number, start: number): World {
  let now = start;
  let turn = 0;
  const surroundings = createSurroundings(random, String(seed), () => now);
  const { below, payments, pick, unmatchedNotifications } = surroundings;
  const { accept, deadline, notify, open } = paymentOperations(surroundings);
  const { openReview, redrive, resolve } = reviewOperations(surroundings, notify);
  const { finishDelivery, leaseDeliveries, register } = deliveryOperations(surroundings);

  function prune(): Operation {
    const request = { before: now - below(2) * MINUTE, limit: 1 + below(3), dryRun: below(4) === 0 };
    return { name: "prune", run: (store) => store.prune(request) };
  }

  // An operation that stands here more than once happens more often.
  const operations = [
    ...[open, notify, notify, notify, accept, accept, deadline, openReview],
    ...[leaseDeliveries, leaseDeliveries, finishDelivery, finishDelivery, resolve, redrive],
    ...statusCheckOperations(surroundings),
  ];

  return {
    next() {
      now += 1 + below(20 * SECOND);
      if (payments.length === 0) return open();
      if (++turn % PRUNING_TURN === 0) return prune();
      return below(20) === 0 ? register() : pick(operations)();
    },
    views: () => [
      ...views(payments, ordersOf(surroundings), HANDLERS, now),
      ...unmatchedViews(unmatchedNotifications),
      ...statusCheckViews(payments, now),
    ],
  };
}
