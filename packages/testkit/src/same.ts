import assert from "node:assert/strict";

/**
 * Deep equality in which a missing field differs from an `undefined` one. Prototypes of plain objects do not count:
 * some runners give each test file a realm, and with it an `Object` of its own.
 */
export function same(actual: unknown, expected: unknown, message?: string): void {
  try {
    assert.deepStrictEqual(plain(actual), plain(expected));
  } catch (error) {
    if (message === undefined || !(error instanceof assert.AssertionError)) throw error;
    const { operator } = error;
    throw new assert.AssertionError({ message: `${message}\n${error.message}`, actual, expected, operator });
  }
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain);
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)])) : value;
}
