import type { AnyProvider } from "../contract/providers.ts";
import type { OpenPaymentsOfAccount } from "../contract/store.ts";
import type { Keyring } from "../security/keyring.ts";

/** Returns a sentence with a remedy for each reason why the outcome of open payments will not be known; empty if there is none. */
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
      return [
        `${whose} without a provider: configure ${adapter} for it, and list it in retired if it must take no new ones`,
      ];
    }
    if (provider.traits.callback.correlation !== "callback-url") return [];
    const missing: string[] = [];
    if (providers.get(providerName)?.merchantAccount !== merchantAccount) {
      missing.push(`${whose} with callback addresses of ${providerName}: give the account a provider of that name`);
    }
    // The callback address of a refund may have another key.
    if (payments > 0 && keyring.find(keyId) === undefined) {
      missing.push(
        `${whose} with callback addresses signed with a missing secret: add it after the new one, in a list`,
      );
    }
    return missing;
  });
}

const counts = (count: number, one: string, several = `${one}s`) =>
  count > 0 && `${count} ${count === 1 ? one : several}`;
