import { createCall, type Sent } from "../adapter-kit/http.ts";
import type { Call } from "../contract/provider.ts";
import type { Clock } from "../contract/runtime.ts";
import { createDeadline } from "./deadline.ts";

/**
 * One question to a gateway, within its time in milliseconds; rejects where the adapter throws.
 *
 * @param heard is told of what is sent for it
 */
export async function callGateway<T>(
  clock: Clock,
  milliseconds: number,
  ask: (call: Call) => Promise<T>,
  heard?: (sent: Sent) => void,
): Promise<T | "time is up"> {
  const deadline = createDeadline(clock, milliseconds);
  try {
    return await Promise.race([ask(createCall(deadline.signal, () => clock.now(), heard)), deadline.passed]);
  } finally {
    deadline.clear();
  }
}

/** What the answer comes to where there was none in time: nobody knows. */
export function orUnknown<T extends object>(
  answer: T | "time is up",
): T | { readonly kind: "unknown"; readonly cause: Error } {
  return typeof answer === "string" ? { kind: "unknown", cause: new Error("time is up") } : answer;
}
