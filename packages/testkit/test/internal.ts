// Parts of the suites for the workspace's own tests. `@pay/testkit/internal` resolves only under the condition @pay/source, so the
// published package does not export them.

export { seeded, shuffled } from "../src/store/fixtures/random.ts";
export {
  changes,
  eventStep,
  fullRecord,
  insertRequestOf,
  NOON,
  newRecord,
  newRefund,
  newReview,
  newUnmatched,
  providerReference,
  step,
} from "../src/store/fixtures/records.ts";
