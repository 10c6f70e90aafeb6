import assert from "node:assert/strict";
import type { Callback } from "../fixtures/places.ts";
import { each, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { assertRefused, deliver } from "./deliver.ts";

/** Registers a test in which every recorded callback, changed in each of these ways, is refused. */
export function refuses(
  subject: Subject,
  what: string,
  change: (callback: Callback) => readonly (Callback | undefined)[],
): void {
  subject.check(`refuses a callback ${what}`, async () => {
    let tried = 0;
    // A genuine callback before must not help a forged one.
    for (const { callback } of recordedOf(subject)) await deliver(subject.provider, callback);
    await each(recordedOf(subject), async ({ callback }) => {
      for (const changed of change(callback)) {
        if (changed === undefined || !canBeSent(changed)) continue;
        tried++;
        assertRefused(await deliver(subject.provider, changed), what);
      }
    });
    assert.ok(tried > 0, "there is a way to try this; check callbacks.proof of the fixtures");
  });
}

/** HTTP headers carry single bytes, and no line breaks. */
function canBeSent({ headers }: Callback): boolean {
  return Object.values(headers).every((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
}
