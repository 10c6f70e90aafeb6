import { type CallbackSequence, type CallbackStep, createSequence } from "../chaos/sequence.ts";
import type { Schedule } from "./clock.ts";
import { failure } from "./failure.ts";
import { type Progress, type TransmitParts, transmit } from "./transmit.ts";
import { nextInMs, worst } from "./verdict.ts";

export interface DeliveryParts extends Omit<TransmitParts, "closing"> {
  readonly schedule: Schedule;
}

/** Sends callbacks. The callbacks of one payment never overlap, except for the copies that chaos sends at once. */
export interface Delivery {
  /**
   * Sends the first callback of a finished payment and plans the rest. Resolves when the first one has ended, or at once
   * if chaos delays it.
   */
  start(id: string): Promise<void>;
  /** Sends the next callback now, after the one in flight. Throws `not_finished` for an open payment. */
  resend(id: string): Promise<void>;
  /** Applies the payment's current chaos to the callbacks that are still to come. */
  replan(id: string): void;
  /** Resolves when no callback is in flight: of the payment, or of any payment if `id` is left out. */
  idle(id?: string): Promise<void>;
  /** Cancels what is planned and waits for what is in flight. The delivery can be used again afterwards. */
  reset(): Promise<void>;
  /** Cancels what is planned, aborts what is in flight and waits until it has ended. */
  close(): Promise<void>;
}

interface Line extends Progress {
  sequence: CallbackSequence;
}

export function createDelivery(parts: DeliveryParts): Delivery {
  const { clock, ledger, redeliveryMs, schedule } = parts;
  const lines = new Map<string, Line>();
  const inFlight = new Map<string, Promise<void>>();
  const planned = new Map<string, () => void>();
  const closing = new AbortController();

  function begin(id: string): Promise<void> {
    const { chaos, state } = ledger.get(id);
    const sequence = createSequence(chaos, state === "paid");
    lines.set(id, { sequence, attempts: 0, genuine: 0 });
    const waitMs = sequence.delayMs + (sequence.isHolding() ? redeliveryMs : 0);
    if (waitMs === 0) return deliver(id);
    plan(id, waitMs);
    return Promise.resolve();
  }

  function deliver(id: string, isReleased = false): Promise<void> {
    unplan(id);
    const ended = round(id, isReleased).then((next) => {
      inFlight.delete(id);
      if (next !== null && !closing.signal.aborted) plan(id, next);
    });
    inFlight.set(id, ended);
    return ended;
  }

  /** Sends one callback, and then the one that waited for it. Resolves to the milliseconds until the next. */
  async function round(id: string, isReleased: boolean): Promise<number | null> {
    const { sequence } = lines.get(id)!;
    const next = isReleased ? null : await sendStep(id, sequence.next());
    const held = sequence.release();
    return held === null ? next : sendStep(id, held);
  }

  async function sendStep(id: string, step: CallbackStep): Promise<number | null> {
    const payment = ledger.get(id);
    const line = lines.get(id)!;
    const isGenuine = step.content === "genuine";
    const isLast = () => step.isEndless || (isGenuine && !line.sequence.hasFalseCallbacks());
    const verdicts = await transmit(payment, step, line, isLast, { ...parts, closing: closing.signal });
    if (verdicts.some(({ kind }) => kind !== "not_sent")) releaseOthers(id);
    const way = verdicts.find((verdict) => verdict.kind === "accepted" && verdict.redirectUrl !== null);
    if (isGenuine && way?.kind === "accepted" && payment.returnTo === null)
      ledger.change(id, { returnTo: way.redirectUrl });
    return nextInMs(worst(verdicts));
  }

  /** Sends the callbacks of other payments that wait for this one to go first. */
  function releaseOthers(by: string): void {
    for (const [id, { sequence }] of lines) {
      if (id !== by && sequence.isHolding() && !inFlight.has(id) && !closing.signal.aborted) void deliver(id, true);
    }
  }

  function plan(id: string, delayMs: number): void {
    let isDue = true;
    ledger.change(id, { nextCallbackAt: new Date(clock.now() + delayMs).toISOString() });
    const run = (): Promise<void> | undefined => {
      // A scheduler that fires late or twice must not change the order.
      if (!isDue || closing.signal.aborted) return;
      isDue = false;
      return deliver(id);
    };
    const cancel = schedule(run, delayMs);
    if (isDue) planned.set(id, cancel);
  }

  function unplan(id: string): void {
    planned.get(id)?.();
    planned.delete(id);
    ledger.change(id, { nextCallbackAt: null });
  }

  async function idle(id?: string): Promise<void> {
    if (id !== undefined) return inFlight.get(id);
    while (inFlight.size > 0) await Promise.allSettled(inFlight.values());
  }

  function cancelAll(): void {
    for (const cancel of planned.values()) cancel();
    planned.clear();
  }

  return {
    start: begin,
    async resend(id) {
      if (ledger.get(id).state === "open") {
        throw failure("not_finished", `Payment ${id} is still open, so there is no callback to send`);
      }
      await inFlight.get(id);
      return deliver(id);
    },
    replan(id) {
      const line = lines.get(id);
      const { chaos, state } = ledger.get(id);
      if (line !== undefined) line.sequence = createSequence(chaos, state === "paid");
    },
    idle,
    async reset() {
      cancelAll();
      await idle();
      cancelAll();
      lines.clear();
    },
    async close() {
      closing.abort();
      cancelAll();
      await Promise.allSettled(inFlight.values());
    },
  };
}
