// What the workspace's own tests, benchmarks and scripts need of the engine and users do not: `@pay/core/internal` resolves
// only under the condition @pay/source, so the published package has no such door.

export type { AnyProvider } from "../src/contract/checkout.ts";
export { EVENT_TYPES } from "../src/model/event.ts";
export { firstPaymentIdOf } from "../src/model/ids.ts";
export { PAYMENT_STATES } from "../src/model/payment.ts";
export { listPayments } from "../src/payments/list.ts";
export { factDigest } from "../src/recording/digest.ts";
export { type FactToRecord, type RecordingContext, recordFact } from "../src/recording/record-fact.ts";
export {
  type Cell,
  COLUMNS,
  type Column,
  type Row,
  TRANSITIONS,
  type TransitionContext,
  transition,
} from "../src/recording/transition.ts";
export { callbackToken } from "../src/security/callback-tokens.ts";
export { createKeyring } from "../src/security/keyring.ts";
