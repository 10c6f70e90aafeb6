import { hash } from "node:crypto";
import { type AnyPay, type Clock, isPayError, type PaymentPage, type PaymentQuery } from "@pay/core";
import { PAGE_SIZE } from "./payments-page.ts";

/** A page of payments folded to a few characters, which differ when anything that is shown of it does. */
export function printOf({ next, payments }: PaymentPage): string {
  const shown = payments.map(({ id, state, updatedAt }) => [id, state, updatedAt]);
  return hash("sha256", JSON.stringify([shown, next]), "base64url").slice(0, 22);
}

/** Looks at the first page of a search again and again, once for all who listen to it, and only while somebody does. */
export interface Live {
  /** @param key equal for equal queries */
  listen(key: string, query: PaymentQuery): Listening;
}

export interface Listening {
  /** Resolves after the next look with what the page is now, or with undefined when there is nothing more to hear. */
  next(): Promise<string | undefined>;
  /** The last one who leaves ends the looking. Leaving again does nothing. */
  leave(): void;
}

interface Poll {
  listeners: number;
  look: PromiseWithResolvers<string | undefined>;
  readonly end: AbortController;
}

/** A look that took long is followed by a rest of so many times that long: watching must not be what keeps a store busy. */
const REST = 20;

export function createLive({ clock, interval, pay }: { pay: AnyPay; clock: Clock; interval: number }): Live {
  const polls = new Map<string, Poll>();

  /** The page's print; undefined once Pay is closed, the last known one while the store does not answer. */
  async function lookAt(query: PaymentQuery, last: string): Promise<string | undefined> {
    try {
      return printOf(await pay.payments.list({ ...query, limit: PAGE_SIZE }));
    } catch (error) {
      return isPayError(error) && error.code === "NOT_STARTED" ? undefined : last;
    }
  }

  async function run(key: string, poll: Poll, query: PaymentQuery): Promise<void> {
    const { signal } = poll.end;
    let print: string | undefined = "";
    let took = 0;
    while (print !== undefined) {
      await clock.sleep(Math.max(interval, took * REST), signal);
      if (signal.aborted) return;
      const start = clock.now();
      print = await lookAt(query, print);
      took = clock.now() - start;
      const { look } = poll;
      poll.look = Promise.withResolvers();
      look.resolve(print);
    }
    poll.end.abort();
    if (polls.get(key) === poll) polls.delete(key);
  }

  return {
    listen(key, query) {
      let poll = polls.get(key);
      if (poll === undefined) {
        poll = { listeners: 0, look: Promise.withResolvers(), end: new AbortController() };
        polls.set(key, poll);
        void run(key, poll, query);
      }
      const own = poll;
      own.listeners += 1;
      let left = false;
      return {
        next: () => (own.end.signal.aborted ? Promise.resolve(undefined) : own.look.promise),
        leave() {
          own.listeners -= left ? 0 : 1;
          left = true;
          if (own.listeners > 0) return;
          own.end.abort();
          own.look.resolve(undefined);
          if (polls.get(key) === own) polls.delete(key);
        },
      };
    },
  };
}
