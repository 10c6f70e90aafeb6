import { memoryStore } from "@pay/core";
import {
  type Changes,
  type DeliveryOutcome,
  type InsertDecision,
  type InsertRequest,
  type InsertResult,
  type LeasedDelivery,
  type PaymentStore,
  type StatusCheck,
  streamOf,
  type UpdateQuery,
} from "@pay/core/store";
import type { Ledger } from "./ledger.ts";
import type { Questions } from "./questions.ts";
import type { World } from "./world.ts";

export type Method = Exclude<keyof PaymentStore, "startWorker" | "deliverInTransaction" | "transactionPlaces">;
export type Arguments = readonly unknown[];

/** The store that all processes share, in place of a database server. */
export interface Database {
  readonly store: PaymentStore;
  /** Runs the call at once, as one transaction, and adds it to the ledger. */
  run(method: Method, args: Arguments): Promise<unknown>;
}

type Decide = Parameters<PaymentStore["update"]>[1];

/** Called for every delivery that is recorded as done. */
export type Recorded = (eventId: string, handler: string) => void;

export function createDatabase(world: World, ledger: Ledger, questions: Questions, recorded: Recorded): Database {
  const store = memoryStore();

  /** A store may call `decide` with an expected snapshot first; only the last call counts. */
  function runUpdate([query, decide]: [UpdateQuery, Decide]): Promise<unknown> {
    let changes: Changes | undefined;
    const working = store.update(query, (found) => {
      if (world.dice.chance(0.1)) optimistic(decide, found);
      const decision = decide(found);
      changes = decision.changes;
      return decision;
    });
    if (changes !== undefined) ledger.committed(changes);
    if (changes !== undefined) questions.committed(changes);
    return working;
  }

  async function runInsert([request]: [InsertRequest]): Promise<InsertResult> {
    let decision: InsertDecision | undefined;
    const answer = await store.insert({
      ...request,
      decide(order) {
        decision = request.decide(order);
        return decision;
      },
    });
    if (answer.kind !== "opened") return answer;
    if (decision?.kind === "open") for (const changes of decision.changes) ledger.committed(changes);
    ledger.opened(request.record, request.entry);
    return answer;
  }

  /** Reports the end of a delivery only if it counts: the late end of an expired attempt changes nothing. */
  async function finishDelivery([delivery, outcome]: [LeasedDelivery, DeliveryOutcome]): Promise<void> {
    const { event, handler } = delivery;
    await store.finishDelivery(delivery, outcome);
    const rows = await store.deliveries(streamOf(event));
    const row = rows.find((known) => known.eventId === event.id && known.handler === handler);
    if (row?.status === "delivered") recorded(event.id, handler);
  }

  return {
    store,
    async run(method, args) {
      if (method === "update") return runUpdate(args as never);
      if (method === "finishDelivery") return finishDelivery(args as never);
      if (method === "insert") return runInsert(args as never);
      if (method === "finishStatusCheck") questions.finished(...(args as Parameters<Questions["finished"]>));
      const answer = await (store[method] as (...given: Arguments) => unknown)(...args);
      if (method === "leaseStatusChecks") questions.leased(answer as readonly StatusCheck[], world.timeline.now());
      if (method === "leaseDeliveries") ledger.leased(answer as readonly LeasedDelivery[]);
      return answer;
    },
  };
}

function optimistic(decide: Decide, found: Parameters<Decide>[0]): void {
  try {
    decide({ ...found, duplicate: false, unmatchedNotifications: [] });
  } catch {
    // The rule may throw for a wrong snapshot.
  }
}
