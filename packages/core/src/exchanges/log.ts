import { badConfig } from "../check-config.ts";
import type { HttpExchange } from "../contract/http-exchange.ts";

/** The newest HTTP exchanges about payments, in memory. */
export interface HttpExchangeLog {
  /** Pass it as `onHttpExchange`; it works unbound. It ignores exchanges without a payment, since anyone can cause them. */
  readonly record: (exchange: HttpExchange) => void;
  /** The exchanges of a payment, in the order in which they ended; empty if there are none. */
  readonly of: (paymentId: string) => readonly HttpExchange[];
}

/**
 * Keeps the newest exchanges of this process, for all payments together.
 *
 * @param options.limit how many to keep. @default 1000
 * @throws PayError `INVALID_CONFIG` naming `limit`
 */
export function httpExchangeLog({ limit = 1000 }: { readonly limit?: number } = {}): HttpExchangeLog {
  if (!Number.isSafeInteger(limit) || limit < 1) throw badConfig("limit", "must be a positive whole number");
  const kept = new Set<HttpExchange>();
  return {
    record(exchange) {
      if (exchange.paymentId === undefined) return;
      kept.add(exchange);
      if (kept.size > limit) for (const oldest of kept) return void kept.delete(oldest);
    },
    of: (paymentId) => [...kept].filter((exchange) => exchange.paymentId === paymentId),
  };
}
