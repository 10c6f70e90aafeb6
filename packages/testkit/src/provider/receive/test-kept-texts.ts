import type { ParsedCallback } from "@pay/core/adapter";
import { type Callback, literal, type Place } from "../fixtures/places.ts";
import { authentic, each, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { pathsIn } from "../texts/answer-fields.ts";
import { assertName, assertText, UNKEPT } from "../texts/kept-texts.ts";
import { deliver } from "./deliver.ts";
import { canStand } from "./random-values.ts";

/** Tests the texts that a callback can bring into the store. */
export function testKeptTexts(subject: Subject): void {
  subject.check("gives only texts that a store and a page can hold, from any callback", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      for (const place of placesIn(callback)) {
        for (const text of UNKEPT.filter((one) => canStand(place, one))) {
          const changed = authentic(subject, callback, place, literal(place, text));
          if (changed === undefined) continue;
          assertKept(await deliver(subject.provider, changed));
        }
      }
    });
  });
}

/** Every place in the callback's query and body, listed in the fixtures or not. */
export function placesIn({ body, query }: Callback): readonly Place[] {
  const params = [...new URLSearchParams(query).keys()].map((name): Place => ({ in: "query", name }));
  const text = body.toString();
  if (text === "") return params;
  try {
    const paths = pathsIn(JSON.parse(text)).map(({ path }) => path);
    return [...params, ...paths.map((path): Place => ({ in: "json", name: path.join(".") }))];
  } catch {
    // XML and tokens are no forms.
    const fields = isForm(text) ? [...new URLSearchParams(text).keys()] : [];
    return [...params, ...fields.map((name): Place => ({ in: "form", name }))];
  }
}

export function isForm(body: string): boolean {
  return /^[\w.[\]%+-]+=/.test(body);
}

function assertKept(callback: ParsedCallback): void {
  if (callback.kind === "refused" || callback.kind === "ignored") return;
  assertName(callback.providerReference);
  if (callback.kind === "notification") assertText(callback.reported.providerStatus);
  if (callback.kind === "refund") assertText(callback.refund.providerStatus);
  for (const text of Object.values(callback.details ?? {})) assertText(text);
}
