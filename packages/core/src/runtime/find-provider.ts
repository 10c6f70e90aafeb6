import type { Context } from "../context.ts";
import type { PaymentName } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { merchantReferenceOf } from "../model/ids.ts";
import type { Payment } from "../model/payment.ts";

/** The provider of a payment: the one it was created with, else any other of the same account. */
export function providerOf(
  { providers }: Pick<Context, "providers">,
  { merchantAccount, providerName }: Payment,
): AnyProvider | undefined {
  const own = providers.get(providerName);
  if (own?.merchantAccount === merchantAccount) return own;
  return [...providers.values()].find((other) => other.merchantAccount === merchantAccount);
}

/** The names of a payment, as an adapter gets them. */
export function paymentName({ amount, id: paymentId, providerReference }: Payment): PaymentName {
  return {
    paymentId,
    merchantReference: merchantReferenceOf(paymentId),
    amount,
    ...(providerReference !== undefined && { providerReference }),
  };
}
