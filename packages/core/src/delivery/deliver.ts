import type { HandlerContext, TransactionContext } from "../contract/pay.ts";
import type { Clock, Logger } from "../contract/runtime.ts";
import type { Delivery, HandlerKey, PaymentStore } from "../contract/store.ts";
import { className } from "../model/errors.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Ids, Random } from "../model/ids.ts";
import { deliver, HANDLER_TIMEOUT } from "./attempt.ts";

/** A named piece of the shop that wants to hear of a kind of event. */
export interface Handler extends HandlerKey {
  /** Whether it runs in a transaction of the store. */
  readonly tx: boolean;
  readonly run: (event: PaymentEvent, context: HandlerContext | TransactionContext) => unknown;
}

export interface DeliverDeps {
  readonly store: PaymentStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly handlers: readonly Handler[];
}

/** A lease outlives its handler's time by this, so that only the work of a dead process is taken over. */
const LEASE: number = HANDLER_TIMEOUT + 10_000;
/** Handlers running at once in one process. */
const CONCURRENCY = 32;
/** Handlers that ended, or run, and whose end is not stored: what would be told again after a crash. */
const UNSTORED = 4 * CONCURRENCY;
/** Longest time without a look, in milliseconds: events of other processes wake nobody here. */
const NAP = 5000;
/** The same where the store's own queue brings the work, and this looks only for what a dead process left: with the lease, under a minute. */
const PATROL = 10_000;

// Without a reason of its own, an abort makes an error with its stack.
const AWAKE = "awake";

export interface Delivering {
  /** There is something new to deliver. */
  wake(): void;
  /** Takes no new work and waits for what is running. */
  stop(): Promise<void>;
}

/** Delivers events to handlers until stopped: each at least once, in order per payment and handler. */
export async function startDelivering(deps: DeliverDeps): Promise<Delivering> {
  const { clock, handlers, logger, store } = deps;
  /** Deliveries whose end is not stored yet. */
  const running = new Set<Promise<void>>();
  /** How many handlers are running: the room of one that ended is free while its end is being stored. */
  let handling = 0;
  const nap = store.startWorker === undefined ? NAP : PATROL;
  /** Who asked for a look at what is due, and was not answered yet. */
  const looks: PromiseWithResolvers<void>[] = [];
  const stopping = new AbortController();
  let sleeping = new AbortController();
  const wake = () => sleeping.abort(AWAKE);

  /** Nothing where the answer took so long that a handler might outlive its lease: others take it when that ends. */
  async function lease(limit: number): Promise<readonly Delivery[]> {
    const now = clock.now();
    const until = now + LEASE;
    const answered = looks.splice(0);
    try {
      const leased = await store.leaseDeliveries({ now, until, handlers, limit });
      return clock.now() + HANDLER_TIMEOUT <= until ? leased : [];
    } finally {
      for (const { resolve } of answered) resolve();
    }
  }

  async function round(): Promise<void> {
    sleeping = new AbortController();
    const now = clock.now();
    const room = Math.min(CONCURRENCY - handling, UNSTORED - running.size);
    const leased = room <= 0 ? [] : await lease(room);
    handling += leased.length;
    const handled = () => {
      handling -= 1;
      wake();
    };
    for (const delivery of leased) {
      // Those before it may have kept the process busy until its lease is too short for it: others take it when that ends.
      if (clock.now() > now + LEASE - HANDLER_TIMEOUT) {
        handled();
        continue;
      }
      const work = deliver(deps, delivery, handled).finally(() => {
        running.delete(work);
        // What failed is due again at a time that is stored only now.
        wake();
      });
      running.add(work);
    }
    if (leased.length > 0 && leased.length === room) return;
    // A store's own queue brings what falls due.
    const due = store.startWorker === undefined ? await store.nextDeliveryAt(now, handlers) : undefined;
    const wait = due === undefined ? nap : Math.min(nap, Math.max(0, due - clock.now()));
    await clock.sleep(wait, sleeping.signal);
  }

  async function patrol(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round();
      } catch (error) {
        logger.error("Delivery could not read the store; it goes on.", { error: className(error) });
        await clock.sleep(1000, stopping.signal);
      }
    }
    for (const { reject } of looks.splice(0)) reject(new Error("stopping"));
  }

  /** While there is no room here, it goes on waiting, and whoever asks for it asks others for the rest. */
  async function look(): Promise<void> {
    if (stopping.signal.aborted) throw new Error("stopping");
    const looked = Promise.withResolvers<void>();
    looks.push(looked);
    wake();
    return looked.promise;
  }

  const worker = await store.startWorker?.(look);
  const patrolling = patrol();

  return {
    wake: worker === undefined ? wake : () => {},
    async stop() {
      stopping.abort(AWAKE);
      wake();
      await worker?.stop();
      await patrolling;
      await Promise.all(running);
    },
  };
}
