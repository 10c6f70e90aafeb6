import assert from "node:assert/strict";
import type { Callback } from "../fixtures/places.ts";
import { claimOf, each, proved, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";

/** Tests a callback with news about two payments. What one callback means is one thing, so the second would be acknowledged and lost. */
export function testBatches(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const cases = recordedOf(subject).filter(({ callback }) => batchesOf(subject, callback).length > 0);
  if (cases.length === 0) return;
  check("takes no callback that holds several for one of them", async () => {
    await each(cases, async ({ callback, gives }) => {
      for (const body of batchesOf(subject, callback)) {
        const signed = proved({ fixtures }, { ...callback, body: Buffer.from(body) });
        const parsed = signed && (await deliver(provider, signed));
        assert.ok(
          parsed === undefined || parsed.kind === "refused" || claimOf(parsed) === "unrecognized",
          `a list of two callbacks is no ${gives.kind}: refuse it, so that the gateway sends it again and a person sees it`,
        );
      }
    });
  });
}

/** The body as a list of two, and with a second entry in each list from which the adapter reads the first. */
function batchesOf({ fixtures }: Pick<Subject, "fixtures">, { body }: Callback): readonly string[] {
  try {
    const json: unknown = JSON.parse(body.toString());
    if (typeof json !== "object" || json === null) return [];
    const names = Object.values(fixtures.callbacks.places).flatMap((place) =>
      place.in === "json" ? [place.name] : [],
    );
    const lists = new Set(names.flatMap((name) => /^(.*?)(?:^|\.)0\./.exec(name)?.[1] ?? []));
    const doubled = [...lists].map((path) => withSecond(json, path === "" ? [] : path.split(".")));
    return [...(Array.isArray(json) ? [] : [[json, json]]), ...doubled].map((one) => JSON.stringify(one));
  } catch {
    return [];
  }
}

function withSecond(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return Array.isArray(value) ? [...value, value[0]] : value;
  const parent = value as Readonly<Record<string, unknown>>;
  return { ...parent, [key]: withSecond(parent[key], rest) };
}
