import type { Context } from "../context.ts";
import { isPayError } from "../model/errors.ts";
import type { PaymentId } from "../model/ids.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { orUnavailable } from "./store-errors.ts";

/**
 * Has a superseded payment pay its order, which costs again what that payment brought: its review is accepted, as a person would. Returns
 * false if a person dismissed the review or sends the money back, so that the payment does not pay the order.
 */
export async function claimAtItsPrice(context: Context, paymentId: PaymentId): Promise<boolean> {
  const reviews = await orUnavailable(context.store.reviewsOfPayment(paymentId), "The reviews could not be read.");
  const review = reviews.find(({ kind, status }) => kind === "superseded_paid" && status === "open");
  if (review !== undefined) {
    try {
      await orUnavailable(
        resolveReview(context, review.id, { action: "accept", by: "checkout" }),
        "The review could not be accepted.",
      );
    } catch (error) {
      // Somebody else resolved it meanwhile, or the money is on its way back.
      if (!isPayError(error) || error.code === "STORE_UNAVAILABLE") throw error;
    }
  }
  return (await paidBy(context, paymentId)) !== undefined;
}

async function paidBy({ store }: Context, paymentId: PaymentId): Promise<PaymentId | undefined> {
  const record = await orUnavailable(store.payment(paymentId), "The payment could not be read.");
  if (record === undefined) return undefined;
  return (await orUnavailable(store.order(record.payment.orderId), "The order could not be read.")).paidBy;
}
