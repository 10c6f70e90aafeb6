import type { Reception } from "../contract/provider.ts";
import type { PaymentStore, SettleQuery } from "../contract/store.ts";
import { paymentIdOfReference } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";

/** What a gateway says of a payment, whatever it says. */
export type Heard = Exclude<Reception, { kind: "refused" | "ignored" }>;

/** The payment a callback names. A reference may be none of ours, and then there may be no ref either. */
export function subjectOf({ about, ref }: Heard): Pick<SettleQuery, "paymentId" | "ref"> {
  if ("ref" in about) return { ref: about.ref };
  const paymentId = "paymentId" in about ? about.paymentId : paymentIdOfReference(about.reference);
  return { ...(paymentId !== undefined && { paymentId }), ...(ref !== undefined && { ref }) };
}

/** Looks, and does nothing else. */
export async function paymentOf(
  store: PaymentStore,
  account: string,
  heard: Heard,
): Promise<PaymentRecord | undefined> {
  const { paymentId, ref } = subjectOf(heard);
  if (paymentId !== undefined) return store.payment(paymentId);
  return ref && store.paymentByRef(account, ref);
}
