export type { CheckoutRequest, CheckoutResult } from "./contract/checkout.ts";
export type { Health, RefusalReason, RefusedCallbacks } from "./contract/health.ts";
export type { HttpExchange } from "./contract/http-exchange.ts";
export type {
  AnyPay,
  CloseOptions,
  FailingQuery,
  HandlerContext,
  Pay,
  PayConfig,
  PaymentPage,
  PaymentQuery,
  PayReader,
  RecordRequest,
  RedriveRequest,
  RefundRequest,
  RegisteredPayConfig,
  ReviewPage,
  ReviewQuery,
  TransactionContext,
} from "./contract/pay.ts";
export type { Buyer, BuyerField, Capability, PaymentProvider, ProviderTraits } from "./contract/provider.ts";
export type { Providers } from "./contract/providers.ts";
export type { RawRequest, RawResponse } from "./contract/raw-http.ts";
export type { Clock, LogFields, Logger } from "./contract/runtime.ts";
export type { Delivery, DeliveryStatus, FailingDelivery, HandlerTransaction, PaymentStore } from "./contract/store.ts";
export { type HttpExchangeLog, httpExchangeLog } from "./exchanges/log.ts";
export type { PayErrorCode, PayErrorDetails } from "./model/errors.ts";
export { isPayError, PayError } from "./model/errors.ts";
export type { EventOf, PayEvent, PaymentEvent, ReviewEvent, StreamId } from "./model/event.ts";
export type { EventType, PaymentEventType, ReviewEventType } from "./model/event-types.ts";
export type { Fact, HistoryEntry, OperatorAct, OrderRepriced, RecordedStatus, SideFact } from "./model/fact.ts";
export type { EventId, PaymentId, ProviderReference, RefundId, ReviewId } from "./model/ids.ts";
export type { Money } from "./model/money.ts";
export { formatMoney, money, sameMoney } from "./model/money.ts";
export type { Order, OrderPayment, OrderState } from "./model/order.ts";
export type { NextAction, Payment, PaymentState, Superseded } from "./model/payment.ts";
export type { Refund, RefundStatus } from "./model/refund.ts";
export type { AcceptedStatus, Review, ReviewAction, ReviewKind, ReviewResolution } from "./model/review.ts";
export { createPay, openPay, registerPay } from "./pay.ts";
export { type PruneOptions, type PruneProgress, prunePayments } from "./payments/prune.ts";
export { safeLogger, systemClock } from "./runtime/system.ts";
export { memoryStore } from "./store/memory.ts";
