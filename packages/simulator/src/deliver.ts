import type { CallbackRequest, Ledger, SimulatedPayment, Verdict } from "./ledger.ts";
import type { Schedule } from "./options.ts";
import { type Sent, send } from "./send.ts";

/** How one gateway calls the shop and what it makes of the answer. */
export interface CallbackPlan {
  /** Null when no address is known yet. */
  request(payment: SimulatedPayment): CallbackRequest | null;
  judge(payment: SimulatedPayment, sent: Sent, attempt: number): Verdict;
}

export interface DeliveryParts {
  readonly ledger: Ledger;
  readonly plans: Readonly<Record<SimulatedPayment["gateway"], CallbackPlan>>;
  readonly schedule: Schedule;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Sends callbacks, per payment strictly one after the other. */
export interface Delivery {
  /** Sends the first callback of a finished payment and plans the rest; resolves when the first one has ended. */
  start(id: string): Promise<void>;
  /** Resolves when the delivery in flight has ended, at once when there is none. */
  settled(id: string): Promise<void>;
  /** Cancels what is planned, aborts what is in flight and waits for it to end. */
  close(): Promise<void>;
}

const NOWHERE: Sent = { kind: "failed", why: "no notification address is set for the shop" };

export function createDelivery({ ledger, plans, schedule, timeout }: DeliveryParts): Delivery {
  const inFlight = new Map<string, Promise<void>>();
  const planned = new Map<string, () => void>();
  const closing = new AbortController();

  function deliver(id: string, attempt: number): Promise<void> {
    const ended = attemptOnce(id, attempt).then((next) => {
      inFlight.delete(id);
      if (next !== null && !closing.signal.aborted) plan(id, attempt + 1, next);
    });
    inFlight.set(id, ended);
    return ended;
  }

  function plan(id: string, attempt: number, delay: number): void {
    let due = true;
    const run = (): void => {
      // A scheduler that fires late, or twice, must not break the order.
      if (!due || closing.signal.aborted) return;
      due = false;
      planned.delete(id);
      void deliver(id, attempt);
    };
    const cancel = schedule(run, delay);
    if (due) planned.set(id, cancel);
  }

  async function attemptOnce(id: string, attempt: number): Promise<number | null> {
    const payment = ledger.get(id);
    const gateway = plans[payment.gateway];
    const at = new Date().toISOString();
    const request = gateway.request(payment);
    const sent = request === null ? NOWHERE : await send(request, { timeout, closing: closing.signal });
    const verdict: Verdict = closing.signal.aborted ? { kind: "aborted" } : gateway.judge(payment, sent, attempt);
    ledger.log({
      payment: id,
      attempt,
      at,
      request,
      response: sent.kind === "answered" ? sent.response : null,
      error: sent.kind === "failed" ? sent.why : null,
      verdict,
    });
    if (verdict.kind === "accepted" && verdict.redirectUrl !== null && payment.returnTo === null) {
      ledger.change(id, { returnTo: verdict.redirectUrl });
    }
    return untilNext(verdict);
  }

  return {
    start: (id) => deliver(id, 1),
    settled: (id) => inFlight.get(id) ?? Promise.resolve(),
    async close() {
      closing.abort();
      for (const cancel of planned.values()) cancel();
      planned.clear();
      await Promise.allSettled(inFlight.values());
    },
  };
}

function untilNext(verdict: Verdict): number | null {
  switch (verdict.kind) {
    case "accepted":
      return verdict.repeatIn;
    case "will_retry":
    case "no_redirect":
      return verdict.in;
    case "aborted":
      return null;
    default:
      return verdict satisfies never;
  }
}
