import { hasOwnAddresses } from "../callbacks/address.ts";
import type { AnyProvider } from "../contract/providers.ts";
import type { OpenPaymentsOfAccount } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { Keyring } from "../security/keyring.ts";

/** A reason why the outcome of open payments will not be known. */
export interface Stranded {
  /** The field of the configuration that lacks something. */
  readonly field: "providers" | "secret";
  readonly payments: string;
  readonly remedy: string;
}

/** Returns the reasons; empty if there is none. */
export function strandedPayments(
  merchantAccounts: readonly OpenPaymentsOfAccount[],
  providers: ReadonlyMap<string, AnyProvider>,
  keyring: Keyring,
): readonly Stranded[] {
  const byAccount = new Map([...providers.values()].map((provider) => [provider.merchantAccount, provider]));
  return merchantAccounts.flatMap(({ merchantAccount, adapter, keyId, payments, providerName, refunds }) => {
    const provider = byAccount.get(merchantAccount);
    const counted = [
      counts(payments, "open payment"),
      counts(refunds, "payment with a refund under way", "payments with refunds under way"),
    ];
    const whose = `${counted.filter(Boolean).join(" and ")} of ${merchantAccount}`;
    if (provider === undefined) {
      const remedy = `configure ${adapter} for it, and list it in retired if it must take no new ones`;
      return [{ field: "providers", payments: `${whose} without a provider`, remedy }];
    }
    if (!hasOwnAddresses(provider)) return [];
    const missing: Stranded[] = [];
    if (providers.get(providerName)?.merchantAccount !== merchantAccount) {
      const payments = `${whose} with callback addresses of ${providerName}`;
      missing.push({ field: "providers", payments, remedy: "give the account a provider of that name" });
    }
    // The callback address of a refund may have another key.
    if (payments > 0 && keyring.find(keyId) === undefined) {
      missing.push({
        field: "secret",
        payments: `${whose} with callback addresses signed with a missing secret`,
        remedy: "add it after the new one, in a list",
      });
    }
    return missing;
  });
}

/**
 * Payments that a gateway still reports, but of a secret that is not configured: their forms cannot be decrypted, and the requests under
 * their idempotency keys cannot be compared. `strandedPayments` has those whose callback addresses bear the secret.
 */
export function paymentsOfMissingSecret(
  merchantAccounts: readonly OpenPaymentsOfAccount[],
  providers: ReadonlyMap<string, AnyProvider>,
  keyring: Keyring,
): readonly string[] {
  const accounts = [...providers.values()]
    .filter((provider) => !hasOwnAddresses(provider))
    .map(({ merchantAccount }) => merchantAccount);
  return merchantAccounts
    .filter(({ keyId, merchantAccount }) => accounts.includes(merchantAccount) && keyring.find(keyId) === undefined)
    .filter(({ payments }) => payments > 0)
    .map(
      ({ merchantAccount, payments }) =>
        `${counts(payments, "open payment")} of ${merchantAccount} from before the secret was replaced: list the old secret after the new one. Until then, buyers cannot open their forms, and checkout refuses the idempotency keys of these payments`,
    );
}

export function textOf({ payments, remedy }: Stranded): string {
  return `${payments}: ${remedy}`;
}

/** If only secrets are missing, the text begins with the remedy: every shop that replaces its secret can forget the old one. */
export function strandedError(stranded: readonly Stranded[]): PayError {
  const isAboutProviders = stranded.some(({ field }) => field === "providers");
  const text = isAboutProviders
    ? `providers leave payments stranded: ${stranded.map(textOf).join("; ")}.`
    : `secret must include the old secret too: give both, the new one first, as secret: [NEW, OLD]. The store has ${stranded
        .map(({ payments }) => payments)
        .join("; ")}.`;
  return new PayError("INVALID_CONFIG", text, { field: isAboutProviders ? "providers" : "secret" });
}

const counts = (count: number, one: string, several = `${one}s`) =>
  count > 0 && `${count} ${count === 1 ? one : several}`;
