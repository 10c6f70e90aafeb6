import assert from "node:assert/strict";
import type { ParsedCallback } from "@pay/core/adapter";
import { literal, type Place, read } from "../fixtures/places.ts";
import type { AcceptedCallback, Unbranded } from "../fixtures/provider-fixtures.ts";
import { authentic, each, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { assertTold, deliver, describeCallback } from "./deliver.ts";
import { amountOf } from "./test-amounts.ts";

type AnyCallback = Unbranded<AcceptedCallback> | ParsedCallback;

/** The value of a parsed callback that each place fills. */
const VALUES: Readonly<
  Record<"amount" | "currency" | "merchantReference" | "providerReference", (callback: AnyCallback) => unknown>
> = {
  amount: amountOf,
  // An amount without a currency does not count.
  currency: amountOf,
  merchantReference: (callback) =>
    "about" in callback && "merchantReference" in callback.about ? callback.about.merchantReference : undefined,
  providerReference: (callback) =>
    "about" in callback
      ? (callback.providerReference ??
        ("providerReference" in callback.about ? callback.about.providerReference : undefined))
      : undefined,
};

/** Tests that the adapter invents no field that an authentic callback lacks. */
export function testMissingFields(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  for (const field of ["amount", "currency", "merchantReference", "providerReference"] as const) {
    const place = fixtures.callbacks.places[field];
    const saidIn = VALUES[field];
    const cases = withPlace(subject, place).filter(({ gives }) => saidIn(gives) !== undefined);
    if (place === undefined || cases.length === 0 || isOptional(subject, place, saidIn)) continue;
    check(`makes up no ${field} where an authentic callback says none`, async () => {
      await each(cases, async ({ callback }) => {
        for (const nothing of nothings(place)) {
          const changed = authentic(subject, callback, place, nothing);
          if (changed === undefined) continue;
          const parsed = await deliver(provider, changed);
          assert.equal(saidIn(parsed), undefined, `there is no ${field}`);
          if (saidIn !== amountOf) continue;
          assert.notEqual(describeCallback(parsed), "notification: succeeded", "it is compared with nothing");
          assertTold(parsed, `without ${field}`);
        }
      });
    });
  }
}

/** The ways to lack a value: no field, an empty text, or null. */
const nothings = (place: Place) => [undefined, literal(place, ""), ...(place.in === "json" ? ["null"] : [])];

/** True if a recorded callback lacks the place but has the value, so that the document defines a default. */
function isOptional(subject: Subject, place: Place, saidIn: (callback: AnyCallback) => unknown): boolean {
  return recordedOf(subject).some(
    ({ callback, gives }) => read(callback, place) === undefined && saidIn(gives) !== undefined,
  );
}
