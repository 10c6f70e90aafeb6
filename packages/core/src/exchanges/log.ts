import { badConfig } from "../check-config.ts";
import type { HttpExchange } from "../contract/http-exchange.ts";

/** What was exchanged about payments, kept in memory. */
export interface HttpExchangeLog {
  /** To be given as `onExchange`; needs no `this`. What belongs to no payment is not kept: anybody can cause it. */
  readonly record: (exchange: HttpExchange) => void;
  /** Oldest first, in the order they ended; empty where nothing is kept. */
  readonly of: (paymentId: string) => readonly HttpExchange[];
}

/**
 * Keeps the newest exchanges of this process, of all payments together.
 *
 * @param options.limit how many. @default 1000
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
