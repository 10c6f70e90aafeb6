// What the workspace's own tests need of the suites and users do not: `@pay/testkit/internal` resolves only under the condition
// @pay/source, so the published package has no such door.

export {
  changes,
  eventStep,
  fullRecord,
  NOON,
  newRecord,
  opening,
  providerReference,
  step,
} from "../src/store/fixtures.ts";
export { seeded, shuffled } from "../src/store/random.ts";
