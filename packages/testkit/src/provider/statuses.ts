import assert from "node:assert/strict";
import fc from "fast-check";
import { assertRefused, deliver } from "./delivering.ts";
import { assertClaimsNothing, canStand, holds, json, text } from "./fuzzing.ts";
import { type Callback, literal, type Place, write } from "./places.ts";
import { authentic, claimOf, proved, withPlace } from "./recorded.ts";
import type { Subject } from "./subject.ts";
import { UNFINISHED, variantsOf } from "./variants.ts";

/** Words for a status that nobody documented. */
export function statuses(subject: Subject): void {
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

  check("takes a word for what is under way for no success, of a payment or of a refund", async () => {
    const all = withPlace(subject, place);
    const open = all.filter(({ gives, text }) => claimOf(gives) !== "succeeded" && /[a-z]{3}/i.test(text));
    const words = [...UNFINISHED.map((word) => literal(place, word)), ...open.map((one) => one.text)];
    for (const { callback, gives } of all) {
      const own = all.filter((one) => one.gives.kind === gives.kind && claimOf(one.gives) === "succeeded");
      for (const word of words.filter((one) => !own.some(({ text }) => text === one))) {
        const signed = canStand(place, word) ? authentic(subject, callback, place, word) : undefined;
        if (signed === undefined) continue;
        assert.notEqual(claimOf(await deliver(provider, signed)), "succeeded", `${word} is no success`);
      }
    }
  });

  check("refuses an authentic callback without a status", async () => {
    for (const { callback } of withPlace(subject, place)) {
      const signed = proved(subject, write(callback, place, undefined));
      if (signed !== undefined) assertRefused(await deliver(provider, signed), "without a status");
    }
  });
}

/** Words that a careless comparison takes for a documented one. */
function nearTo(place: Place, word: string): readonly string[] {
  const isText = place.in !== "json" || word.startsWith('"');
  const bare = place.in === "json" && isText ? (JSON.parse(word) as string) : word;
  const fixed = ["constructor", "__proto__", "toString", "hasOwnProperty", "unknown", "0", "1", "true", "false"];
  const values = place.in === "json" ? ["true", "false", "1", "0", "null", "{}", "[]", `[${word}]`] : [];
  return [...[...variantsOf(bare), ...fixed].map((one) => literal(place, one)), ...values];
}
