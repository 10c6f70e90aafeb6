import type { EventType, PayEvent } from "@pay/core";
import { streamOf } from "@pay/core/store";
import type { Life, World } from "./world.ts";

/** Watches the calls of handlers. */
export interface HandlerCalls {
  /** A handler is called with an event. Call the returned function when it is done. */
  begin(name: string, event: PayEvent, life: Life): () => void;
  /** The store recorded the delivery. */
  recorded(eventId: string, name: string): void;
}

const SUPERSEDED: readonly EventType[] = ["payment.failed", "payment.expired", "payment.canceled"];
/** Time for which an event belongs to one process, whatever clocks and slow answers take from the lease. */
const EXCLUSIVE_MS = 28_000;

export function watchHandlerCalls({ timeline, violate }: World): HandlerCalls {
  const begun = new Map<string, { readonly life: Life; readonly at: number; ended: boolean }>();
  const delivered = new Set<string>();
  const succeeded = new Set<string>();
  const latest = new Map<string, number>();

  function checkFirst(name: string, event: PayEvent): void {
    const { type, sequence } = event;
    const who = `${name} ${streamOf(event)}`;
    const line = `${name} hears ${type} of ${streamOf(event)}`;
    if (SUPERSEDED.includes(type) && succeeded.has(who))
      violate("no failure is first delivered after the success", line);
    if (sequence < (latest.get(who) ?? 0)) violate("a handler hears a payment's events in order", line);
    latest.set(who, sequence);
    if (type === "payment.succeeded") succeeded.add(who);
  }

  function checkAgain(name: string, { id, type }: PayEvent): void {
    const line = `${name} hears ${type}, ${id}`;
    const { life, at, ended } = begun.get(`${id} ${name}`)!;
    const elsewhere = life.alive && !ended && timeline.now() - at < EXCLUSIVE_MS;
    if (elsewhere) violate("a handler is called by one process at a time", line);
    if (delivered.has(`${id} ${name}`)) violate("an event that is recorded as delivered is not delivered again", line);
  }

  return {
    begin(name, event, life) {
      const key = `${event.id} ${name}`;
      if (begun.has(key)) checkAgain(name, event);
      else checkFirst(name, event);
      const handlerCall = { life, at: timeline.now(), ended: false };
      begun.set(key, handlerCall);
      return () => {
        handlerCall.ended = true;
      };
    },
    recorded: (eventId, name) => void delivered.add(`${eventId} ${name}`),
  };
}
