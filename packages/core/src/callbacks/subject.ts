import type { ParsedCallback } from "../contract/provider.ts";
import type { PaymentStore, UpdateQuery } from "../contract/store.ts";
import { parsePaymentMerchantReference } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";

/** A callback that says something about a payment. */
export type PaymentCallback = Exclude<ParsedCallback, { kind: "refused" | "ignored" }>;

/** The payment that a callback names. A merchant reference may be foreign, and then there may be no provider reference either. */
export function subjectOf({
  about,
  providerReference,
}: PaymentCallback): Pick<UpdateQuery, "paymentId" | "providerReference"> {
  if ("providerReference" in about) return { providerReference: about.providerReference };
  const paymentId = "paymentId" in about ? about.paymentId : parsePaymentMerchantReference(about.merchantReference);
  return {
    ...(paymentId !== undefined && { paymentId }),
    ...(providerReference !== undefined && { providerReference }),
  };
}

/** The stored payment that a callback names. Writes nothing. */
export async function paymentOf(
  store: PaymentStore,
  merchantAccount: string,
  callback: PaymentCallback,
): Promise<PaymentRecord | undefined> {
  const { paymentId, providerReference } = subjectOf(callback);
  if (paymentId !== undefined) return store.payment(paymentId);
  return providerReference && store.paymentByProviderReference(merchantAccount, providerReference);
}
