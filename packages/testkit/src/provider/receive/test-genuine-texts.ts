import assert from "node:assert/strict";
import { type Callback, literal, type Place, read, write } from "../fixtures/places.ts";
import type { Signature } from "../fixtures/provider-fixtures.ts";
import { each, proved, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";
import { canStand } from "./random-values.ts";
import { placesIn } from "./test-kept-texts.ts";

/** Texts that code encodes in several ways, or cuts. None has a character that gateways put between signed fields or escape in JSON. */
const TEXTS = [
  "Zażółć",
  "\u{1f600}",
  "a+b c%20d",
  "a/b",
  "<a>'b'",
  "A=b",
  " a ",
  "0",
  "a".repeat(150),
  "a".repeat(60_000),
];
/** A text without any of this. An adapter that takes it for forged knows the only texts of the place, such as its account. */
const PLAIN = "other1";

/**
 * Tests that the adapter finds the gateway's own signature right, whatever it signs. It may refuse such a callback as malformed, but a
 * signature over other bytes than the gateway's refuses a paid order for ever.
 */
export function testGenuineTexts(subject: Subject, { covers }: Signature): void {
  subject.check("finds a genuine signature right, whatever texts are signed and however long they are", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      for (const place of covers === "body" ? placesIn(callback) : covers) {
        if (await isForged(subject, callback, place, PLAIN)) continue;
        for (const text of TEXTS) {
          const name = "name" in place ? place.name : "the field";
          assert.ok(
            !(await isForged(subject, callback, place, text)),
            `the gateway's signature is right where ${name} is ${text.slice(0, 20)} (${text.length} characters): sign the bytes of the document, all of them`,
          );
        }
      }
    });
  });
}

/** True if the adapter takes the callback for forged that has the text at the place, although the gateway signed it so. */
async function isForged(subject: Subject, callback: Callback, place: Place, text: string): Promise<boolean> {
  const signed = canStand(place, text) ? withText(subject, callback, place, text) : undefined;
  const parsed = signed && (await deliver(subject.provider, signed));
  return parsed?.kind === "refused" && parsed.reason === "unauthenticated";
}

/** The callback with the text and a new signature; `undefined` if there is no text at the place. */
function withText(subject: Subject, callback: Callback, place: Place, text: string): Callback | undefined {
  const own = read(callback, place);
  if (own === undefined || (place.in === "json" && !own.startsWith('"'))) return undefined;
  return proved(subject, write(callback, place, literal(place, text)));
}
