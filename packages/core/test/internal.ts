// Exports for the workspace's own tests, benchmarks and scripts, which users do not need. `@pay/core/internal` resolves
// only under the condition @pay/source, so the published package has no such door.

export type { AnyProvider } from "../src/contract/providers.ts";
export { DELIVERY_STATUSES, FINISHED_DELIVERY_STATUSES, UNDELIVERED_STATUSES } from "../src/model/delivery.ts";
export { EVENT_TYPES, PAYMENT_EVENT_TYPES, SUPERSEDED_BY_SUCCESS } from "../src/model/event-types.ts";
export { firstPaymentIdOf } from "../src/model/ids.ts";
export { OPEN_STATES, PAYMENT_STATES } from "../src/model/payment.ts";
export { REFUND_STATUSES, UNDER_WAY_STATUSES } from "../src/model/refund.ts";
export { REVIEW_STATUSES } from "../src/model/review.ts";
export { listPayments } from "../src/payments/list.ts";
export { factDigest } from "../src/recording/digest.ts";
export { openInOrder } from "../src/recording/open-in-order.ts";
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
