import { PayError } from "../model/errors.ts";
import type { PaymentId } from "../model/ids.ts";

export function notRefundable(paymentId: PaymentId, message: string): PayError {
  return new PayError("NOT_REFUNDABLE", message, { paymentId });
}

export function notFound(): PayError {
  return new PayError("NOT_FOUND", "The provider has no payment of this id.");
}
