import assert from "node:assert/strict";
import type { Reception } from "@pay/core/adapter";
import fc from "fast-check";
import { assertRefused, deliver } from "./delivering.ts";
import { type Callback, literal, type Place, write } from "./places.ts";
import { authentic, claimOf, proved, recordedOf, withPlace } from "./recorded.ts";
import { isHearsay, type Subject } from "./subject.ts";

/** What nobody documented is refused or kept for a person, and never throws. */
export function fuzzing(subject: Subject): void {
  garbage(subject);
  provedGarbage(subject);
  unknownWords(subject);
}

const RUNS = 200;

/** Fails with the shortest example that was found, and the seed that finds it again. */
async function holds<T>(values: fc.Arbitrary<T>, run: (value: T) => Promise<void>): Promise<void> {
  const result = await fc.check(fc.asyncProperty(values, run), { numRuns: RUNS });
  if (result.failed) assert.fail(await fc.asyncDefaultReportMessage(result));
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).map((one) => one.toWellFormed()),
  fc.constantFrom(
    "",
    "%",
    "__proto__",
    "constructor",
    "toString",
    "a\r\nb",
    "\u0000",
    "\ud83d\ude00",
    "x".repeat(70_000),
  ),
);
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    "null",
    "[]",
    "{}",
    '{"a":1,"a":2}',
    '{"__proto__":{"status":"paid"}}',
    "\ufeff{}",
    "[".repeat(20_000),
  ),
);

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
function assertClaimsNothing(reception: Reception): void {
  const claim = claimOf(reception);
  assert.ok(claim === undefined || claim === "unmapped", `garbage is not ${claim}`);
}

/** What comes with a valid proof is still read with care: a gateway has bugs as well, and keys leak. */
function provedGarbage(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  if (isHearsay(provider)) return;
  check("believes nothing that is made up, though it is proved", async () => {
    await holds(anything(subject), async (callback) => {
      const signed = proved(subject, { ...callback, headers: recordedOf(subject)[0]!.callback.headers });
      const reception = signed && (await deliver(provider, signed));
      // Where no status is said, what is proved is the news.
      if (reception !== undefined && fixtures.callbacks.places.status !== undefined) assertClaimsNothing(reception);
    });
  });

  check("survives every text in every place, though it is proved", async () => {
    const places = Object.values(fixtures.callbacks.places);
    const cases = places.flatMap((place) => withPlace(subject, place).map(({ callback }) => ({ callback, place })));
    if (cases.length === 0) return;
    const made = fc.tuple(fc.constantFrom(...cases), fc.oneof(text, fc.constant(undefined)), json);
    await holds(made, async ([{ callback, place }, value, anyJson]) => {
      if (!canStand(place, value)) return;
      for (const one of place.in === "json" ? [anyJson, value && JSON.stringify(value)] : [value]) {
        const signed = authentic(subject, callback, place, one);
        if (signed !== undefined) await deliver(provider, signed);
      }
    });
  });
}

/** Headers carry single bytes without line breaks, and the engine reads no more than 64 KiB. */
function canStand(place: Place, value: string | undefined): boolean {
  return place.in !== "header" || value === undefined || /^[\t\x20-\x7e]{0,1000}$/.test(value);
}

function unknownWords(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { status: place } = fixtures.callbacks.places;
  if (place === undefined || withPlace(subject, place).length === 0) return;
  const known = new Set(withPlace(subject, place).map((one) => one.text));

  check("takes a status that is not documented for unmapped or refuses it, never for a guess", async () => {
    const near = [...known].flatMap((word) => nearTo(place, word));
    const words = fc.oneof(
      fc.constantFrom(...near),
      text.map((word) => literal(place, word)),
      ...(place.in === "json" ? [json] : []),
    );
    const cases = fc.tuple(fc.constantFrom(...withPlace(subject, place)), words);
    for (const { callback } of withPlace(subject, place)) {
      for (const word of near) await expectUnmapped(callback, word);
    }
    await holds(cases, async ([{ callback }, word]) => expectUnmapped(callback, word));
  });

  async function expectUnmapped(callback: Callback, word: string): Promise<void> {
    if (known.has(word) || !canStand(place!, word)) return;
    const signed = authentic(subject, callback, place!, word);
    if (signed === undefined) return;
    const reception = await deliver(provider, signed);
    assertClaimsNothing(reception);
    if (reception.kind === "notification") assert.ok((reception.observed.raw ?? "").length <= 200, "raw is short");
  }

  check("refuses an authentic callback without a status", async () => {
    for (const { callback } of withPlace(subject, place)) {
      const signed = proved(subject, write(callback, place, undefined));
      if (signed !== undefined) assertRefused(await deliver(provider, signed), "no status");
    }
  });
}

/** Words that a careless comparison takes for a documented one. */
function nearTo(place: Place, word: string): readonly string[] {
  const isText = place.in !== "json" || word.startsWith('"');
  const bare = place.in === "json" && isText ? (JSON.parse(word) as string) : word;
  const texts = [bare.toLowerCase(), bare.toUpperCase(), `${bare} `, ` ${bare}`, `${bare}x`, `x${bare}`, `not_${bare}`];
  const fixed = ["constructor", "__proto__", "toString", "hasOwnProperty", "unknown", "0", "1", "true", "false"];
  const values = place.in === "json" ? ["true", "false", "1", "0", "null", "{}", "[]", `[${word}]`] : [];
  return [...[...texts, ...fixed].map((one) => literal(place, one)), ...values];
}
