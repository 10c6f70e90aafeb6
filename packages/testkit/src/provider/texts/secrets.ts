import assert from "node:assert/strict";
import { inspect } from "node:util";
import { CALLBACK_TOKEN, type Subject } from "../subject.ts";

/** Secrets of the adapter: nothing it gives back may show them. */
export function secretsOf({ fixtures }: Subject): readonly string[] {
  const { proof } = fixtures.callbacks;
  return [...fixtures.secrets, ...(proof?.keys.accepted ?? [])];
}

/** Other private texts: the buyers of the checkouts, and the token of the callback address. */
export function privateTexts({ fixtures }: Subject): readonly string[] {
  const buyers = fixtures.create.requests.flatMap(({ buyer: { email, ip } }) => [email, ip]);
  return [...buyers.filter((text) => text !== undefined), CALLBACK_TOKEN];
}

/** Fails if a thing shows one of the texts, at any depth and in any encoding. */
export function assertHides(thing: unknown, texts: readonly string[], what: string): void {
  const shown = shownOf(thing);
  for (const [at, text] of texts.entries()) {
    const isShown = spellings(text).some((spelling) => shown.includes(spelling));
    // The text itself is not repeated here: test reports are read by many.
    assert.ok(!isShown, `${what} shows nothing private (number ${at + 1} of the texts that were looked for)`);
  }
}

function shownOf(thing: unknown): string {
  const whole = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true } as const;
  const unbroken = { maxArrayLength: null, maxStringLength: null, breakLength: Number.POSITIVE_INFINITY } as const;
  const json = typeof thing === "function" ? "" : JSON.stringify(thing, errorsToo());
  return `${inspect(thing, { ...whole, ...unbroken })}\n${json}`;
}

function errorsToo() {
  const seen = new Set<unknown>();
  return (_: string, value: unknown): unknown => {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return undefined;
    seen.add(value);
    return value instanceof Error ? { message: value.message, stack: value.stack, cause: value.cause } : value;
  };
}

function spellings(text: string): readonly string[] {
  const form = new URLSearchParams({ text }).toString().slice("text=".length);
  const base64 = Buffer.from(text).toString("base64").replace(/=+$/, "");
  return [text, encodeURIComponent(text), form, JSON.stringify(text).slice(1, -1), base64];
}
