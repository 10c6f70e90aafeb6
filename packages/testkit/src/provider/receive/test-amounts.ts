import assert from "node:assert/strict";
import { type Money, money, type ParsedCallback } from "@pay/core/adapter";
import { same } from "../../same.ts";
import type { AcceptedCallback, Unbranded } from "../fixtures/provider-fixtures.ts";
import { authentic, deliverWith, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { minorUnits } from "../texts/request-texts.ts";
import { deliver, describeCallback } from "./deliver.ts";

/** Tests the amounts that callbacks state. */
export function testReportedAmounts(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { amount: promise } = provider.traits.callback;
  const { amount: place, currency: currencyPlace } = fixtures.callbacks.places;

  check("reports an amount exactly where the traits promise one", async () => {
    for (const { callback } of recordedOf(subject)) {
      const parsed = await deliver(provider, callback);
      if (parsed.kind !== "notification") continue;
      const { amount, status } = parsed.reported;
      if (promise === "absent") assert.equal(amount, undefined, "no amount was stated");
      else if (status === "succeeded") assert.ok(amount, "a success states its amount");
      if (amount !== undefined) assert.ok(Number.isSafeInteger(amount.value), "in whole minor units");
    }
  });

  if (promise === "absent" || place === undefined) return;
  check("reports the amount that the callback states, digit for digit", async () => {
    for (const { callback, gives, text } of withPlace(subject, place)) {
      const stated = amountOf(gives);
      if (stated === undefined) continue;
      for (const minor of [435, 115, 1, 100, 2010, 123_456_789]) {
        const written = inFormOf(text, stated, minor);
        const changed = authentic(subject, callback, place, written);
        assert.ok(changed, "the fixture can prove it");
        const parsed = await deliver(provider, changed);
        assert.notEqual(parsed.kind, "refused", `${written} is an amount`);
        same(amountOf(parsed), { value: minor, currency: stated.currency }, `what ${written} is`);
      }
    }
  });

  check("takes no amount from what is none", async () => {
    for (const { callback, gives, text } of withPlace(subject, place)) {
      if (amountOf(gives) === undefined) continue;
      for (const bad of BAD_AMOUNTS) {
        const changed = authentic(subject, callback, place, text.startsWith('"') ? JSON.stringify(bad) : bad);
        if (changed === undefined) continue;
        const parsed = await deliver(provider, changed);
        // A success without an amount would skip Pay's comparison with the requested amount.
        assert.notEqual(describeCallback(parsed), "notification: succeeded", `${bad} is no amount`);
      }
    }
  });

  const other = provider.traits.currencies.find((one) =>
    recordedOf(subject).every(({ gives }) => amountOf(gives)?.currency !== one),
  );
  if (currencyPlace === undefined || other === undefined) return;
  check("reports the currency that the callback states", async () => {
    for (const { callback, gives } of withPlace(subject, currencyPlace)) {
      if (amountOf(gives) === undefined) continue;
      const parsed = await deliverWith(subject, callback, currencyPlace, other);
      if (parsed.kind !== "refused") assert.equal(amountOf(parsed)?.currency, other);
    }
  });
}

const BAD_AMOUNTS = [
  "",
  "-19.99",
  "19,99",
  "1e3",
  "0x10",
  "19.99.",
  "NaN",
  "Infinity",
  "19.99 PLN",
  "1 999.00",
  "9".repeat(40),
  "1".repeat(400),
  // JavaScript's own numbers lose these digits.
  "1.0000000000000000000000001",
  `0.${"9".repeat(400)}`,
];

/** The amount a callback states, of a payment or of a refund. */
export function amountOf(gives: Unbranded<AcceptedCallback> | ParsedCallback): Unbranded<Money> | undefined {
  if (gives.kind === "notification") return gives.reported.amount;
  return gives.kind === "refund" ? gives.refund.amount : undefined;
}

/** Writes an amount as this gateway does: as minor units or as a decimal, as a text or as a number. */
function inFormOf(
  text: string,
  { value, currency }: { readonly value: number; readonly currency: string },
  minor: number,
): string {
  const isText = text.startsWith('"');
  const bare = isText ? (JSON.parse(text) as string) : text;
  const decimals = money("1", currency).value.toString().length - 1;
  const isMinor = /^\d+$/.test(bare) && minorUnits({ minor: bare }, currency, decimals) === BigInt(value);
  const digits = String(minor).padStart(decimals + 1, "0");
  const decimal = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  const written = isMinor ? String(minor) : decimal;
  return isText ? JSON.stringify(written) : written;
}
