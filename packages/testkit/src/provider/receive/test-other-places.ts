import { same } from "../../same.ts";
import { type Callback, type Place, textAt, write } from "../fixtures/places.ts";
import { claimOf, each, proved, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";
import { placesIn } from "./test-kept-texts.ts";

/**
 * Tests parameters of the address beside the fields of a body, where a forger or a proxy may add some. `$_REQUEST` of PHP, and code that
 * imitates it, takes them for the fields.
 */
export function testOtherPlaces(subject: Subject): void {
  const { check, provider } = subject;
  const cases = recordedOf(subject).flatMap(({ callback, label }) =>
    placesIn(callback).flatMap((place) =>
      place.in === "query" || place.in === "elsewhere" ? [] : [{ callback, label, place }],
    ),
  );
  if (cases.length === 0) return;
  check("reads the fields of the body from the body alone, whatever stands in the address", async () => {
    await each(cases, async ({ callback, place }) => {
      const { name } = place as Extract<Place, { name: string }>;
      const lacking = proved(subject, write(callback, place, undefined));
      for (const genuine of [callback, lacking]) {
        if (genuine === undefined) continue;
        const meant = await deliver(provider, genuine);
        for (const text of textsFor(subject, callback, place)) {
          const parsed = await deliver(provider, withParameter(genuine, name.split(".").at(-1)!, text));
          same(parsed, meant, `${name} of the address changes nothing; read this field from the body`);
        }
      }
    });
  });
}

/** The callback's own text, what the other callbacks have there, and another text. */
function textsFor(subject: Subject, callback: Callback, place: Place): readonly string[] {
  const all = recordedOf(subject).filter(({ gives }) => claimOf(gives) !== undefined || gives.kind === "check_status");
  return [...new Set([textAt(callback, place), ...all.map((one) => textAt(one.callback, place)), "1"])];
}

function withParameter({ query, ...callback }: Callback, name: string, text: string): Callback {
  return { ...callback, query: [query, new URLSearchParams([[name, text]]).toString()].filter(Boolean).join("&") };
}
