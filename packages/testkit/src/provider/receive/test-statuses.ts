import assert from "node:assert/strict";
import fc from "fast-check";
import { type Callback, literal, type Place, write } from "../fixtures/places.ts";
import { authentic, claimOf, each, proved, withPlace } from "../fixtures/recorded-callbacks.ts";
import { wordsOf } from "../manifest/sources.ts";
import type { Subject } from "../subject.ts";
import { UNPAID, variantsOf } from "../texts/status-variants.ts";
import { assertRefused, assertTold, deliver } from "./deliver.ts";
import { assertClaimsNothing, canStand, holds, json, text } from "./random-values.ts";

/** Tests undocumented words for a status. */
export function testStatuses(subject: Subject): void {
  const { check, provider } = subject;
  testKinds(subject);
  const groups = groupsOf(subject);
  if (groups.length === 0) return;

  check("takes an undocumented status for unrecognized or refuses it, and never guesses", async () => {
    for (const { cases, place } of groups) {
      const known = new Set(cases.map((one) => one.text));
      const expectUnrecognized = async (callback: Callback, word: string) => {
        if (!known.has(word)) await assertUnrecognized(subject, place, callback, word);
      };
      const near = [...known].flatMap((word) => nearTo(place, word));
      await each(cases, async ({ callback }) => {
        for (const word of near) await expectUnrecognized(callback, word);
      });
      const words = fc.oneof(
        fc.constantFrom(...near),
        text.map((word) => literal(place, word)),
        ...(place.in === "json" ? [json] : []),
      );
      await holds(fc.tuple(fc.constantFrom(...cases), words), ([{ callback }, word]) =>
        expectUnrecognized(callback, word),
      );
    }
  });

  check("takes no word for what is open or failed for a success, of a payment or of a refund", async () => {
    for (const { cases, place } of groups) {
      const open = cases.filter(({ gives, text }) => claimOf(gives) !== "succeeded" && /[a-z]{3}/i.test(text));
      const words = [...UNPAID.map((word) => literal(place, word)), ...open.map((one) => one.text)];
      await each(cases, async ({ callback, gives }) => {
        const own = cases.filter((one) => one.gives.kind === gives.kind && claimOf(one.gives) === "succeeded");
        for (const word of words.filter((one) => !own.some(({ text }) => text === one))) {
          const signed = canStand(place, word) ? authentic(subject, callback, place, word) : undefined;
          if (signed === undefined) continue;
          assert.notEqual(
            claimOf(await deliver(provider, signed)),
            "succeeded",
            `${word} is no success; if the document says so, record it`,
          );
        }
      });
    }
  });

  check("knows no word for a status that no recorded callback shows", async () => {
    const { texts, words } = wordsOf(subject.fixtures.sources);
    const all = [...new Set([...texts, ...words])];
    for (const { cases, place } of groups) {
      for (const kind of new Set(cases.map(({ gives }) => gives.kind))) {
        const own = cases.filter(({ gives }) => gives.kind === kind);
        const known = own.map(({ text }) => text);
        for (const word of all.flatMap((one) => saidAs(place, one)).filter((one) => !known.includes(one))) {
          const signed = canStand(place, word) ? authentic(subject, own[0]!.callback, place, word) : undefined;
          const claim = signed && claimOf(await deliver(provider, signed));
          assert.ok(
            claim === undefined || claim === "unrecognized",
            `${word} is read as ${claim}, and no callback of callbacks.recorded says it: add one for each status of the document`,
          );
        }
      }
    }
  });

  check("refuses an authentic callback without a status", async () => {
    for (const { cases, place } of groups) {
      await each(cases, async ({ callback }) => {
        const signed = proved(subject, write(callback, place, undefined));
        if (signed !== undefined) assertRefused(await deliver(provider, signed), "without a status");
      });
    }
  });
}

/** Tests undocumented kinds of callbacks. A gateway signs its news about cancellations, disputes and payouts with the same key. */
function testKinds(subject: Subject): void {
  const { kind: place } = subject.fixtures.callbacks.places;
  const cases = withPlace(subject, place);
  if (place === undefined || cases.length === 0) return;
  subject.check("takes a callback of an undocumented kind for no success, no failure and no refund", async () => {
    const known = cases.map(({ text }) => text);
    const words = known.flatMap((word) => nearTo(place, word)).filter((word) => !known.includes(word));
    await each(cases, async ({ callback }) => {
      for (const word of words) {
        const signed = canStand(place, word) ? authentic(subject, callback, place, word) : undefined;
        if (signed !== undefined) assertClaimsNothing(await deliver(subject.provider, signed));
      }
    });
  });
}

/** Groups recorded callbacks by the place of their status. A refund's status may have its own place. */
function groupsOf(subject: Subject) {
  const { refundStatus, status } = subject.fixtures.callbacks.places;
  const shared = withPlace(subject, status).filter(
    ({ gives }) => gives.kind !== "refund" || refundStatus === undefined,
  );
  const own = withPlace(subject, refundStatus).filter(({ gives }) => gives.kind === "refund");
  const groups = [
    { place: status, cases: shared },
    { place: refundStatus, cases: own },
  ];
  return groups.flatMap(({ cases, place }) => (place === undefined || cases.length === 0 ? [] : [{ cases, place }]));
}

async function assertUnrecognized(subject: Subject, place: Place, callback: Callback, word: string): Promise<void> {
  const signed = canStand(place, word) ? authentic(subject, callback, place, word) : undefined;
  if (signed === undefined) return;
  const parsed = await deliver(subject.provider, signed);
  assertClaimsNothing(parsed);
  assertTold(parsed, `with the status ${word}`);
  if (parsed.kind === "notification")
    assert.ok((parsed.reported.providerStatus ?? "").length <= 200, "providerStatus is short");
}

/** A word of the source as the place may hold it: in JSON as a text, or as the number or the boolean that it spells. */
function saidAs(place: Place, word: string): readonly string[] {
  const isValue = place.in === "json" && /^(?:true|false|0|[1-9]\d{0,8})$/.test(word);
  return [literal(place, word), ...(isValue ? [word] : [])];
}

/** Words that a careless comparison takes for a documented one. */
function nearTo(place: Place, word: string): readonly string[] {
  const isText = place.in !== "json" || word.startsWith('"');
  const bare = place.in === "json" && isText ? (JSON.parse(word) as string) : word;
  const fixed = ["constructor", "__proto__", "toString", "hasOwnProperty", "unknown", "0", "1", "true", "false"];
  const values = place.in === "json" ? ["true", "false", "1", "0", "null", "{}", "[]", `[${word}]`] : [];
  return [...[...variantsOf(bare), ...fixed].map((one) => literal(place, one)), ...values];
}
