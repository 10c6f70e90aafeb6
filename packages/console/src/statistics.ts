import type { AnyPay, Payment } from "@pay/core";

/** The most payments of one provider that are counted. */
export const COUNTED = 500;
/** The newest payments that are searched for providers. */
export const LOOKED_THROUGH = 200;
/** The most pages that are read per provider. For a rare provider, the payments on these pages are counted. */
const CALLS = 5;

export interface ProviderStatistics {
  readonly providerName: string;
  readonly counted: number;
  /** The number of counted payments that are finished, successfully or not. */
  readonly closed: number;
  readonly succeeded: number;
  /** Median time from creation to the last change of succeeded payments. Absent if none succeeded. */
  readonly medianMs?: number;
  /** The 90th percentile of the same times. */
  readonly slowMs?: number;
}

/** The results of the newest payments of each recently used provider, ordered by provider name. */
export async function readStatistics(pay: AnyPay): Promise<readonly ProviderStatistics[]> {
  const newest = await pay.payments.list({ limit: LOOKED_THROUGH });
  const names = [...new Set(newest.payments.map(({ providerName }) => providerName))].sort();
  const statistics: ProviderStatistics[] = [];
  for (const providerName of names) {
    statistics.push(statisticsOf(providerName, await paymentsOf(pay, providerName)));
  }
  return statistics;
}

async function paymentsOf(pay: AnyPay, providerName: string): Promise<readonly Payment[]> {
  const payments: Payment[] = [];
  let after: string | undefined;
  for (let call = 0; call < CALLS && payments.length < COUNTED; call++) {
    const limit = Math.min(LOOKED_THROUGH, COUNTED - payments.length);
    const page = await pay.payments.list({ providerName, limit, ...(after !== undefined && { after }) });
    payments.push(...page.payments);
    after = page.next;
    if (after === undefined) break;
  }
  return payments;
}

const CLOSED: ReadonlySet<Payment["state"]> = new Set(["succeeded", "failed", "expired", "canceled"]);

export function statisticsOf(providerName: string, payments: readonly Payment[]): ProviderStatistics {
  const succeeded = payments.filter(({ state }) => state === "succeeded");
  const times = succeeded.map(({ createdAt, updatedAt }) => Math.max(0, updatedAt - createdAt)).sort((a, b) => a - b);
  const medianMs = quantile(times, 0.5);
  const slowMs = quantile(times, 0.9);
  return {
    providerName,
    counted: payments.length,
    closed: payments.filter(({ state }) => CLOSED.has(state)).length,
    succeeded: succeeded.length,
    ...(medianMs !== undefined && { medianMs }),
    ...(slowMs !== undefined && { slowMs }),
  };
}

/** The smallest value that at least this share of the sorted values does not exceed. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
