import type { AnyProvider } from "../contract/checkout.ts";
import type { OpenPaymentsOfAccount } from "../contract/store.ts";
import type { Keyring } from "../security/keyring.ts";

/** What is missing for open payments to be heard of, as sentences with a remedy; empty where nothing is. */
export function strandedPayments(
  merchantAccounts: readonly OpenPaymentsOfAccount[],
  providers: ReadonlyMap<string, AnyProvider>,
  keyring: Keyring,
): readonly string[] {
  const byAccount = new Map([...providers.values()].map((provider) => [provider.merchantAccount, provider]));
  return merchantAccounts.flatMap(({ merchantAccount, adapter, keyId, payments, providerName, refunds }) => {
    const provider = byAccount.get(merchantAccount);
    const counted = [
      counts(payments, "open payment"),
      counts(refunds, "payment with a refund under way", "payments with refunds under way"),
    ];
    const whose = `${counted.filter(Boolean).join(" and ")} of ${merchantAccount}`;
    if (provider === undefined) {
      return [`${whose} without a provider: configure ${adapter} for it, retired if it is not to be offered`];
    }
    if (provider.traits.callback.correlation !== "callback-url") return [];
    const missing: string[] = [];
    if (providers.get(providerName)?.merchantAccount !== merchantAccount) {
      missing.push(`${whose} with callback addresses of ${providerName}: give the account a provider of that name`);
    }
    // A refund's own address may be of another key.
    if (payments > 0 && keyring.find(keyId) === undefined) {
      missing.push(`${whose} with callback addresses of a secret that is gone: put it behind the new one, in a list`);
    }
    return missing;
  });
}

const counts = (count: number, one: string, several = `${one}s`) =>
  count > 0 && `${count} ${count === 1 ? one : several}`;
