import { isDeepStrictEqual } from "node:util";
import type { ParsedCallback } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { type Callback, literal, type Place, textAt, write } from "../fixtures/places.ts";
import { each, proved, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { assertRefused, deliver } from "./deliver.ts";
import { isForm, placesIn } from "./test-kept-texts.ts";

/** What a field may come to hold: another word, letters of another language, nothing. In JSON also another kind of value. */
const OTHERS = ["never_documented", "Zażółć 1", ""];
const OTHER_JSONS = ["null", "7", "true", "[]", "{}"];

/** A field of no gateway. */
const NAME = "x_unread_field";
/** Longer than what careless code reads or signs. */
const LONG = "a".repeat(6000);
const BOM = "\xef\xbb\xbf";
/** In a query or a form: broken escapes, ISO-8859-2, UTF-16's escape, NUL, a surrogate, an overlong slash, two values. */
const VALUES = ["1", LONG, "%", "%zz", "p%B3atno", "%u0142", "%00", "%ED%A0%80", "%C0%AF", `1&${NAME}=2`, "1&%B3=2"];
/** The same in JSON, besides a number and a depth that nothing can hold. */
const JSONS = [
  "1",
  `"${LONG}"`,
  '"\\ud800"',
  '"\\u0000"',
  '"p\xb3atno"',
  `1,"${NAME}":2`,
  "1e400",
  "[".repeat(40) + "]".repeat(40),
];

/**
 * Tests that only what is read is judged. Gateways add fields, and send a buyer's name in the encoding in which they got it. A callback
 * that is refused for it is refused each time, and a paid order is never delivered.
 */
export function testUnreadFields(subject: Subject): void {
  const { check, provider } = subject;

  check("reads a callback as ever, whatever stands in a field that it does not read", async () => {
    await each(recordedOf(subject), async ({ callback, gives }) => {
      for (const add of additionsTo(callback)) {
        const changed = provedWith(subject, callback, add);
        if (changed !== undefined) same(await deliver(provider, changed), gives, "the new field changes nothing");
      }
    });
  });

  const cases = recordedOf(subject).flatMap(({ callback, label }) =>
    placesIn(callback).flatMap((place) => (isProof(subject, place) ? [] : [{ callback, label, place }])),
  );
  if (cases.length === 0) return;
  check("refuses an unreadable field where it decides something, and only there", async () => {
    await each(cases, async ({ callback, place }) => {
      const lacking = proved(subject, write(callback, place, undefined));
      const spoiled = proved(subject, withUnreadable(callback, place));
      if (lacking === undefined || spoiled === undefined) return;
      const [given, without, parsed] = await Promise.all(
        [callback, lacking, spoiled].map((one) => deliver(provider, one)),
      );
      if (isDeepStrictEqual(decided(without!), decided(given!))) {
        same(parsed, without, "what decides nothing is left out where it is unreadable: getIfReadable, json([…])");
      } else assertRefused(parsed!, "that is unreadable where it decides");
    });
  });

  check("refuses no callback for what stands in a field that decides nothing", async () => {
    const known = Object.values(subject.fixtures.callbacks.places);
    await each(cases, async ({ callback, place }) => {
      if (known.some((one) => isDeepStrictEqual(one, place))) return;
      const [given, without] = await Promise.all(
        [callback, proved(subject, write(callback, place, undefined))].map((one) => one && deliver(provider, one)),
      );
      if (without === undefined || !isDeepStrictEqual(decided(without), decided(given!))) return;
      for (const other of [
        ...OTHERS.map((text) => literal(place, text)),
        ...(place.in === "json" ? OTHER_JSONS : []),
      ]) {
        const changed = proved(subject, write(callback, place, other));
        if (changed === undefined) continue;
        const name = "name" in place ? place.name : "the field";
        same(
          decided(await deliver(provider, changed)),
          decided(given!),
          `${name} decides nothing, so nothing is refused for ${other}; read it with v.fallback(…, undefined)`,
        );
      }
    });
  });
}

/** All of a parsed callback but what is only shown. */
function decided(parsed: ParsedCallback): unknown {
  return { ...parsed, buyerEmail: undefined, details: undefined };
}

type Addition = (callback: Callback) => Callback;

/** Ways to add an unread field to the query and to the body, and another order of the fields that are there. */
function additionsTo({ body }: Callback): readonly Addition[] {
  const inBody =
    (change: (text: string) => string): Addition =>
    (callback) => ({ ...callback, body: Buffer.from(change(callback.body.toString("latin1")), "latin1") });
  const inQuery = VALUES.map(
    (value): Addition =>
      ({ query, ...callback }) => ({ ...callback, query: `${query === "" ? "" : `${query}&`}${NAME}=${value}` }),
  );
  const text = body.toString("latin1");
  if (/^\{\s*"/.test(text)) {
    const inJson = JSONS.map((json) => inBody((own) => `{"${NAME}":${json},${own.slice(1)}`));
    return [...inQuery, ...inJson, inBody((own) => BOM + own), inBody(reversed)];
  }
  if (!isForm(text)) return inQuery;
  const inForm = [...VALUES, "p\xb3atno"].map((value) => inBody((own) => `${own}&${NAME}=${value}`));
  return [...inQuery, ...inForm, inBody((own) => BOM + own)];
}

/** The fields of an object in the opposite order. */
function reversed(json: string): string {
  const text = Buffer.from(json, "latin1").toString();
  const object: object = JSON.parse(text);
  return Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(object).toReversed()))).toString("latin1");
}

/** The callback with the addition and a new proof; `undefined` if the gateway also signs unknown fields. */
function provedWith({ fixtures }: Subject, callback: Callback, add: Addition): Callback | undefined {
  const { proof } = fixtures.callbacks;
  if (proof === undefined) return add(callback);
  const { at } = proof;
  const own = textAt(callback, at);
  if (proof.kind === "shared-secret") return add(callback);
  if (proof.covers === "body")
    return write(add(callback), at, literal(at, proof.sign(add(callback), proof.keys.accepted[0])));
  return isSignedAnew() ? undefined : add(callback);

  function isSignedAnew(): boolean {
    try {
      return proof?.kind === "signature" && proof.sign(add(callback), proof.keys.accepted[0]) !== own;
    } catch {
      return false;
    }
  }
}

function isProof({ fixtures }: Subject, place: Place): boolean {
  const { proof } = fixtures.callbacks;
  const signed = proof?.kind === "signature" && proof.covers !== "body" ? proof.covers : [];
  return [...signed, ...(proof === undefined ? [] : [proof.at])].some((one) => isDeepStrictEqual(one, place));
}

function withUnreadable(callback: Callback, place: Place): Callback {
  if (place.in === "json") return write(callback, place, '"\\ud800"');
  const { body, query, ...rest } = write(callback, place, NAME);
  const spoil = (text: string) => text.replace(`=${NAME}`, "=%B3");
  return { ...rest, query: spoil(query), body: Buffer.from(spoil(body.toString())) };
}
