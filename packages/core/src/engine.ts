import { cancel } from "./cancel/cancel.ts";
import { checkout } from "./checkout/checkout.ts";
import type { LooseRequest } from "./checkout/request.ts";
import type { AnyPay, PayReader, RefundRequest, RegisteredPayConfig } from "./contract/pay.ts";
import type { PaymentStore } from "./contract/store.ts";
import type { Parts } from "./create-context.ts";
import { failingDeliveries } from "./delivery/failing.ts";
import { redrive } from "./delivery/redrive.ts";
import { withHttp } from "./http/routes.ts";
import { createLifecycle } from "./lifecycle.ts";
import type { StreamId } from "./model/event.ts";
import type { PaymentId, ReviewId } from "./model/ids.ts";
import { readOrder } from "./orders/read-order.ts";
import { listPayments } from "./payments/list.ts";
import { recordByPerson } from "./payments/record.ts";
import { refund } from "./refunds/refund.ts";
import { REVIEW_LIMIT, resolveReview } from "./reviews/resolve.ts";

/**
 * The methods that read, of a Pay and of a reader.
 *
 * @param store throws if it may not be read now
 * @param providers the configured ones, if any are configured
 */
export function createReading(
  store: () => PaymentStore,
  providers: ReadonlyMap<string, unknown> | undefined,
): Omit<PayReader, "close"> {
  return {
    payments: {
      get: async (id) => (await store().payment(id as PaymentId))?.payment,
      list: async (query) => listPayments({ store: store(), providers }, query),
      history: async (id) => store().history(id as PaymentId),
      refunds: async (id) => (await store().payment(id as PaymentId))?.refunds ?? [],
    },
    orders: {
      get: async (orderId) => readOrder(store(), orderId),
    },
    reviews: {
      list: async () => store().openReviews(REVIEW_LIMIT),
      ofPayment: async (paymentId) => store().reviewsOfPayment(paymentId as PaymentId),
      get: async (id) => store().review(id as ReviewId),
    },
    deliveries: {
      list: async (id) => store().deliveries(id as StreamId),
      failing: async (query) => failingDeliveries(store(), query),
    },
  };
}

/** Ties the steps of a payment's life to one store, one clock and one set of providers. */
export function assemble(config: RegisteredPayConfig, parts: Parts): AnyPay {
  const { close, context, health, on, readable, start, whileRunning } = createLifecycle(config, parts);
  const reading = createReading(readable, context.providers);

  return withHttp(context, {
    on,
    start,

    checkout: (request) => whileRunning(() => checkout(context, request as LooseRequest)),
    cancel: (id) => whileRunning(() => cancel(context, id)),
    refund: (providerName: string, id: string, given: RefundRequest) =>
      whileRunning(() => refund(context, providerName, id, given)),

    payments: {
      ...reading.payments,
      record: (id, given) => whileRunning(() => recordByPerson(context, id, given)),
    },
    orders: reading.orders,
    reviews: {
      ...reading.reviews,
      resolve: (id, resolution) => whileRunning(() => resolveReview(context, id as ReviewId, resolution)),
    },
    deliveries: {
      ...reading.deliveries,
      redrive: (id, delivery) => whileRunning(() => redrive(context, id as StreamId, delivery)),
    },

    health,
    close,
  });
}
