import assert from "node:assert/strict";
import type { ParsedCallback } from "@pay/core/adapter";
import fc from "fast-check";
import type { Place } from "../fixtures/places.ts";
import { claimOf } from "../fixtures/recorded-callbacks.ts";

const RUNS = 200;

/** Runs the examples, then random values. A failure shows the shortest failing value, and the seed that reproduces it. */
export async function holds<T>(
  values: fc.Arbitrary<T>,
  run: (value: T) => Promise<void>,
  examples: readonly T[] = [],
): Promise<void> {
  const tried = { numRuns: RUNS + examples.length, examples: examples.map((one): [T] => [one]) };
  const result = await fc.check(fc.asyncProperty(values, run), tried);
  if (result.failed) assert.fail(await fc.asyncDefaultReportMessage(result));
}

export const TEXTS: readonly string[] = [
  "",
  "%",
  "__proto__",
  "constructor",
  "a\r\nb",
  "\u0000",
  "\ud83d\ude00",
  "x".repeat(70_000),
];
export const JSONS: readonly string[] = [
  "null",
  "[]",
  "{}",
  "1e400",
  '{"a":1,"a":2}',
  '{"__proto__":{"status":"paid"}}',
  "\ufeff{}",
  "[".repeat(20_000),
];

/** Any code point. The library's own unit "binary" first makes a map of all of them, which takes a second. */
const unit = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
/** Any text. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit, maxLength: 20 }).map((one) => one.toWellFormed()),
  fc.constantFrom(...TEXTS),
);
/** Any JSON, and texts that are almost JSON. */
export const json: fc.Arbitrary<string> = fc.oneof(fc.json({ maxDepth: 4 }), fc.constantFrom(...JSONS));
/** Fails if the adapter reads a status from garbage. Garbage may lead to a status check: the gateway's answer decides then. */
export function assertClaimsNothing(parsed: ParsedCallback): void {
  const claim = claimOf(parsed);
  assert.ok(claim === undefined || claim === "unrecognized", `garbage is not ${claim}`);
}

/** Headers carry single bytes without line breaks, and the engine reads no more than 64 KiB. */
export function canStand(place: Place, value: string | undefined): boolean {
  return place.in !== "header" || value === undefined || /^[\t\x20-\x7e]{0,1000}$/.test(value);
}
