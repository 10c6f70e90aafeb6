import { type Course, createCourse, type Step } from "./chaos/course.ts";
import { type DistortParts, say } from "./chaos/distort.ts";
import type { SimulatorClock } from "./clock.ts";
import { requestMessage } from "./exchange/bytes.ts";
import type { ExchangeLog } from "./exchange/log.ts";
import { failure } from "./failure.ts";
import type { CallbackRequest, SimulatedPayment, Verdict } from "./ledger.ts";
import type { Schedule } from "./options.ts";
import { type Sent, send } from "./send.ts";
import { followed, untilNext, worst } from "./verdict.ts";

/** How one gateway calls the shop and what it makes of the answer. */
export interface CallbackPlan {
  /** Null when no address is known yet. `secretKey` takes the place of the shop's. */
  request(payment: SimulatedPayment, secretKey?: string): CallbackRequest | null;
  /** `attempt` counts the callbacks that told the truth, from 1. */
  judge(payment: SimulatedPayment, sent: Sent, attempt: number): Verdict;
}

export interface DeliveryParts extends DistortParts {
  readonly clock: SimulatorClock;
  readonly exchanges: ExchangeLog;
  readonly schedule: Schedule;
  /** Milliseconds until what is still owed after a false callback. */
  readonly redelivery: number;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Sends callbacks, per payment strictly one after the other, but for the copies that chaos has sent at once. */
export interface Delivery {
  /**
   * Sends the first callback of a finished payment and plans the rest; resolves when the first one has ended, at once when
   * chaos has it that the first one is late.
   */
  start(id: string): Promise<void>;
  /** Sends what comes next now, after the one in flight. Throws `not_finished` for an open payment. */
  resend(id: string): Promise<void>;
  /** What is still to come follows the payment's chaos as it is now. */
  replan(id: string): void;
  /** Resolves when the delivery in flight has ended, at once when there is none. */
  settled(id: string): Promise<void>;
  /** Resolves when no delivery is in flight. */
  idle(): Promise<void>;
  /** Cancels what is planned and waits for what is in flight; afterwards as new. */
  reset(): Promise<void>;
  /** Cancels what is planned, aborts what is in flight and waits for it to end. */
  close(): Promise<void>;
}

interface Line {
  course: Course;
  attempts: number;
  truths: number;
}

const NOWHERE: Sent = { kind: "failed", why: "no notification address is set for the shop" };

export function createDelivery(parts: DeliveryParts): Delivery {
  const { clock, exchanges, ledger, plans, redelivery, schedule, timeout } = parts;
  const lines = new Map<string, Line>();
  const inFlight = new Map<string, Promise<void>>();
  const planned = new Map<string, () => void>();
  const closing = new AbortController();

  function begin(id: string): Promise<void> {
    const { chaos, state } = ledger.get(id);
    const course = createCourse(chaos, state === "paid");
    lines.set(id, { course, attempts: 0, truths: 0 });
    const wait = course.delay + (course.isHolding() ? redelivery : 0);
    if (wait === 0) return deliver(id);
    plan(id, wait);
    return Promise.resolve();
  }

  function deliver(id: string, isOvertaken = false): Promise<void> {
    unplan(id);
    const ended = round(id, isOvertaken).then((next) => {
      inFlight.delete(id);
      if (next !== null && !closing.signal.aborted) plan(id, next);
    });
    inFlight.set(id, ended);
    return ended;
  }

  /** One callback, and after it the one it has overtaken. Resolves to the milliseconds until the next. */
  async function round(id: string, isOvertaken: boolean): Promise<number | null> {
    const { course } = lines.get(id)!;
    const next = isOvertaken ? null : await transmit(id, course.next());
    const held = course.release();
    return held === null ? next : transmit(id, held);
  }

  /** The callbacks of others that wait to be overtaken have been, by this payment's. */
  function overtake(by: string): void {
    for (const [id, { course }] of lines) {
      if (id !== by && course.isHolding() && !inFlight.has(id) && !closing.signal.aborted) void deliver(id, true);
    }
  }

  function plan(id: string, delay: number): void {
    let due = true;
    ledger.change(id, { nextCallbackAt: new Date(clock.now() + delay).toISOString() });
    const run = (): Promise<void> | undefined => {
      // A scheduler that fires late, or twice, must not break the order.
      if (!due || closing.signal.aborted) return;
      due = false;
      return deliver(id);
    };
    const cancel = schedule(run, delay);
    if (due) planned.set(id, cancel);
  }

  function unplan(id: string): void {
    planned.get(id)?.();
    planned.delete(id);
    ledger.change(id, { nextCallbackAt: null });
  }

  async function transmit(id: string, step: Step): Promise<number | null> {
    const payment = ledger.get(id);
    const line = lines.get(id)!;
    const at = clock.iso();
    const said = say(step.say, payment, parts);
    const isTrue = step.say === "truth";
    if (isTrue) line.truths++;
    const log = (request: CallbackRequest | null, sent: Sent, verdict: Verdict): void => {
      const answered = sent.kind === "answered" ? sent : null;
      const common = {
        payment: id,
        attempt: ++line.attempts,
        at,
        error: sent.kind === "failed" ? sent.why : null,
        chaos: step.chaos,
        verdict,
      };
      ledger.log({ ...common, request, response: answered?.response ?? null });
      exchanges.add({
        ...common,
        kind: "callback",
        gateway: payment.gateway,
        request: request && requestMessage(request),
        response: answered?.message ?? null,
      });
    };

    if (said.kind === "nothing") {
      const verdict: Verdict = { kind: "not_sent", in: step.isEndless ? null : redelivery, why: said.why };
      log(null, { kind: "failed", why: said.why }, verdict);
      return untilNext(verdict);
    }
    const { request } = said;
    const sendOnce = () => send(request!, { timeout, closing: closing.signal });
    const sent = request === null ? [NOWHERE] : await Promise.all(Array.from({ length: step.copies }, sendOnce));
    const isLast = step.isEndless || (isTrue && !line.course.owes());
    const verdicts = sent.map((one): Verdict => {
      if (closing.signal.aborted) return { kind: "aborted" };
      const verdict = plans[payment.gateway].judge(payment, one, isTrue ? line.truths : line.attempts + 1);
      return isLast ? verdict : followed(verdict, redelivery);
    });
    // Together and in order, whichever was answered first: the same run has the same log.
    sent.forEach((one, index) => void log(request, one, verdicts[index]!));
    overtake(id);
    const way = verdicts.find((verdict) => verdict.kind === "accepted" && verdict.redirectUrl !== null);
    if (isTrue && way?.kind === "accepted" && payment.returnTo === null)
      ledger.change(id, { returnTo: way.redirectUrl });
    return untilNext(worst(verdicts));
  }

  async function idle(): Promise<void> {
    while (inFlight.size > 0) await Promise.allSettled(inFlight.values());
  }

  function cancelAll(): void {
    for (const cancel of planned.values()) cancel();
    planned.clear();
  }

  return {
    start: begin,
    async resend(id) {
      if (ledger.get(id).state === "open")
        throw failure("not_finished", `Payment ${id} is open: there is nothing to tell`);
      await inFlight.get(id);
      return deliver(id);
    },
    replan(id) {
      const line = lines.get(id);
      const { chaos, state } = ledger.get(id);
      if (line !== undefined) line.course = createCourse(chaos, state === "paid");
    },
    settled: (id) => inFlight.get(id) ?? Promise.resolve(),
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
