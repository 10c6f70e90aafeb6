import type { ParsedCallback } from "@pay/core/adapter";
import { type Callback, literal, type Place } from "../fixtures/places.ts";
import { authentic, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { pathsIn } from "../texts/answer-fields.ts";
import { assertName, assertText, UNKEPT } from "../texts/kept-texts.ts";
import { deliver } from "./deliver.ts";
import { canStand } from "./random-values.ts";

/** What callbacks give to be kept, whatever stands in them. */
export function testKeptTexts(subject: Subject): void {
  subject.check("gives no text to be kept that no store or page could, whatever a callback says", async () => {
    for (const { callback } of recordedOf(subject)) {
      for (const place of placesIn(callback)) {
        for (const text of UNKEPT.filter((one) => canStand(place, one))) {
          const changed = authentic(subject, callback, place, literal(place, text));
          if (changed === undefined) continue;
          assertKept(await deliver(subject.provider, changed));
        }
      }
    }
  });
}

/** Wherever something stands, told or not, in its query and its body. */
function placesIn({ body, query }: Callback): readonly Place[] {
  const params = [...new URLSearchParams(query).keys()].map((name): Place => ({ in: "query", name }));
  const text = body.toString();
  if (text === "") return params;
  try {
    const paths = pathsIn(JSON.parse(text)).map(({ path }) => path);
    return [...params, ...paths.map((path): Place => ({ in: "json", name: path.join(".") }))];
  } catch {
    return [...params, ...[...new URLSearchParams(text).keys()].map((name): Place => ({ in: "form", name }))];
  }
}

function assertKept(heard: ParsedCallback): void {
  if (heard.kind === "refused" || heard.kind === "ignored") return;
  assertName(heard.providerReference);
  if (heard.kind === "notification") assertText(heard.reported.providerStatus);
  if (heard.kind === "refund") assertText(heard.refund.providerStatus);
  for (const text of Object.values(heard.details ?? {})) assertText(text);
}
