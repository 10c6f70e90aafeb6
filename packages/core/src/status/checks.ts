import type { StatusCheck } from "../contract/store.ts";
import { className } from "../model/errors.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { giveUpRefunds } from "../refunds/refund.ts";
import { providerOf, type RefreshDeps, refreshFromProvider } from "./refresh.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds between one question and the next, while the gateway does not know yet; after the last one the sweep asks. */
export const STATUS_CHECK_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];
/** Longer than a gateway may take, so that only what a dead process asked is asked by another. */
const LEASE = 30 * SECOND;
/** Questions at once: a gateway that thinks long keeps few other ones' payments waiting. */
const AT_ONCE = 50;
/** Longest time between looks: what a process leaves behind that dies wakes nobody here. */
const NAP = 30 * SECOND;

export interface StatusChecks {
  /** There is a gateway to be asked. */
  wake(): void;
  /** Asks no more, and waits for what is being asked. */
  stop(): Promise<void>;
}

/** Asks gateways what became of payments, as committed, until they know: any number of processes may. */
export function startStatusChecks(deps: RefreshDeps): StatusChecks {
  const { clock, logger, store } = deps;
  const running = new Set<Promise<void>>();
  let stopped = false;
  let sleeping = new AbortController();
  /** When there is something to ask again, as far as this process knows. */
  let next = 0;
  const wake = () => sleeping.abort("awake");

  async function round(): Promise<void> {
    sleeping = new AbortController();
    const now = clock.now();
    if (next <= now) next = now + NAP;
    const free = AT_ONCE - running.size;
    const statusChecks = free === 0 ? [] : await store.leaseStatusChecks(now, now + LEASE, free);
    for (const ask of statusChecks) start(ask);
    await clock.sleep(Math.min(NAP, next - clock.now()), sleeping.signal);
  }

  function start(ask: StatusCheck): void {
    const statusChecks = answer(deps, ask).then((delay) => {
      running.delete(statusChecks);
      next = Math.min(next, clock.now() + delay);
      wake();
    });
    running.add(statusChecks);
  }

  const loop = (async () => {
    while (!stopped) {
      try {
        await round();
      } catch (error) {
        logger.error("What gateways are to be asked could not be read; it goes on.", { error: className(error) });
        await clock.sleep(NAP, sleeping.signal);
      }
    }
    await Promise.all(running);
  })();

  return {
    wake,
    stop() {
      stopped = true;
      wake();
      return loop;
    },
  };
}

/** The lines that an answer leaves. */
const ANSWERS: readonly string[] = ["succeeded", "failed", "pending", "reversed", "unrecognized"];

/** Gives the milliseconds until it is asked again. Never rejects: what fails is asked again when the lease is over. */
async function answer(deps: RefreshDeps, ask: StatusCheck): Promise<number> {
  const { clock, logger, store } = deps;
  try {
    const record = await store.payment(ask.paymentId);
    const isDone = record === undefined || (await isAnswered(deps, record));
    const delay = isDone ? undefined : STATUS_CHECK_DELAYS_MS[ask.attempt - 1];
    await store.finishStatusCheck(ask, delay === undefined ? undefined : clock.now() + delay);
    return delay ?? NAP;
  } catch (error) {
    logger.error("The answer of a gateway was not stored.", { paymentId: ask.paymentId, error: className(error) });
    return LEASE;
  }
}

/** Whether there is nothing left to ask for. A gateway may notify before its own answer changes. */
async function isAnswered(deps: RefreshDeps, record: PaymentRecord): Promise<boolean> {
  const refundsDone = await giveUpRefunds(deps, record);
  if (!(await isStatusWanted(deps, record))) return refundsDone;
  const answer = await refreshFromProvider(deps, record);
  if (answer === undefined || !("record" in answer.recorded)) return false;
  const { recorded, status } = answer;
  const { state } = recorded.record.payment;
  const isNews = recorded.kind !== "duplicate" && status !== "pending" && !OPEN_STATES.includes(state);
  return refundsDone && (state === "succeeded" || isNews);
}

/** Whether the gateway is to be asked about the payment, and not only a refund of it to be looked after. */
async function isStatusWanted(deps: RefreshDeps, { payment, refunds }: PaymentRecord): Promise<boolean> {
  if (providerOf(deps, payment)?.retrieve === undefined) return false;
  if (refunds === undefined || payment.state !== "succeeded") return true;
  const facts = (await deps.store.history(payment.id)).map(({ fact }) => fact.kind);
  return facts.lastIndexOf("check_status") > facts.findLastIndex((kind) => ANSWERS.includes(kind));
}
