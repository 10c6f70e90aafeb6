import assert from "node:assert/strict";
import { literal } from "../fixtures/places.ts";
import { authentic, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";
import { canStand } from "./random-values.ts";

/** Texts about as long as the engine allows. They slow down patterns that start again at every character. */
const LONG: readonly string[] = ["a", " ", "0", "@", "a.", "%", "[", '"', "=", "&"].map(
  (piece) => `${piece.repeat(Math.floor(60_000 / piece.length))}!`,
);

export function testLongCallbacks(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  check("answers the longest callbacks in no time, proved or not", async () => {
    const recorded = recordedOf(subject)[0]!.callback;
    const places = Object.values(fixtures.callbacks.places);
    for (const long of LONG) {
      const made = places.flatMap((place) => {
        const [own] = withPlace(subject, place);
        return own && canStand(place, long) ? [authentic(subject, own.callback, place, literal(place, long))] : [];
      });
      for (const callback of [{ ...recorded, query: long }, { ...recorded, body: Buffer.from(long) }, ...made]) {
        if (callback === undefined) continue;
        const first = await timeOf(() => deliver(provider, callback));
        // This takes a few milliseconds. A busy machine may exceed the limit once, but hardly twice in a row.
        const isSlow = first > 400 && (await timeOf(() => deliver(provider, callback))) > 400;
        assert.ok(!isSlow, "60 KB of one character take no time");
      }
    }
  });
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
