import type { ParsedCallback } from "../contract/provider.ts";
import type { PaymentStore, UpdateQuery } from "../contract/store.ts";
import { paymentIdOfMerchantReference } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";

/** What a gateway says of a payment, whatever it says. */
export type PaymentCallback = Exclude<ParsedCallback, { kind: "refused" | "ignored" }>;

/** The payment a callback names. A reference may be none of ours, and then there may be no ref either. */
export function subjectOf({
  about,
  providerReference,
}: PaymentCallback): Pick<UpdateQuery, "paymentId" | "providerReference"> {
  if ("providerReference" in about) return { providerReference: about.providerReference };
  const paymentId = "paymentId" in about ? about.paymentId : paymentIdOfMerchantReference(about.merchantReference);
  return {
    ...(paymentId !== undefined && { paymentId }),
    ...(providerReference !== undefined && { providerReference }),
  };
}

/** Looks, and does nothing else. */
export async function paymentOf(
  store: PaymentStore,
  merchantAccount: string,
  heard: PaymentCallback,
): Promise<PaymentRecord | undefined> {
  const { paymentId, providerReference } = subjectOf(heard);
  if (paymentId !== undefined) return store.payment(paymentId);
  return providerReference && store.paymentByProviderReference(merchantAccount, providerReference);
}
