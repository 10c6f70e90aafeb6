export type { StorePackage } from "./contract/packages.ts";
export type {
  Changes,
  Decision,
  Delivery,
  DeliveryOutcome,
  DeliveryStatus,
  FailingDelivery,
  HandlerKey,
  HandlerTransaction,
  InsertDecision,
  InsertRequest,
  InsertResult,
  LeasedDelivery,
  LeasedStatusCheck,
  LeaseRequest,
  OpenPaymentsOfAccount,
  OrderSnapshot,
  PaymentSearch,
  PaymentStore,
  PaymentsFound,
  Pruned,
  PruneRequest,
  Snapshot,
  StatusCheck,
  StoreWorker,
  UnmatchedNotification,
  UpdateQuery,
} from "./contract/store.ts";
export { CANDIDATE_WINDOW } from "./contract/store.ts";
export { FINISHED_DELIVERY_STATUSES, UNDELIVERED_STATUSES } from "./model/delivery.ts";
export { isPayError, PayError } from "./model/errors.ts";
export type { PayEvent, PaymentEvent, ReviewEvent, StreamId } from "./model/event.ts";
export { streamOf } from "./model/event.ts";
export type { EventType, PaymentEventType } from "./model/event-types.ts";
export { SUPERSEDED_BY_SUCCESS } from "./model/event-types.ts";
export type {
  CallbackFact,
  Fact,
  HistoryEntry,
  NotificationFact,
  OrderRepriced,
  RefundFact,
  SideFact,
} from "./model/fact.ts";
export type { EventId, PaymentId, ProviderReference, RefundId, ReviewId } from "./model/ids.ts";
export { createIds, firstPaymentIdOf } from "./model/ids.ts";
export type { Money } from "./model/money.ts";
export type { NextAction, Payment, PaymentRecord, PaymentState, SealedForm } from "./model/payment.ts";
export { OPEN_STATES } from "./model/payment.ts";
export type { Refund, RefundStatus } from "./model/refund.ts";
export { UNDER_WAY_STATUSES } from "./model/refund.ts";
export type { Review, ReviewAction, ReviewKind } from "./model/review.ts";
export { EXPIRY_HOLDING_REVIEWS } from "./model/review.ts";
export { unmatchedDigest } from "./recording/digest.ts";
