import type { HandlerContext } from "../contract/pay.ts";
import type { Clock, Logger } from "../contract/runtime.ts";
import type { Conclusion, Delivery, HandlerKey, PaymentStore } from "../contract/store.ts";
import { className } from "../model/errors.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Ids, Random } from "../model/ids.ts";
import { startDeadline } from "./deadline.ts";
import { digestOf } from "./digest.ts";

/** A named piece of the shop that wants to hear of a kind of event. */
export interface Handler extends HandlerKey {
  readonly run: (event: PaymentEvent, context: HandlerContext) => unknown;
}

export interface DeliverDeps {
  readonly store: PaymentStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly handlers: readonly Handler[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds before each attempt. After the last one a person has to look. */
export const DELIVERY_DELAYS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Milliseconds a handler has. */
export const HANDLER_TIMEOUT: number = 30 * SECOND;
/** A lease outlives its handler's time by this, so that only the work of a dead process is taken over. */
const LEASE: number = HANDLER_TIMEOUT + 15 * SECOND;
/** Handlers running at once in one process. */
const CONCURRENCY = 16;
/** Longest time without a look, in milliseconds: events of other processes wake nobody here. */
const NAP: number = 5 * SECOND;

export interface Delivering {
  /** There is something new to deliver. */
  wake(): void;
  /** Takes no new work and waits for what is running. */
  stop(): Promise<void>;
}

/** Delivers events to handlers until stopped: each at least once, in order per payment and handler. */
export function startDelivering(deps: DeliverDeps): Delivering {
  const { clock, handlers, logger, store } = deps;
  const running = new Set<Promise<void>>();
  let stopped = false;
  let nap = new AbortController();
  const wake = () => nap.abort();

  async function round(): Promise<void> {
    nap = new AbortController();
    const now = clock.now();
    const room = CONCURRENCY - running.size;
    const leased = room === 0 ? [] : await store.lease({ now, until: now + LEASE, handlers, limit: room });
    for (const delivery of leased) {
      const work = deliver(deps, delivery).finally(() => {
        running.delete(work);
        wake();
      });
      running.add(work);
    }
    if (leased.length > 0 && leased.length === room) return;
    const due = await store.nextDelivery(now, handlers);
    const wait = due === undefined ? NAP : Math.min(NAP, Math.max(0, due - clock.now()));
    await clock.sleep(wait, nap.signal);
  }

  const loop = (async () => {
    while (!stopped) {
      try {
        await round();
      } catch (error) {
        logger.error("Delivery could not read the store; it goes on.", { error: className(error) });
        await clock.sleep(SECOND, nap.signal);
      }
    }
  })();

  return {
    wake,
    async stop() {
      stopped = true;
      wake();
      await loop;
      await Promise.all(running);
    },
  };
}

async function deliver(deps: DeliverDeps, delivery: Delivery): Promise<void> {
  const { event, handler: name, attempt } = delivery;
  const handler = deps.handlers.find((known) => known.name === name && known.type === event.type);
  const failure = handler === undefined ? "no such handler" : await attemptTo(deps, handler, delivery);
  if (failure !== undefined) {
    deps.logger.warn("A handler failed.", { handler: name, event: event.id, paymentId: event.payment.id, attempt });
  }
  try {
    await deps.store.conclude(delivery, conclusionOf(deps, delivery, failure));
  } catch (error) {
    // The lease runs out and the event is delivered again: at least once.
    deps.logger.error("The end of a delivery was not stored.", { event: event.id, error: className(error) });
  }
}

/** An attempt beyond the last means that the processes of earlier ones died in the handler: it would kill this one, too. */
async function attemptTo(
  deps: DeliverDeps,
  handler: Handler,
  { attempt, event }: Delivery,
): Promise<string | undefined> {
  return attempt > DELIVERY_DELAYS.length ? "no attempt ever ended" : run(deps, handler, event);
}

/** Runs a handler within its time. Returns what went wrong, if anything did. */
async function run({ clock }: DeliverDeps, handler: Handler, event: PaymentEvent): Promise<string | undefined> {
  const deadline = startDeadline(clock, HANDLER_TIMEOUT);
  const work = (async () => {
    await handler.run(event, { signal: deadline.signal });
    return undefined;
  })().catch(describe);
  try {
    return await Promise.race([work, deadline.passed.then(() => "timed out")]);
  } finally {
    deadline.clear();
  }
}

function conclusionOf(
  { clock, random, ids }: DeliverDeps,
  delivery: Delivery,
  failure: string | undefined,
): Conclusion {
  const at = clock.now();
  if (failure === undefined) return { kind: "delivered", at };
  const delay = DELIVERY_DELAYS[delivery.attempt];
  if (delay !== undefined) {
    // Up to a fifth later, so that what failed together does not come again together.
    const jitter = (random(1)[0]! / 255) * 0.2;
    return { kind: "retry", at, dueAt: at + Math.round(delay * (1 + jitter)), error: failure };
  }
  const { event, handler } = delivery;
  return {
    kind: "dead",
    at,
    error: failure,
    review: {
      id: ids.review(),
      kind: "dead_letter",
      paymentId: event.payment.id,
      digest: digestOf(["dead_letter", event.id, handler]),
      openedAt: at,
      details: { event: event.id, type: event.type, handler },
      candidates: [],
    },
  };
}

/** The first line of an error, short and without control characters: it is stored for the operator, and not logged. */
function describe(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : "threw something that is no Error";
    const [line = ""] = text.split("\n", 1);
    return line.replaceAll(/\p{Cc}/gu, " ").slice(0, 200);
  } catch {
    return "threw something that cannot be read";
  }
}
