import assert from "node:assert/strict";
import { type Call, isPayError, type ParsedCallback, type PaymentProvider } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";
import type { Callback } from "../fixtures/places.ts";
import { inTime, newCall } from "../subject.ts";

/**
 * Hands an adapter a callback as the engine would: only by the methods of its traits, only readable queries, the payment only
 * where addresses are per payment. A `MALFORMED` that it throws is a refusal; any other throw fails.
 */
export async function deliver(
  provider: PaymentProvider,
  callback: Callback,
  call: Call = newCall(),
): Promise<ParsedCallback> {
  if (!provider.traits.callback.methods.includes(callback.method)) return refused("the method");
  try {
    const request = callbackRequest(callback);
    return await inTime(Promise.resolve(provider.receive(request, call)), "receive");
  } catch (error) {
    if (isPayError(error) && error.code === "MALFORMED") return refused(error.message);
    if (error instanceof assert.AssertionError) throw error;
    // Not its text, which may quote a secret.
    const name = error instanceof Error ? error.name : typeof error;
    return assert.fail(`receive threw ${name} where it may throw nothing but a PayError MALFORMED`);
  }
}

export function refused(detail: string): ParsedCallback {
  return { kind: "refused", reason: "malformed", detail };
}

/** What a parsed callback says of its payment, for the message of a failing test. */
export function describeCallback(parsed: ParsedCallback): string {
  if (parsed.kind === "refused") return `refused as ${parsed.reason}`;
  return parsed.kind === "notification" ? `notification: ${parsed.reported.status}` : parsed.kind;
}

/** `what` continues "a callback". */
export function assertRefused(parsed: ParsedCallback, what: string): void {
  assert.equal(describeCallback(parsed).split(" ")[0], "refused", `refused is a callback ${what}`);
}
