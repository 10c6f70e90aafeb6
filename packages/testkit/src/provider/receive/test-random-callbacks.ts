import fc from "fast-check";
import { type Callback, literal, type Place } from "../fixtures/places.ts";
import { authentic, proved, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import { carriesNoProof, type Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";
import { assertClaimsNothing, canStand, holds, JSONS, json, TEXTS, text } from "./random-values.ts";

/** Tests undocumented callbacks: the adapter refuses them or reads them as unrecognized, and throws only MALFORMED. */
export function testRandomCallbacks(subject: Subject): void {
  garbage(subject);
  provedGarbage(subject);
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));

/** The names in recorded callbacks, so that invented callbacks pass the adapter's first checks. */
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

/** Callbacks with any query and body, by the method and to the address of a recorded one. */
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
  check("believes nothing invented, and throws nothing but a PayError MALFORMED", async () => {
    await holds(anything(subject), async (callback) => {
      assertClaimsNothing(await deliver(provider, callback));
    });
  });
}

/** Tests invented callbacks with a valid proof, because gateways have bugs and keys leak. */
function provedGarbage(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  if (carriesNoProof(provider)) return;
  check("believes nothing invented, even with a valid proof", async () => {
    await holds(anything(subject), async (callback) => {
      const signed = proved(subject, { ...callback, headers: recordedOf(subject)[0]!.callback.headers });
      const parsed = signed && (await deliver(provider, signed));
      // Without a status field, the proved callback itself is the report.
      if (parsed !== undefined && fixtures.callbacks.places.status !== undefined) assertClaimsNothing(parsed);
    });
  });

  const places = Object.values(fixtures.callbacks.places);
  const cases = places.flatMap((place) => withPlace(subject, place).map(({ callback }) => ({ callback, place })));
  if (cases.length === 0) return;
  check("survives every text in every place, even with a valid proof", async () => {
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

/** Every text that has caused trouble before, and no value at all. */
function everything(place: Place): readonly (string | undefined)[] {
  const texts = TEXTS.map((one) => literal(place, one));
  return [undefined, ...texts, ...(place.in === "json" ? JSONS : [])];
}
