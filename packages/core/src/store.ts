export type { StorePackage } from "./contract/packages.ts";
export type {
  Ask,
  Changes,
  Conclusion,
  Decision,
  Delivery,
  DeliveryRow,
  HandlerKey,
  HandlerTransaction,
  LeaseRequest,
  OpenAccount,
  OpenRequest,
  OpenResult,
  Orphan,
  PaymentSearch,
  PaymentStore,
  PaymentsFound,
  Pruned,
  PruneRequest,
  SettleQuery,
  Snapshot,
  StoreWorker,
} from "./contract/store.ts";
export { isPayError, PayError } from "./model/errors.ts";
export type { PaymentEvent, PaymentEventType } from "./model/event.ts";
export { OVERTAKEN_TYPES } from "./model/event.ts";
export type { Fact, HeardFact, HistoryEntry, NotificationFact, RefundFact, SideFact } from "./model/fact.ts";
export type { EventId, PaymentId, ProviderRef, RefundId, ReviewId } from "./model/ids.ts";
export { createIds } from "./model/ids.ts";
export type { Money } from "./model/money.ts";
export type { NextAction, Payment, PaymentRecord, PaymentState, SealedForm } from "./model/payment.ts";
export { OPEN_STATES } from "./model/payment.ts";
export type { Refund, RefundStatus } from "./model/refund.ts";
export type { Review, ReviewAction, ReviewKind } from "./model/review.ts";
