import type { EventType, Pay, PayEvent } from "@pay/core";
import { watchHandlerCalls } from "./handler-calls.ts";
import type { Life, World } from "./world.ts";

/** Handlers and their events. `books` receives everything about payments, in order; `deliver` and `release` share an order's events. */
const LISTENERS: Readonly<Record<string, readonly EventType[]>> = {
  books: [
    "payment.succeeded",
    "payment.paid_again",
    "payment.failed",
    "payment.expired",
    "payment.canceled",
    "payment.reversed",
  ],
  deliver: ["payment.succeeded", "payment.paid_again", "review.resolved"],
  release: ["payment.failed", "payment.expired"],
  alarm: ["review.opened", "review.resolved"],
};

export const listenersTo = (type: EventType): readonly string[] =>
  Object.keys(LISTENERS).filter((name) => LISTENERS[name]!.includes(type));

/** The shop's part of every process: its handlers, and the single place of their effects. */
export interface Handlers {
  /** Registers the handlers at a new Pay, in a process that they may kill. */
  attach(pay: Pay, life: Life, kill: () => void): void;
  /** Called when the store recorded a delivery. */
  recorded(eventId: string, handler: string): void;
  /** True if a handler finished its work for an event. */
  finished(eventId: string, handler: string): boolean;
  /** Orders whose goods were sent, once per sending. */
  readonly delivered: readonly string[];
  /** Superseded payments whose accepted review had the goods sent. */
  readonly deliveredFor: ReadonlySet<string>;
  /** Repairs handlers that fail until then. */
  repair(): void;
}

export function createFetchs(world: World): Handlers {
  const { dice, faults, violate } = world;
  const handlerCall = watchHandlerCalls(world);
  const done = new Set<string>();
  const delivered: string[] = [];
  const deliveredFor = new Set<string>();
  let broken = dice.chance(0.15) ? dice.pick(Object.keys(LISTENERS)) : undefined;

  /** Once per event id, as the documentation requires of a shop. */
  function finish(name: string, event: PayEvent): void {
    const { id, type } = event;
    // A shop compares the amount with its order, which is the same as to look for the mark.
    const isOrdinary = type === "payment.succeeded" && event.superseded === undefined;
    if (name === "deliver" && isOrdinary && !done.has(`${id} ${name}`)) {
      const { orderId } = event.payment;
      if (delivered.includes(orderId)) violate("an order's goods are delivered once", orderId);
      delivered.push(orderId);
    }
    if (name === "deliver" && event.type === "review.resolved") {
      const { kind, paymentId, status } = event.review;
      if (kind === "superseded_paid" && status === "accepted" && paymentId !== undefined) deliveredFor.add(paymentId);
    }
    done.add(`${id} ${name}`);
  }

  function handle(name: string, event: PayEvent, signal: AbortSignal, life: Life, kill: () => void): Promise<void> {
    const end = handlerCall.begin(name, event, life);
    // A Pay that closes gives up the handlers that are still running: another process may call them at once.
    signal.addEventListener("abort", end);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const throws = name === broken || faults.strike("handlerThrows");
    const answer = () => {
      end();
      if (throws) return reject(new Error("the shop's own error"));
      finish(name, event);
      resolve();
    };
    if (faults.strike("handlerKills")) life.after(0, `dies of ${name}`, kill);
    else if (faults.strike("handlerIsSlow")) life.after(dice.below(45_000), `${name} is done with ${event.id}`, answer);
    else if (!faults.strike("handlerHangs")) answer();
    return promise;
  }

  return {
    ...{ delivered, deliveredFor },
    finished: (eventId, handler) => done.has(`${eventId} ${handler}`),
    repair() {
      broken = undefined;
    },
    recorded(eventId, handler) {
      // A handler that finished too late is called again.
      if (!done.has(`${eventId} ${handler}`)) {
        violate("delivered means that the handler did it", `${eventId} ${handler}`);
      }
      handlerCall.recorded(eventId, handler);
    },
    attach(pay, life, kill) {
      for (const [name, types] of Object.entries(LISTENERS)) {
        for (const type of types) pay.on(type, name, (event, { signal }) => handle(name, event, signal, life, kill));
      }
    },
  };
}
