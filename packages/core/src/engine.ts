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
import { parseStreamId } from "./model/event.ts";
import { parsePaymentId, parseReviewId } from "./model/ids.ts";
import { readOrder } from "./orders/read-order.ts";
import { listPayments } from "./payments/list.ts";
import { recordByPerson } from "./payments/record.ts";
import { refund } from "./refunds/refund.ts";
import { listReviews } from "./reviews/list.ts";
import { resolveReview } from "./reviews/resolve.ts";

/**
 * The methods that read, of a Pay and of a reader.
 *
 * @param store throws if it may not be read now
 */
export function createReading(store: () => PaymentStore): Omit<PayReader, "close"> {
  /** What is no id names nothing. A store that cannot look for it would be taken for one that is away. */
  async function find<I, T>(id: I | undefined, read: (open: PaymentStore, known: I) => Promise<T>) {
    const open = store();
    return id === undefined ? undefined : read(open, id);
  }
  const findPayment = (id: string) => find(parsePaymentId(id), (open, known) => open.payment(known));

  return {
    payments: {
      get: async (id) => (await findPayment(id))?.payment,
      list: async (query) => listPayments(store(), query),
      history: async (id) => (await find(parsePaymentId(id), (open, known) => open.history(known))) ?? [],
      refunds: async (id) => (await findPayment(id))?.refunds ?? [],
    },
    orders: {
      get: async (orderId) => readOrder(store(), orderId),
    },
    reviews: {
      list: async (query) => listReviews(store(), query),
      ofPayment: async (id) => (await find(parsePaymentId(id), (open, known) => open.reviewsOfPayment(known))) ?? [],
      get: (id) => find(parseReviewId(id), (open, known) => open.review(known)),
    },
    deliveries: {
      list: async (id) => (await find(parseStreamId(id), (open, known) => open.deliveries(known))) ?? [],
      failing: async (query) => failingDeliveries(store(), query),
    },
  };
}

/** Ties the steps of a payment's life to one store, one clock and one set of providers. */
export function assemble(config: RegisteredPayConfig, parts: Parts): AnyPay {
  const { close, context, health, on, readable, start, whileRunning } = createLifecycle(config, parts);
  const reading = createReading(readable);

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
      resolve: (id, resolution) => whileRunning(() => resolveReview(context, id, resolution)),
    },
    deliveries: {
      ...reading.deliveries,
      redrive: (id, delivery) => whileRunning(() => redrive(context, id, delivery)),
    },

    health,
    close,
  });
}
