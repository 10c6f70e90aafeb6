import type { AnyProvider } from "../contract/checkout.ts";
import type { OpenAccount } from "../contract/store.ts";
import type { Keyring } from "../security/keyring.ts";

/** What is missing for open payments to be heard of, as sentences with a remedy; empty where nothing is. */
export function strandedPayments(
  accounts: readonly OpenAccount[],
  providers: ReadonlyMap<string, AnyProvider>,
  keyring: Keyring,
): readonly string[] {
  const byAccount = new Map([...providers.values()].map((provider) => [provider.account, provider]));
  return accounts.flatMap(({ account, adapter, keyId, payments, provider: instance }) => {
    const provider = byAccount.get(account);
    const whose = `${payments} open ${payments === 1 ? "payment" : "payments"} of ${account}`;
    if (provider === undefined) {
      return [`${whose} without a provider: configure ${adapter} for it, retired if it is not to be offered`];
    }
    if (provider.traits.callback.correlation !== "callback-url") return [];
    if (providers.get(instance)?.account !== account) {
      return [`${whose} with callback addresses of ${instance}: give the account a provider of that name`];
    }
    if (keyring.find(keyId) === undefined) {
      return [`${whose} with callback addresses of a secret that is gone: put it behind the new one`];
    }
    return [];
  });
}
