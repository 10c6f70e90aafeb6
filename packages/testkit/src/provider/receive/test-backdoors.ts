import assert from "node:assert/strict";
import { type Callback, literal, textAt, write } from "../fixtures/places.ts";
import { claimOf, each, recordedOf } from "../fixtures/recorded-callbacks.ts";
import { wordsOf } from "../manifest/sources.ts";
import { carriesNoProof, hasOwnAddresses, type Subject } from "../subject.ts";
import { oneChanged } from "../texts/almost-equal.ts";
import { assertRefused, deliver } from "./deliver.ts";
import { isForm, placesIn } from "./test-kept-texts.ts";

const NAMES = ["debug", "test", "testing", "test_mode", "sandbox", "dev", "demo", "mode", "env", "admin", "internal"];
const MORE_NAMES = [
  "trusted",
  "verified",
  "skip",
  "force",
  "bypass",
  "no_verify",
  "skip_signature",
  "x-debug",
  "x-test",
];
const VALUES = ["1", "true", "yes", "on", "test", "debug", "sandbox", "dev"];

/**
 * Tests that nothing in a callback takes the place of its proof: no field that was left in for debugging, and no text in a field that it
 * has. Names and texts are common ones and every word of the adapter's sources; no test finds a text that the adapter computes.
 */
export function testBackdoors(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { texts, words } = wordsOf(fixtures.sources);
  const names = [...new Set([...NAMES, ...MORE_NAMES, ...texts, ...words])].filter((name) => name !== "__proto__");
  const values = [...new Set([...VALUES, ...texts])];
  check("believes no callback for a field or a text that takes the place of its proof", async () => {
    await each(oneOfEachKind(subject), async ({ callback }) => {
      for (const forged of unproved(subject, callback)) {
        for (const changed of changes(forged, names, values)) {
          const parsed = await deliver(provider, changed);
          if (carriesNoProof(provider)) assert.equal(claimOf(parsed), undefined, "it claims nothing");
          else assertRefused(parsed, "without its proof");
        }
      }
    });
  });
}

function oneOfEachKind(subject: Subject) {
  const kinds = new Set<string>();
  return recordedOf(subject).filter(({ gives }) => !kinds.has(gives.kind) && kinds.add(gives.kind));
}

/** The callback without its proof, and with one that is almost right: some code looks only whether there is one. */
function unproved({ fixtures, provider }: Subject, callback: Callback): readonly Callback[] {
  const { proof } = fixtures.callbacks;
  if (proof !== undefined) {
    const wrong = oneChanged(textAt(callback, proof.at)).slice(0, 1);
    return [undefined, ...wrong.map((text) => literal(proof.at, text))].map((text) => write(callback, proof.at, text));
  }
  if (!hasOwnAddresses(provider)) return [callback];
  const { paymentId: _, ...stray } = callback;
  return [stray];
}

function* changes(callback: Callback, names: readonly string[], values: readonly string[]): Generator<Callback> {
  const places = placesIn(callback);
  for (const text of values) {
    yield* withFields(callback, names, text);
    for (const place of places) yield write(callback, place, literal(place, text));
  }
}

/** The callback with all these fields, where it does not have them: in its address and its headers, or in its body. */
function withFields(callback: Callback, names: readonly string[], text: string): readonly Callback[] {
  const { body, headers, query } = callback;
  const tokens = names.map((name) => name.toLowerCase()).filter((name) => /^[a-z0-9_-]+$/.test(name));
  const added = /^[\x20-\x7e]*$/.test(text) ? Object.fromEntries(tokens.map((name) => [name, text])) : {};
  const around = { ...callback, query: withParams(query, names, text), headers: { ...added, ...headers } };
  const own = objectIn(body.toString());
  if (own === undefined) {
    const form = Buffer.from(withParams(body.toString(), names, text));
    return [around, ...(isForm(body.toString()) ? [{ ...callback, body: form }] : [])];
  }
  const values = [text, ...(/^(?:true|[1-9]\d{0,8})$/.test(text) ? [JSON.parse(text)] : [])];
  const bodies = values.map((value) => ({ ...Object.fromEntries(names.map((name) => [name, value])), ...own }));
  return [around, ...bodies.map((json) => ({ ...callback, body: Buffer.from(JSON.stringify(json)) }))];
}

function withParams(encoded: string, names: readonly string[], text: string): string {
  const own = new URLSearchParams(encoded);
  const added = new URLSearchParams(
    names.filter((name) => !own.has(name)).map((name): [string, string] => [name, text]),
  );
  return [encoded, added.toString()].filter(Boolean).join("&");
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
