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

/**
 * Whether only another process can ask the gateway of this account: no provider here has it, and `start()` did not find it stranded. So it
 * is while a new version with another provider starts beside the old one. This process must then leave the account's payments alone.
 */
export function isOfAnotherProcess(
  { strandedAccounts, traitsOf }: Pick<Context, "strandedAccounts" | "traitsOf">,
  merchantAccount: string,
): boolean {
  return traitsOf(merchantAccount) === undefined && !strandedAccounts.has(merchantAccount);
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
