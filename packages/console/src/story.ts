import type {
  AnyPay,
  DeliveryStatus,
  HistoryEntry,
  HttpExchange,
  HttpExchangeLog,
  Payment,
  Refund,
  Review,
} from "@pay/core";

/** Everything that Pay has stored about one payment. */
export interface Story {
  readonly payment: Payment;
  readonly history: readonly HistoryEntry[];
  readonly reviews: readonly Review[];
  readonly refunds: readonly Refund[];
  readonly deliveries: readonly DeliveryStatus[];
  readonly httpExchanges: readonly HttpExchange[];
}

export async function readStory(
  { httpExchanges, pay }: { readonly pay: AnyPay; readonly httpExchanges: Pick<HttpExchangeLog, "of"> },
  id: string,
): Promise<Story | undefined> {
  const payment = await pay.payments.get(id);
  if (payment === undefined) return undefined;
  const [history, reviews, refunds, deliveries] = await Promise.all([
    pay.payments.history(id),
    pay.reviews.ofPayment(id),
    pay.payments.refunds(id),
    pay.deliveries.list(id),
  ]);
  return { payment, history, reviews, refunds, deliveries, httpExchanges: httpExchanges.of(id) };
}
