import type { CallbackRequest, PaymentId } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";

export const PAYMENT_ID: PaymentId = "pay_01h455vb4pex5vsknk084sn02q" as PaymentId;

/** A callback of GOSetti.pl; to a payment's own, verified address unless the test says otherwise. */
export function callback(
  body: string | Uint8Array,
  address: { paymentId?: PaymentId } = { paymentId: PAYMENT_ID },
): CallbackRequest {
  return callbackRequest({ headers: { "content-type": "application/json" }, body, ...address });
}
