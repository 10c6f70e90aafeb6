import type { CallbackRequest, PaymentId } from "@pay/core/adapter";
import { parseStrictJson, parseStrictParams } from "@pay/core/adapter";

export const PAYMENT_ID: PaymentId = "pay_01h455vb4pex5vsknk084sn02q" as PaymentId;

/** A callback as the engine hands it to an adapter; to a payment's own, verified address unless told otherwise. */
export function callback(
  body: string | Uint8Array,
  address: { paymentId?: PaymentId } = { paymentId: PAYMENT_ID },
): CallbackRequest {
  const rawBody = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return {
    method: "POST",
    headers: new Headers({ "content-type": "application/json" }),
    rawBody,
    query: parseStrictParams(""),
    form: () => parseStrictParams(new TextDecoder().decode(rawBody)),
    json: () => parseStrictJson(rawBody),
    ...address,
  };
}
