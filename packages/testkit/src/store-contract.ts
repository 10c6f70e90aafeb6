import { testClose } from "./store/close/test-close.ts";
import { testFailing } from "./store/deliveries/test-failing.ts";
import { testFinish } from "./store/deliveries/test-finish.ts";
import { testLease } from "./store/deliveries/test-lease.ts";
import { testOrder } from "./store/deliveries/test-order.ts";
import { testInsert } from "./store/insert/test-insert.ts";
import { testPrune } from "./store/prune/test-prune.ts";
import { testOpenReviews } from "./store/reviews/test-open-reviews.ts";
import { testResolveReviews } from "./store/reviews/test-resolve-reviews.ts";
import { testReviewEvents } from "./store/reviews/test-review-events.ts";
import { testSearch } from "./store/search/test-search.ts";
import { testSequences } from "./store/sequences/test-sequences.ts";
import { testOverdue } from "./store/status-checks/test-overdue.ts";
import { testStatusChecks } from "./store/status-checks/test-status-checks.ts";
import { checkOn, type StoreSuite } from "./store/suite.ts";
import { testUnmatched } from "./store/unmatched/test-unmatched.ts";
import { testRaces } from "./store/update/test-races.ts";
import { testRefunds } from "./store/update/test-refunds.ts";
import { testUpdate } from "./store/update/test-update.ts";
import { testValues } from "./store/values/test-values.ts";

export type { StoreSuite } from "./store/suite.ts";

/**
 * Registers all tests that a store for Pay must pass: one test per promise of `PaymentStore`.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { memoryStore } from "@pay/core";
 * import { storeContract } from "@pay/testkit";
 *
 * describe("a store", () => storeContract({ test: it, store: () => memoryStore() }));
 * ```
 */
export function storeContract(suite: StoreSuite): void {
  const check = checkOn(suite);
  testInsert(check);
  testUpdate(check);
  testUnmatched(check);
  testOpenReviews(check);
  testRaces(check);
  testLease(check);
  testOrder(check);
  testFinish(check);
  testFailing(check);
  testResolveReviews(check);
  testReviewEvents(check);
  testStatusChecks(check);
  testOverdue(check);
  testSearch(check);
  testValues(check);
  testRefunds(check);
  testPrune(check);
  testSequences(check);
  testClose(suite);
}
