import assert from "node:assert/strict";
import { parseProviderReference, storable } from "@pay/core/adapter";

/** Texts that a store refuses or that control a terminal. Code that cuts by length splits the last character of the last text. */
export const UNKEPT: readonly string[] = [
  "a\u0000b",
  "a\u001b[31mb",
  "a\r\nb",
  "x".repeat(201),
  `${"x".repeat(199)}\u{1f600}`,
];
/** The texts themselves might be personal, so no message repeats them. */
export function assertText(text: string | undefined): void {
  assert.ok(
    text === undefined || text === storable(text),
    "providerStatus, providerCode and details are storable: one line of 200 characters",
  );
}

export function assertName(providerReference: string | undefined): void {
  assert.ok(
    providerReference === undefined || parseProviderReference(providerReference) !== undefined,
    "a name is one line of 1 to 200 characters",
  );
}
