import { type AnyPay, isPayError, type Payment } from "@pay/core";

/** Payments of a provider that are counted, at most. */
export const COUNTED = 500;
/** Newest payments in which providers are looked for. */
export const LOOKED_THROUGH = 200;
/** Calls per provider: one that is rare is counted of what these found. */
const CALLS = 5;

export interface ProviderStatistics {
  readonly provider: string;
  readonly counted: number;
  /** Of those counted: finished, one way or the other. */
  readonly closed: number;
  readonly succeeded: number;
  /** Milliseconds from creation to the last change of those that succeeded; absent where none did. */
  readonly median?: number;
  /** Nine in ten took no longer. */
  readonly slow?: number;
}

/** What the newest payments of each provider that has been used lately came to, in order of their names. */
export async function readStatistics(pay: AnyPay): Promise<readonly ProviderStatistics[]> {
  const newest = await pay.payments.list({ limit: LOOKED_THROUGH });
  const providers = [...new Set(newest.payments.map(({ providerName: provider }) => provider))].sort();
  const statistics: ProviderStatistics[] = [];
  for (const provider of providers) {
    const known = newest.payments.filter((payment) => payment.providerName === provider);
    statistics.push(statisticsOf(provider, await paymentsOf(pay, provider, known)));
  }
  return statistics;
}

async function paymentsOf(pay: AnyPay, provider: string, known: readonly Payment[]): Promise<readonly Payment[]> {
  const payments: Payment[] = [];
  let after: string | undefined;
  try {
    for (let call = 0; call < CALLS && payments.length < COUNTED; call++) {
      const limit = Math.min(LOOKED_THROUGH, COUNTED - payments.length);
      const page = await pay.payments.list({ providerName: provider, limit, ...(after !== undefined && { after }) });
      payments.push(...page.payments);
      after = page.next;
      if (after === undefined) break;
    }
    return payments;
  } catch (error) {
    // A provider that is not configured any more cannot be asked for; what was seen of it counts.
    if (isPayError(error) && error.field === "providerName") return known;
    throw error;
  }
}

const CLOSED: ReadonlySet<Payment["state"]> = new Set(["succeeded", "failed", "expired", "canceled"]);

export function statisticsOf(provider: string, payments: readonly Payment[]): ProviderStatistics {
  const succeeded = payments.filter(({ state }) => state === "succeeded");
  const times = succeeded.map(({ createdAt, updatedAt }) => Math.max(0, updatedAt - createdAt)).sort((a, b) => a - b);
  const median = quantile(times, 0.5);
  const slow = quantile(times, 0.9);
  return {
    provider,
    counted: payments.length,
    closed: payments.filter(({ state }) => CLOSED.has(state)).length,
    succeeded: succeeded.length,
    ...(median !== undefined && { median }),
    ...(slow !== undefined && { slow }),
  };
}

/** The smallest of the sorted values that this share of them does not exceed. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
