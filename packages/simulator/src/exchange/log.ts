import { failure } from "../failure.ts";
import type { CallbackExchange, CreateExchange, Exchange } from "./model.ts";

/** Every exchange, in the order in which they ended. */
export interface ExchangeLog {
  add(exchange: Omit<CreateExchange, "n"> | Omit<CallbackExchange, "n">): void;
  /** Throws `unknown_exchange`. */
  get(n: number): Exchange;
  all(): Exchange[];
  clear(): void;
}

export function createExchangeLog(): ExchangeLog {
  let exchanges: Exchange[] = [];
  return {
    add: (exchange) => void exchanges.push(Object.freeze({ n: exchanges.length + 1, ...exchange })),
    get(n) {
      const exchange = exchanges[n - 1];
      if (exchange === undefined) throw failure("unknown_exchange", "There is no exchange of this number");
      return exchange;
    },
    all: () => [...exchanges],
    clear() {
      exchanges = [];
    },
  };
}
