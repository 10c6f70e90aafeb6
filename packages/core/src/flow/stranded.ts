import type { AnyProvider } from "../contract/checkout.ts";
import type { OpenAccount } from "../contract/store.ts";
import type { Keyring } from "../security/keyring.ts";

/** What is missing for open payments to be heard of, as sentences with a remedy; empty where nothing is. */
export function strandedPayments(
  accounts: readonly OpenAccount[],
  providers: Iterable<AnyProvider>,
  keyring: Keyring,
): readonly string[] {
  const byAccount = new Map([...providers].map((provider) => [provider.account, provider]));
  return accounts.flatMap(({ account, adapter, keyId, payments }) => {
    const provider = byAccount.get(account);
    if (provider === undefined) {
      return [
        `${payments} open payments of ${account} have no provider: configure ${adapter} for it, retired if it is not to be offered`,
      ];
    }
    if (provider.traits.callback.correlation !== "callback-url" || keyring.find(keyId) !== undefined) return [];
    return [
      `${payments} open payments of ${account} have callback addresses of a secret that is gone: put it behind the new one`,
    ];
  });
}
