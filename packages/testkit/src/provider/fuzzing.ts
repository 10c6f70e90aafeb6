import assert from "node:assert/strict";
import type { ParsedCallback } from "@pay/core/adapter";
import fc from "fast-check";
import { deliver } from "./delivering.ts";
import { type Callback, literal, type Place } from "./places.ts";
import { authentic, claimOf, proved, recordedOf, withPlace } from "./recorded.ts";
import { isUnauthenticated, type Subject } from "./subject.ts";

/** What nobody documented is refused or kept for a person, and never throws. */
export function fuzzing(subject: Subject): void {
  garbage(subject);
  provedGarbage(subject);
}

const RUNS = 200;

/** Tries the examples, then as many as chance brings. Fails with the shortest that was found, and the seed that finds it again. */
export async function holds<T>(
  values: fc.Arbitrary<T>,
  run: (value: T) => Promise<void>,
  examples: readonly T[] = [],
): Promise<void> {
  const tried = { numRuns: RUNS + examples.length, examples: examples.map((one): [T] => [one]) };
  const result = await fc.check(fc.asyncProperty(values, run), tried);
  if (result.failed) assert.fail(await fc.asyncDefaultReportMessage(result));
}

const TEXTS = ["", "%", "__proto__", "constructor", "a\r\nb", "\u0000", "\ud83d\ude00", "x".repeat(70_000)];
const JSONS = [
  "null",
  "[]",
  "{}",
  "1e400",
  '{"a":1,"a":2}',
  '{"__proto__":{"status":"paid"}}',
  "\ufeff{}",
  "[".repeat(20_000),
];

/** Whatever a text can be. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).map((one) => one.toWellFormed()),
  fc.constantFrom(...TEXTS),
);
/** Whatever JSON can be, and what is almost JSON. */
export const json: fc.Arbitrary<string> = fc.oneof(fc.json({ maxDepth: 4 }), fc.constantFrom(...JSONS));
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));

/** Names as the recorded callbacks have them, so that what is made up gets past the first look. */
function namesOf(subject: Subject): readonly string[] {
  const { places, proof } = subject.fixtures.callbacks;
  const all = [...Object.values(places), ...(proof === undefined ? [] : [proof.at])];
  return all.flatMap((place) => (place.in === "elsewhere" ? [] : [place.name]));
}

function paramsOf(subject: Subject): fc.Arbitrary<string> {
  const name = fc.constantFrom("id", "status", "amount", "sign", "constructor", ...namesOf(subject));
  const well = fc.array(fc.tuple(name, text), { maxLength: 8 }).map((all) => new URLSearchParams(all).toString());
  return fc.oneof(
    well,
    fc.string({ maxLength: 60 }),
    fc.constantFrom("%", "%ff=%ff", "a=%00", "&&=&", "a".repeat(60_000)),
  );
}

/** Callbacks by a method of the gateway's, to a payment's own address where there are such, with anything in them. */
function anything(subject: Subject): fc.Arbitrary<Callback> {
  const [first] = recordedOf(subject);
  const params = paramsOf(subject);
  const body = fc.oneof(
    bytes,
    json.map((one) => Buffer.from(one)),
    params.map((one) => Buffer.from(one)),
  );
  return fc.record({ query: params, body }).map((made) => ({ ...first!.callback, headers: {}, ...made }));
}

function garbage(subject: Subject): void {
  const { check, provider } = subject;
  check("believes nothing that is made up, and throws nothing but a PayError MALFORMED", async () => {
    await holds(anything(subject), async (callback) => {
      assertClaimsNothing(await deliver(provider, callback));
    });
  });
}

/** Whether garbage may lead to a question depends on what an ask takes to be believed. */
export function assertClaimsNothing(parsed: ParsedCallback): void {
  const claim = claimOf(parsed);
  assert.ok(claim === undefined || claim === "unrecognized", `garbage is not ${claim}`);
}

/** What comes with a valid proof is still read with care: a gateway has bugs as well, and keys leak. */
function provedGarbage(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  if (isUnauthenticated(provider)) return;
  check("believes nothing that is made up, though it is proved", async () => {
    await holds(anything(subject), async (callback) => {
      const signed = proved(subject, { ...callback, headers: recordedOf(subject)[0]!.callback.headers });
      const parsed = signed && (await deliver(provider, signed));
      // Where no status is said, what is proved is the news.
      if (parsed !== undefined && fixtures.callbacks.places.status !== undefined) assertClaimsNothing(parsed);
    });
  });

  const places = Object.values(fixtures.callbacks.places);
  const cases = places.flatMap((place) => withPlace(subject, place).map(({ callback }) => ({ callback, place })));
  if (cases.length === 0) return;
  check("survives every text in every place, though it is proved", async () => {
    const examples = cases.flatMap((one) => everything(one.place).map((said): Said => ({ ...one, said })));
    const made = fc
      .record({ one: fc.constantFrom(...cases), value: text, anyJson: json })
      .map(({ anyJson, one, value }): Said => ({ ...one, said: one.place.in === "json" ? anyJson : value }));
    await holds(
      made,
      async ({ callback, place, said }) => {
        const signed = canStand(place, said) ? authentic(subject, callback, place, said) : undefined;
        if (signed !== undefined) await deliver(provider, signed);
      },
      examples,
    );
  });
}

interface Said {
  readonly callback: Callback;
  readonly place: Place;
  readonly said: string | undefined;
}

/** All that is known to have made trouble, and nothing at all. */
function everything(place: Place): readonly (string | undefined)[] {
  const texts = TEXTS.map((one) => literal(place, one));
  return [undefined, ...texts, ...(place.in === "json" ? JSONS : [])];
}

/** Headers carry single bytes without line breaks, and the engine reads no more than 64 KiB. */
export function canStand(place: Place, value: string | undefined): boolean {
  return place.in !== "header" || value === undefined || /^[\t\x20-\x7e]{0,1000}$/.test(value);
}
