import assert from "node:assert/strict";
import { type Call, isPayError, type ParsedCallback, type PaymentProvider } from "@pay/core/adapter";
import { callbackRequest } from "@pay/core/testing";
import type { Callback } from "../fixtures/places.ts";
import { assertParsed } from "../operations/assert-outcome.ts";
import { inTime, newCall } from "../subject.ts";

/**
 * Hands a callback to an adapter as the engine does. A method outside the traits and a `MALFORMED` error count as a refusal; any other
 * error fails the test.
 */
export async function deliver(
  provider: PaymentProvider,
  callback: Callback,
  call: Call = newCall(),
): Promise<ParsedCallback> {
  if (!provider.traits.callback.methods.includes(callback.method)) return refused("the method");
  try {
    const request = callbackRequest(callback);
    const parsed = await inTime(Promise.resolve(provider.receive(request, call)), "receive");
    assertParsed(parsed);
    return parsed;
  } catch (error) {
    if (isPayError(error) && error.code === "MALFORMED") return refused(error.message);
    if (error instanceof assert.AssertionError) throw error;
    // The error's text may quote a secret.
    const name = error instanceof Error ? error.name : typeof error;
    return assert.fail(`receive threw ${name} where it may throw nothing but a PayError MALFORMED`);
  }
}

export function refused(detail: string): ParsedCallback {
  return { kind: "refused", reason: "malformed", detail };
}

/** A short description of a parsed callback, for the message of a failing test. */
export function describeCallback(parsed: ParsedCallback): string {
  if (parsed.kind === "refused") return `refused as ${parsed.reason}`;
  return parsed.kind === "notification" ? `notification: ${parsed.reported.status}` : parsed.kind;
}

/** Fails if a callback about a payment or a refund was acknowledged and dropped: neither the shop nor a person would learn about the money. */
export function assertTold(parsed: ParsedCallback, what: string): void {
  assert.notEqual(parsed.kind, "ignored", `a callback ${what} is not ignored: report it as unrecognized, or refuse it`);
}

/** Fails unless the callback was refused. `what` continues "a callback". */
export function assertRefused(parsed: ParsedCallback, what: string): void {
  assert.equal(describeCallback(parsed).split(" ")[0], "refused", `refused is a callback ${what}`);
}
