import type { Pay, PaymentEvent, PaymentEventType } from "@pay/core";
import { watchHandlerCalls } from "./handler-calls.ts";
import type { Life, World } from "./world.ts";

/** Who listens to what. `books` hears everything, in order; the other two share an order's fate between them. */
const LISTENERS: Readonly<Record<string, readonly PaymentEventType[]>> = {
  books: [
    "payment.succeeded",
    "payment.paid_again",
    "payment.failed",
    "payment.expired",
    "payment.canceled",
    "payment.reversed",
  ],
  deliver: ["payment.succeeded", "payment.paid_again"],
  release: ["payment.failed", "payment.expired"],
};

export const listenersTo = (type: PaymentEventType): readonly string[] =>
  Object.keys(LISTENERS).filter((name) => LISTENERS[name]!.includes(type));

/** The shop's side of every process: its handlers, and the one place where their effects are kept. */
export interface Handlers {
  /** Names the handlers to a new Pay, in a process that they may bring down. */
  attach(pay: Pay, life: Life, kill: () => void): void;
  /** The store notes that a handler was told of an event. */
  recorded(eventId: string, handler: string): void;
  /** Whether a handler did its work for an event. */
  finished(eventId: string, handler: string): boolean;
  /** Orders that goods were delivered for, once per delivery. */
  readonly delivered: readonly string[];
  /** A handler may be one that never works until it is repaired. */
  repair(): void;
}

export function createFetchs(world: World): Handlers {
  const { dice, faults, violate } = world;
  const handlerCall = watchHandlerCalls(world);
  const done = new Set<string>();
  const delivered: string[] = [];
  let broken = dice.chance(0.15) ? dice.pick(Object.keys(LISTENERS)) : undefined;

  /** As the documents ask of a shop: once per event id. */
  function finish(name: string, { id, type, payment }: PaymentEvent): void {
    if (name === "deliver" && type === "payment.succeeded" && !done.has(`${id} ${name}`)) {
      if (delivered.includes(payment.orderId)) violate("an order's goods are delivered once", payment.orderId);
      delivered.push(payment.orderId);
    }
    done.add(`${id} ${name}`);
  }

  function handle(name: string, event: PaymentEvent, life: Life, kill: () => void): Promise<void> {
    const end = handlerCall.begin(name, event, life);
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
    delivered,
    finished: (eventId, handler) => done.has(`${eventId} ${handler}`),
    repair() {
      broken = undefined;
    },
    recorded(eventId, handler) {
      // A handler that did its work too late was told in vain, and is told again.
      if (!done.has(`${eventId} ${handler}`)) {
        violate("delivered means that the handler did it", `${eventId} ${handler}`);
      }
      handlerCall.recorded(eventId, handler);
    },
    attach(pay, life, kill) {
      for (const [name, types] of Object.entries(LISTENERS)) {
        for (const type of types) pay.on(type, name, (event) => handle(name, event, life, kill));
      }
    },
  };
}
