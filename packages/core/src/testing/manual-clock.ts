import type { Clock } from "../contract/runtime.ts";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Lets time pass. Sleepers wake in the order they fall due, and the work of each is done before the next one wakes. */
  advance(milliseconds: number): Promise<void>;
  /** Sets the clock forward or back, as an administrator or NTP does. No time passes, so no sleeper wakes. */
  step(milliseconds: number): void;
  /** Remaining time of each sleeper in milliseconds, shortest first. */
  sleeping(): readonly number[];
}

export interface ManualClockOptions {
  /** Unix milliseconds at which the clock stands first. @default 15 January 2026, 12:00 UTC */
  readonly startAt?: number;
  /** Waits until the work of a sleeper is done. Replace it where a store writes to a disk. @default idle */
  readonly rest?: () => Promise<void>;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A clock for the tests of what happens later: expiry, retries, status checks. Give it to `createPay` as `clock`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createPay, memoryStore } from "@pay/core";
 * import { fakeProvider, manualClock } from "@pay/core/testing";
 *
 * const clock = manualClock();
 * const pay = createPay({
 *   providers: { cards: fakeProvider({ traits: { expiresAfterSeconds: 600 } }) },
 *   store: memoryStore(),
 *   clock,
 *   baseUrl: "https://shop.example/pay",
 *   secret: "a secret of the tests, long enough to be one",
 * });
 * let expired = 0;
 * pay.on("payment.succeeded", "deliver", () => {});
 * pay.on("payment.expired", "release-goods", () => {
 *   expired += 1;
 * });
 * await pay.start();
 * await pay.checkout({
 *   orderId: "order-1",
 *   providerName: "cards",
 *   amount: { value: 1999, currency: "PLN" },
 *   description: "VIP, 30 days",
 *   returnUrl: "https://shop.example/thanks",
 *   buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "en" },
 * });
 * await clock.advance(30 * 60 * 1000);
 * assert.equal(expired, 1);
 * const closing = pay.close();
 * await clock.advance(1000);
 * await closing;
 * ```
 */
export function manualClock({ startAt = START, rest = idle }: ManualClockOptions = {}): ManualClock {
  const sleepers = new Set<Sleeper>();
  let passed = 0;
  let stepped = 0;
  const next = () => [...sleepers].sort((a, b) => a.due - b.due)[0];

  return {
    now: () => startAt + passed + stepped,

    sleep(milliseconds, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper: Sleeper = {
          due: passed + Math.max(0, milliseconds),
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake);
      });
    },

    async advance(milliseconds) {
      const end = passed + milliseconds;
      await rest();
      for (let sleeper = next(); sleeper !== undefined && sleeper.due <= end; sleeper = next()) {
        passed = Math.max(passed, sleeper.due);
        sleeper.wake();
        await rest();
      }
      passed = end;
    },

    step(milliseconds) {
      stepped += milliseconds;
    },

    sleeping: () => [...sleepers].map(({ due }) => due - passed).sort((a, b) => a - b),
  };
}

const START = Date.UTC(2026, 0, 15, 12);

/** Resolves once everything that was ready to run has run. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Resolves once the condition holds. Rejects if the process comes to rest before: it waits for no real time to pass. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    if (await condition()) return;
    await idle();
  }
  throw new Error(`The condition did not come true: ${condition}`);
}
