import { hash } from "node:crypto";
import { type AnyPay, type Clock, isPayError, type PaymentPage, type PaymentQuery } from "@pay/core";
import { type Failing, failingOf, MOST_FAILING } from "./failing-marks.ts";
import { PAGE_SIZE } from "./payments-page.ts";
import { findPayments } from "./search.ts";

/** A short digest of a page of payments. It changes when anything that the page shows changes. */
export function digestOf({ next, payments }: PaymentPage, failing: Failing): string {
  const shown = payments.map(({ id, state, updatedAt }) => [id, state, updatedAt, failing.get(id)]);
  return hash("sha256", JSON.stringify([shown, next]), "base64url").slice(0, 22);
}

/** Polls the first page of a search, once for all of its listeners and only while it has listeners. */
export interface Live {
  /** @param key the same for equal queries */
  listen(key: string, query: PaymentQuery): Listening;
}

export interface Listening {
  /** Resolves after the next poll with the digest of the page, or with undefined when polling has ended. */
  next(): Promise<string | undefined>;
  /** When the last listener leaves, polling ends. Leaving again does nothing. */
  leave(): void;
}

interface Poll {
  listeners: number;
  next: PromiseWithResolvers<string | undefined>;
  readonly end: AbortController;
}

/** After a slow poll, the pause is this many times as long as the poll, so that watching never keeps a store busy. */
const PAUSE_PER_POLL = 20;

export interface LiveParts {
  readonly pay: AnyPay;
  readonly clock: Clock;
  readonly refreshIntervalMs: number;
}

export function createLive({ clock, pay, refreshIntervalMs }: LiveParts): Live {
  const polls = new Map<string, Poll>();

  /** The page's digest. Undefined once Pay is closed, the last known one while the store does not respond. */
  async function readDigest(query: PaymentQuery, last: string): Promise<string | undefined> {
    try {
      const page = await findPayments(pay, { ...query, limit: PAGE_SIZE });
      return digestOf(page, failingOf(await pay.deliveries.failing({ limit: MOST_FAILING })));
    } catch (error) {
      return isPayError(error) && error.code === "NOT_STARTED" ? undefined : last;
    }
  }

  async function run(key: string, poll: Poll, query: PaymentQuery): Promise<void> {
    const { signal } = poll.end;
    let digest: string | undefined = "";
    let durationMs = 0;
    while (digest !== undefined) {
      await clock.sleep(Math.max(refreshIntervalMs, durationMs * PAUSE_PER_POLL), signal);
      if (signal.aborted) return;
      const start = clock.now();
      digest = await readDigest(query, digest);
      durationMs = clock.now() - start;
      const { next } = poll;
      poll.next = Promise.withResolvers();
      next.resolve(digest);
    }
    poll.end.abort();
    if (polls.get(key) === poll) polls.delete(key);
  }

  return {
    listen(key, query) {
      let poll = polls.get(key);
      if (poll === undefined) {
        poll = { listeners: 0, next: Promise.withResolvers(), end: new AbortController() };
        polls.set(key, poll);
        void run(key, poll, query);
      }
      const own = poll;
      own.listeners += 1;
      let left = false;
      return {
        next: () => (own.end.signal.aborted ? Promise.resolve(undefined) : own.next.promise),
        leave() {
          own.listeners -= left ? 0 : 1;
          left = true;
          if (own.listeners > 0) return;
          own.end.abort();
          own.next.resolve(undefined);
          if (polls.get(key) === own) polls.delete(key);
        },
      };
    },
  };
}
