import type { StatusCheck } from "../contract/store.ts";
import type { HistoryEntry } from "../model/fact.ts";
import { sameMoney } from "../model/money.ts";
import { OPEN_STATES, type Payment } from "../model/payment.ts";
import type { StatusReport } from "../model/status-report.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Milliseconds between one question and the next while the gateway has no answer yet. After the last one a person is told, and the
 * questions go on, twice a day.
 */
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
const PLAN_MS = STATUS_CHECK_DELAYS_MS.reduce((sum, delayMs) => sum + delayMs);
/** Milliseconds between questions about an expired payment while money may still come. */
export const DAILY_MS: number = 24 * HOUR;
/** Failures in a row after which an old question is used up, although a later callback began its plan again. */
const RESTARTED = 4;

/** When to ask again. `attempts` counts the failures in a row: none after an answer. */
export interface Again {
  readonly delayMs: number;
  readonly attempts?: number;
}

/** The pause when the plan is used up. */
export const SLOW: Again = { delayMs: 12 * HOUR };

/** What a status check is about, as the history tells it. All times in Unix milliseconds. */
export interface Question {
  /** True if a callback said that something changed, and nothing has decided since what. */
  readonly isAsked: boolean;
  /** When the first such callback came, else when the check began. */
  readonly since: number;
  /** When the newest request wanted the gateway asked. */
  readonly began: number;
  /** Names the question: at most one review is open about each. */
  readonly round: number;
  /** True if a person was told that the gateway does not answer about this payment. */
  readonly isTold: boolean;
  /** True if a person closed such a review, or said what the outcome is, after the check was requested. */
  readonly isClosed: boolean;
}

const DECIDED: readonly string[] = ["succeeded", "failed", "reversed"];
/** A payment that is paid stays paid, whatever a gateway says: any answer is the last one. */
const ANSWERED: readonly string[] = [...DECIDED, "pending", "unrecognized"];

export function questionOf(history: readonly HistoryEntry[], payment: Payment, check: StatusCheck): Question {
  const { requestedFor: began, version } = check;
  const answers = payment.state === "succeeded" ? ANSWERED : DECIDED;
  const closed = history.findLastIndex((entry) => isClosing(entry, payment));
  const decided = history.findLastIndex(({ fact }) => answers.includes(fact.kind));
  const first = history.slice(Math.max(closed, decided) + 1).find(({ fact }) => fact.kind === "check_status");
  return {
    isAsked: first !== undefined,
    since: first?.at ?? began,
    began,
    round: first?.sequence ?? version,
    isTold: history.some(({ fact }) => fact.kind === "status_unknown"),
    isClosed: closed >= version,
  };
}

/** Whether a person closed a review of this kind with the entry, or said what the outcome is. Another amount decides nothing. */
function isClosing({ fact }: HistoryEntry, { amount }: Payment): boolean {
  if (fact.kind === "record") return fact.amount === undefined || sameMoney(fact.amount, amount);
  if (fact.kind !== "review" || fact.action === "note") return false;
  return fact.about === "status_unknown" || (fact.about === "unrecognized" && DECIDED.includes(fact.as ?? ""));
}

export function planned({ attempt }: StatusCheck): Again {
  const delayMs = STATUS_CHECK_DELAYS_MS[attempt - 1];
  return delayMs === undefined ? SLOW : { delayMs };
}

/** Whether the gateway failed to answer for as long as the plan lasts. */
export function isUsedUp({ since }: Question, { attempt }: StatusCheck, now: number): boolean {
  return attempt > STATUS_CHECK_DELAYS_MS.length || (attempt > RESTARTED && now >= since + PLAN_MS);
}

/** The gateway's answer, and the payment after it. */
export interface Answered {
  readonly payment: Payment;
  readonly status: StatusReport["status"];
  /** True if the gateway said the same before. */
  readonly isRepeated: boolean;
  /** Until when money may still come, as the adapter states it; 0 if it states nothing. */
  readonly mayComeUntil: number;
}

/** What follows an answer: nothing, a review, or another question. Pure. */
export function nextStep(
  { began, isAsked, since }: Question,
  { isRepeated, mayComeUntil, payment, status }: Answered,
  now: number,
): Again | "done" | "tell" {
  const again: Again = { delayMs: pauseAt(now - began), attempts: 0 };
  const isOld = now >= since + PLAN_MS;
  const isOpen = OPEN_STATES.includes(payment.state);
  switch (status) {
    case "pending":
      if (isOpen && now < payment.expiresAt) return again;
      if (now < mayComeUntil) return isAsked ? again : { ...again, delayMs: Math.min(DAILY_MS, mayComeUntil - now) };
      // A callback without proof leaves no line, so the check itself is all that tells of it.
      if (!isAsked) return now < began + PLAN_MS ? again : "done";
      return isOld ? "tell" : again;
    case "unrecognized":
      return isOld ? "tell" : again;
    default:
      // What the gateway repeats may be about to change: a new callback said so, however old the first one is.
      return payment.state === "succeeded" || (!isOpen && !isRepeated) || now >= began + PLAN_MS ? "done" : again;
  }
}

/** The pause of the plan that follows when its question is this old. */
function pauseAt(ageMs: number): number {
  let end = 0;
  const delayMs = STATUS_CHECK_DELAYS_MS.find((pauseMs) => {
    end += pauseMs;
    return ageMs < end;
  });
  return delayMs ?? SLOW.delayMs;
}
