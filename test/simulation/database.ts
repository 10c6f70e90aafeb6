import { memoryStore } from "@pay/core";
import type {
  Changes,
  Conclusion,
  Delivery,
  OpenRequest,
  OpenResult,
  PaymentStore,
  SettleQuery,
} from "@pay/core/store";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

export type Method = Exclude<keyof PaymentStore, "work" | "deliverWithin">;
export type Arguments = readonly unknown[];

/** The store that all processes share, standing for a database server. */
export interface Database {
  readonly store: PaymentStore;
  /** Does it at once, as one transaction, and enters it into the ledger. */
  run(method: Method, args: Arguments): Promise<unknown>;
}

type Decide = Parameters<PaymentStore["settle"]>[1];

/** Told of every delivery that is on record as done. */
export type Recorded = (eventId: string, handler: string) => void;

export function createDatabase(world: World, ledger: Ledger, recorded: Recorded): Database {
  const store = memoryStore();

  /** A store may call `decide` with a guess first, and only the last call counts. */
  function settle([query, decide]: [SettleQuery, Decide]): Promise<unknown> {
    let changes: Changes | undefined;
    const working = store.settle(query, (found) => {
      if (world.dice.chance(0.1)) guess(decide, found);
      const decision = decide(found);
      changes = decision.changes;
      return decision;
    });
    if (changes !== undefined) ledger.committed(changes);
    return working;
  }

  /** Noted only if it counts: a late word of an attempt that was given up changes nothing. */
  async function conclude([delivery, conclusion]: [Delivery, Conclusion]): Promise<void> {
    const { event, handler } = delivery;
    await store.conclude(delivery, conclusion);
    const rows = await store.deliveries(event.payment.id);
    const row = rows.find((known) => known.eventId === event.id && known.handler === handler);
    if (row?.status === "delivered") recorded(event.id, handler);
  }

  return {
    store,
    async run(method, args) {
      if (method === "settle") return settle(args as never);
      if (method === "conclude") return conclude(args as never);
      const answer = await (store[method] as (...given: Arguments) => unknown)(...args);
      const [request] = args as [OpenRequest];
      if (method === "open" && (answer as OpenResult).kind === "opened") ledger.opened(request.record, request.entry);
      if (method === "lease") ledger.leased(answer as readonly Delivery[]);
      return answer;
    },
  };
}

function guess(decide: Decide, found: Parameters<Decide>[0]): void {
  try {
    decide({ ...found, twin: false, orphans: [] });
  } catch {
    // A wrong guess may be refused.
  }
}
