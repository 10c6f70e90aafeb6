import { statusChecks } from "./store/asking.ts";
import { checkOn, type StoreSuite } from "./store/check.ts";
import { closing } from "./store/closing.ts";
import { concluding } from "./store/concluding.ts";
import { leasing } from "./store/leasing.ts";
import { listing } from "./store/listing.ts";
import { opening } from "./store/opening.ts";
import { ordering } from "./store/ordering.ts";
import { unmatchedNotifications } from "./store/orphans.ts";
import { pruning } from "./store/pruning.ts";
import { racing } from "./store/racing.ts";
import { refunds } from "./store/refunds.ts";
import { resolving } from "./store/resolving.ts";
import { reviews } from "./store/reviews.ts";
import { sequences } from "./store/sequences.ts";
import { recording } from "./store/settling.ts";
import { sweeping } from "./store/sweeping.ts";
import { values } from "./store/values.ts";

export type { StoreSuite } from "./store/check.ts";

/**
 * Registers the tests that every store for Pay passes, all of them: one test per promise of `PaymentStore`.
 *
 * @example
 * describe("my store", () => storeContract({ test: it, store: () => myStore({ file: temporaryFile() }) }));
 */
export function storeContract(suite: StoreSuite): void {
  const check = checkOn(suite);
  opening(check);
  recording(check);
  unmatchedNotifications(check);
  reviews(check);
  racing(check);
  leasing(check);
  ordering(check);
  concluding(check);
  resolving(check);
  statusChecks(check);
  sweeping(check);
  listing(check);
  values(check);
  refunds(check);
  pruning(check);
  sequences(check);
  closing(suite);
}
