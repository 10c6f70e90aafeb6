import assert from "node:assert/strict";
import type { ParsedCallback } from "@pay/core/adapter";
import { literal, type Place, read } from "../fixtures/places.ts";
import type { Told, Unbranded } from "../fixtures/provider-fixtures.ts";
import { authentic, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { deliver, told } from "./deliver.ts";
import { amountOf } from "./test-amounts.ts";

type PaymentCallback = Unbranded<Told> | ParsedCallback;

/** What a place is there for, as it shows in a parsed callback. */
const VALUES: Readonly<
  Record<"amount" | "currency" | "merchantReference" | "providerReference", (heard: PaymentCallback) => unknown>
> = {
  amount: amountOf,
  // An amount without a currency is none.
  currency: amountOf,
  merchantReference: (heard) =>
    "about" in heard && "merchantReference" in heard.about ? heard.about.merchantReference : undefined,
  providerReference: (heard) =>
    "about" in heard
      ? (heard.providerReference ?? ("providerReference" in heard.about ? heard.about.providerReference : undefined))
      : undefined,
};

/** What an authentic callback does not say, nobody makes up. */
export function testMissingFields(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  for (const field of ["amount", "currency", "merchantReference", "providerReference"] as const) {
    const place = fixtures.callbacks.places[field];
    const saidIn = VALUES[field];
    const cases = withPlace(subject, place).filter(({ gives }) => saidIn(gives) !== undefined);
    if (place === undefined || cases.length === 0 || isOptional(subject, place, saidIn)) continue;
    check(`makes up no ${field} where an authentic callback says none`, async () => {
      for (const { callback } of cases) {
        for (const nothing of nothings(place)) {
          const changed = authentic(subject, callback, place, nothing);
          if (changed === undefined) continue;
          const parsed = await deliver(provider, changed);
          assert.equal(saidIn(parsed), undefined, `there is no ${field}`);
          if (saidIn === amountOf)
            assert.notEqual(told(parsed), "notification: succeeded", "it is compared with nothing");
        }
      }
    });
  }
}

/** Left out, empty, or null. */
const nothings = (place: Place) => [undefined, literal(place, ""), ...(place.in === "json" ? ["null"] : [])];

/** A recorded callback does without it, and has the value all the same: then the document says which. */
function isOptional(subject: Subject, place: Place, saidIn: (heard: PaymentCallback) => unknown): boolean {
  return recordedOf(subject).some(
    ({ callback, gives }) => read(callback, place) === undefined && saidIn(gives) !== undefined,
  );
}
