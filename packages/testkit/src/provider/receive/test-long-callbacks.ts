import assert from "node:assert/strict";
import type { PaymentProvider } from "@pay/core/adapter";
import { type Callback, literal } from "../fixtures/places.ts";
import { authentic, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";
import { canStand } from "./random-values.ts";

const PIECES: readonly string[] = ["a", " ", "0", "@", "a.", "%", "[", '"', "=", "&"];
/** The longest is about as long as the engine allows. A pattern that starts again at every character is noticed at a shorter one. */
const LENGTHS: readonly number[] = [1000, 15_000, 60_000];
const LIMIT_MS = 100;

export function testLongCallbacks(subject: Subject): void {
  subject.check("answers the longest callbacks in no time, proved or not", async () => {
    for (const length of LENGTHS) {
      for (const piece of PIECES) {
        const long = `${piece.repeat(Math.floor(length / piece.length))}!`;
        for (const callback of longCallbacks(subject, long)) await assertQuick(subject, callback, length);
      }
    }
  });
}

function longCallbacks(subject: Subject, long: string): readonly Callback[] {
  const recorded = recordedOf(subject)[0]!.callback;
  const made = Object.values(subject.fixtures.callbacks.places).flatMap((place) => {
    const [own] = withPlace(subject, place);
    const signed =
      own && canStand(place, long) ? authentic(subject, own.callback, place, literal(place, long)) : undefined;
    return signed === undefined ? [] : [signed];
  });
  return [{ ...recorded, query: long }, { ...recorded, body: Buffer.from(long) }, ...made];
}

async function assertQuick({ provider }: Subject, callback: Callback, length: number): Promise<void> {
  // This takes a few milliseconds. What else the process does may exceed the limit once, but hardly twice in a row.
  const isSlow = (await workOf(provider, callback)) > LIMIT_MS && (await workOf(provider, callback)) > LIMIT_MS;
  assert.ok(!isSlow, `${length} characters of one kind take no time; no pattern may start again at each of them`);
}

/** Milliseconds in which the process worked: a busy machine makes them no more. */
async function workOf(provider: PaymentProvider, callback: Callback): Promise<number> {
  const before = process.cpuUsage();
  await deliver(provider, callback);
  const { system, user } = process.cpuUsage(before);
  return (system + user) / 1000;
}
