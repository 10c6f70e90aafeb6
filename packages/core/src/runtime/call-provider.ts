import { createCall, type Sent } from "../adapter-kit/http.ts";
import type { Call } from "../contract/provider.ts";
import type { Clock } from "../contract/runtime.ts";
import { createDeadline } from "./deadline.ts";

/**
 * Makes one call of an adapter to its gateway, with a deadline. Rejects if the adapter throws.
 *
 * @param report receives each HTTP request that the adapter sends
 * @param cut lets the time run out when it aborts
 */
export async function callProvider<T>(
  clock: Clock,
  timeoutMs: number,
  ask: (call: Call) => Promise<T>,
  report?: (sent: Sent) => void,
  cut?: AbortSignal,
): Promise<T | "time is up"> {
  const deadline = createDeadline(clock, timeoutMs);
  const expire = () => deadline.expire();
  cut?.addEventListener("abort", expire);
  try {
    return await Promise.race([ask(createCall(deadline.signal, () => clock.now(), report)), deadline.passed]);
  } finally {
    cut?.removeEventListener("abort", expire);
    deadline.clear();
  }
}

/** No answer in time means that the outcome is unknown. */
export function orUnknown<T extends object>(
  answer: T | "time is up",
): T | { readonly kind: "unknown"; readonly cause: Error } {
  return typeof answer === "string" ? { kind: "unknown", cause: new Error("time is up") } : answer;
}

// The messages of `send()`: a code in capitals, or one of a few fixed texts.
const REASON = /^(?:[A-Z][A-Z_]{2,59}|HTTP \d{3}(?: with an unreadable answer)?|time is up)$/;

/** The cause of a failed call as it may be stored and shown. Any other text can hold an address or a secret: its class stands for it. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  return REASON.test(cause.message) ? cause.message : cause.name;
}
