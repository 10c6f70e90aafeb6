import type { CallbackStep } from "../chaos/sequence.ts";
import { requestMessage } from "../exchanges/bytes.ts";
import type { ExchangeLog } from "../exchanges/log.ts";
import type { SimulatorClock } from "./clock.ts";
import { type ComposeParts, composeCallback } from "./compose-callback.ts";
import type { CallbackRequest, SimulatedPayment, Verdict } from "./model.ts";
import { type Sent, send } from "./send.ts";
import { withNext } from "./verdict.ts";

export interface TransmitParts extends ComposeParts {
  readonly clock: SimulatorClock;
  readonly exchanges: ExchangeLog;
  /** Milliseconds until the next callback if a false one is not the last. */
  readonly redeliveryMs: number;
  /** Milliseconds that the shop has for a complete answer. */
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
}

/** How far the callbacks of one payment have come. */
export interface Progress {
  /** Callbacks recorded. */
  attempts: number;
  /** Genuine ones among them. */
  genuine: number;
}

const NO_ADDRESS: Sent = { kind: "failed", reason: "no notification address is set for the shop" };

/**
 * Sends one step of a payment's callbacks, all copies at once, and records them. `isLast` returns true if nothing follows
 * that the gateway itself would not send. Resolves to the verdict on each copy.
 */
export async function transmit(
  payment: SimulatedPayment,
  step: CallbackStep,
  progress: Progress,
  isLast: () => boolean,
  parts: TransmitParts,
): Promise<readonly Verdict[]> {
  const { clock, closing, gateways, redeliveryMs, timeoutMs } = parts;
  const startedAt = clock.iso();
  const composed = composeCallback(step.content, payment, parts);
  const isGenuine = step.content === "genuine";
  if (isGenuine) progress.genuine++;
  const log = (request: CallbackRequest | null, sent: Sent, verdict: Verdict): void =>
    record({ payment, step, startedAt, attempt: ++progress.attempts, request, sent, verdict }, parts);

  if (composed.kind === "nothing") {
    const { reason } = composed;
    const verdict: Verdict = { kind: "not_sent", nextInMs: step.isEndless ? null : redeliveryMs, reason };
    log(null, { kind: "failed", reason }, verdict);
    return [verdict];
  }
  const { request } = composed;
  const sendOnce = () => send(request!, { timeoutMs, closing });
  const sent = request === null ? [NO_ADDRESS] : await Promise.all(Array.from({ length: step.copies }, sendOnce));
  const verdicts = sent.map((one): Verdict => {
    if (closing.aborted) return { kind: "aborted" };
    const attempt = isGenuine ? progress.genuine : progress.attempts + 1;
    const verdict = gateways.of(payment).judgeAnswer(payment, one, attempt);
    return isLast() ? verdict : withNext(verdict, redeliveryMs);
  });
  // Together and in order, whichever answer arrived first, so that the same run has the same log.
  sent.forEach((one, index) => void log(request, one, verdicts[index]!));
  return verdicts;
}

interface Delivered {
  readonly payment: SimulatedPayment;
  readonly step: CallbackStep;
  readonly startedAt: string;
  readonly attempt: number;
  readonly request: CallbackRequest | null;
  readonly sent: Sent;
  readonly verdict: Verdict;
}

function record(
  { attempt, payment, request, sent, startedAt, step, verdict }: Delivered,
  { exchanges, ledger }: TransmitParts,
): void {
  const answered = sent.kind === "answered" ? sent : null;
  const error = sent.kind === "failed" ? sent.reason : null;
  const common = { payment: payment.id, attempt, startedAt, error, chaos: step.chaos, verdict };
  ledger.log({ ...common, request, response: answered?.response ?? null });
  exchanges.add({
    ...common,
    kind: "callback",
    gateway: payment.gateway,
    request: request && requestMessage(request),
    response: answered?.message ?? null,
  });
}
