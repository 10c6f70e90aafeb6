import { errorLabel } from "../model/errors.ts";
import { createDeadline, type Deadline } from "../runtime/deadline.ts";
import { createPlaces, type Places } from "../runtime/places.ts";
import { attemptDelivery, type DeliveryContext, HANDLER_TIMEOUT_MS, releaseDelivery } from "./attempt.ts";
import type { Handler } from "./handler.ts";

/** A lease is this much longer than a handler may take, so that another process takes over only the work of a dead one. */
const LEASE_MS: number = HANDLER_TIMEOUT_MS + 10_000;
/** Places for handlers that run at once in one process. Each handler leaves as many free as it takes, so it has half of them at most. */
const PLACES = 64;
/**
 * How many deliveries may run, or have ended without a stored end. After a crash of this process, others repeat these. A process that has
 * so many takes no more, so it does not look at the store.
 */
const MAX_UNSTORED = 2 * PLACES;
/** Longest time between looks at the store: nothing wakes this process for events of other processes. */
const NAP_MS = 5000;
/**
 * The same if the store's own queue brings the work. Then this process looks only for what a dead process left behind: with the lease,
 * within a minute.
 */
const NAP_BESIDE_QUEUE_MS = 10_000;
const RETRY_AFTER_ERROR_MS = 1000;
/** Rounds take no longer than a nap, so a store that was not read for this long does not answer. */
const STALLED_AFTER_MS = 3 * NAP_BESIDE_QUEUE_MS;

// A reason of our own: without one, an abort creates an error with a stack.
const AWAKE = "awake";

export interface DeliveryLoop {
  /** Call it when there is something new to deliver. */
  wake(): void;
  /** False if this process could not look for due events for half a minute. */
  isDelivering(): boolean;
  /** Takes no new work and waits for what is running. After `deadlineMs`, handlers that still run are aborted; their events stay due. */
  stop(deadlineMs: number): Promise<void>;
}

/** Handlers that share places. Those with a transaction have places of their own: fewer, and held by nothing but transactions. */
interface Kind {
  readonly handlers: readonly Handler[];
  /** The deliveries whose handlers are running, by handler. A handler that ended makes room before its end is stored. */
  readonly places: Places;
}

/** Delivers events to handlers until stopped: each at least once, in order per payment and handler. */
export async function startDeliveryLoop(context: DeliveryContext): Promise<DeliveryLoop> {
  const { clock, handlers, logger, store } = context;
  /** Deliveries whose end is not stored yet. */
  const unstored = new Set<Promise<void>>();
  /** The deadlines of handlers that are running. */
  const running = new Set<Deadline>();
  const kinds: readonly Kind[] = [
    { handlers: handlers.filter(({ tx }) => !tx), places: createPlaces(PLACES) },
    {
      handlers: handlers.filter(({ tx }) => tx),
      places: createPlaces(Math.min(PLACES, store.transactionPlaces ?? PLACES)),
    },
  ];
  const napMs = store.startWorker === undefined ? NAP_MS : NAP_BESIDE_QUEUE_MS;
  /** Requests of the store's queue to look at what is due, not answered yet. */
  const requests: PromiseWithResolvers<void>[] = [];
  const stopping = new AbortController();
  /** Aborts when `stop()` waits no longer. */
  const leaving = new AbortController();
  let sleeping = new AbortController();
  const wake = () => sleeping.abort(AWAKE);
  let lookedAt = clock.now();

  /** Follows the work of a delivery until its end is stored. */
  function follow(work: Promise<void>): void {
    const followed = work.finally(() => {
      unstored.delete(followed);
      // A retry is due at a time that was stored only now.
      wake();
    });
    unstored.add(followed);
  }

  /**
   * The handlers of this kind that may begin, and how many deliveries may go to any one of them. What hangs takes no more than it leaves
   * free, so that it keeps no other handler from its work.
   */
  function room({ handlers, places }: Kind): { readonly open: readonly Handler[]; readonly limit: number } {
    const share = ({ name, type }: Handler) => places.share(keyOf(type, name));
    const open = handlers.filter((handler) => share(handler) > 0);
    return { open, limit: open.length === 0 ? 0 : Math.min(MAX_UNSTORED - unstored.size, ...open.map(share)) };
  }

  /** Leases as much of what is due for handlers of this kind as there is room for, and begins it. Returns whether it found that much. */
  async function begin(kind: Kind): Promise<boolean> {
    const { limit, open } = room(kind);
    if (limit <= 0) return false;
    const now = clock.now();
    const patience = { until: now + LEASE_MS, signal: leaving.signal };
    const leased = await store.leaseDeliveries({ now, until: patience.until, handlers: open, limit });
    for (const { event, handler } of leased) kind.places.take(keyOf(event.type, handler));
    let begun = 0;
    for (const delivery of leased) {
      const handled = () => {
        kind.places.leave(keyOf(delivery.event.type, delivery.handler));
        wake();
      };
      // The store may have answered late, or earlier handlers have blocked the process, until a handler might outlive its lease.
      if (clock.now() + HANDLER_TIMEOUT_MS > patience.until) {
        handled();
        follow(releaseDelivery(context, delivery, patience));
        continue;
      }
      begun += 1;
      follow(attemptDelivery(context, delivery, patience, handled, running));
    }
    return begun === limit;
  }

  async function round(): Promise<void> {
    sleeping = new AbortController();
    const now = clock.now();
    let isMoreDue = false;
    if (kinds.some((kind) => room(kind).limit > 0)) {
      const answered = requests.splice(0);
      try {
        for (const kind of kinds) if (await begin(kind)) isMoreDue = true;
      } finally {
        for (const { resolve } of answered) resolve();
      }
    }
    if (unstored.size < MAX_UNSTORED) lookedAt = clock.now();
    if (isMoreDue) return;
    // A store's own queue brings retries when they are due.
    const dueAt = store.startWorker === undefined ? await store.nextDeliveryAt(now, handlers) : undefined;
    const waitMs = dueAt === undefined ? napMs : Math.min(napMs, Math.max(0, dueAt - clock.now()));
    await clock.sleep(waitMs, sleeping.signal);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round();
      } catch (error) {
        logger.error("Delivery could not read the store; the next attempt follows.", { error: errorLabel(error) });
        await clock.sleep(RETRY_AFTER_ERROR_MS, stopping.signal);
      }
    }
    for (const { reject } of requests.splice(0)) reject(new Error("stopping"));
  }

  /** Resolves once this process leased what was due. While it has no room, the promise waits, and the queue asks other processes. */
  async function leaseWhatIsDue(): Promise<void> {
    if (stopping.signal.aborted) throw new Error("stopping");
    const request = Promise.withResolvers<void>();
    requests.push(request);
    wake();
    return request.promise;
  }

  const worker = await store.startWorker?.(leaseWhatIsDue);
  const looping = loop();

  return {
    wake: worker === undefined ? wake : () => {},
    isDelivering: () => clock.now() - lookedAt < STALLED_AFTER_MS,
    async stop(deadlineMs) {
      stopping.abort(AWAKE);
      wake();
      const patience = createDeadline(clock, deadlineMs);
      const abort = () => {
        leaving.abort(AWAKE);
        for (const deadline of running) deadline.expire();
      };
      void patience.passed.then(abort);
      await worker?.stop();
      await looping;
      // The store may have brought these only now.
      if (patience.signal.aborted) abort();
      await Promise.all(unstored);
      patience.clear();
    },
  };
}

/** Names of handlers have no space. */
function keyOf(type: string, name: string): string {
  return `${type} ${name}`;
}
