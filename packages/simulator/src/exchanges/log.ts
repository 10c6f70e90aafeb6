import { failure } from "../engine/failure.ts";
import type { CallbackExchange, CreateExchange, HttpExchange } from "./model.ts";

/** Every exchange, in the order in which they ended. */
export interface ExchangeLog {
  add(exchange: Omit<CreateExchange, "n"> | Omit<CallbackExchange, "n">): void;
  /** Throws `unknown_exchange`. */
  get(n: number): HttpExchange;
  all(): HttpExchange[];
  /** Resolves to the next create request that ends and is `wanted`, or to null if `late` aborts first. */
  nextCreate(wanted: (exchange: CreateExchange) => boolean, late: AbortSignal): Promise<CreateExchange | null>;
  clear(): void;
}

export function createExchangeLog(): ExchangeLog {
  let exchanges: HttpExchange[] = [];
  const listeners = new Set<(exchange: HttpExchange) => void>();
  return {
    add(exchange) {
      const numbered = Object.freeze({ n: exchanges.length + 1, ...exchange });
      exchanges.push(numbered);
      for (const listener of [...listeners]) listener(numbered);
    },
    get(n) {
      const exchange = exchanges[n - 1];
      if (exchange === undefined) throw failure("unknown_exchange", "There is no exchange with this number");
      return exchange;
    },
    all: () => [...exchanges],
    nextCreate: (wanted, late) =>
      new Promise((resolve) => {
        const end = (found: CreateExchange | null) => {
          listeners.delete(listener);
          late.removeEventListener("abort", leave);
          resolve(found);
        };
        const listener = (one: HttpExchange) => {
          if (one.kind === "create" && wanted(one)) end(one);
        };
        const leave = () => end(null);
        listeners.add(listener);
        late.addEventListener("abort", leave);
      }),
    clear() {
      exchanges = [];
    },
  };
}
