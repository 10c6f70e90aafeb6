// What the workspace's own tests need of the suites and users do not: `@pay/testkit/internal` resolves only under the condition
// @pay/source, so the published package has no such door.

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
