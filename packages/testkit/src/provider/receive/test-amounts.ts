import assert from "node:assert/strict";
import type { Money, ParsedCallback } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { literal, read, write } from "../fixtures/places.ts";
import type { AcceptedCallback, Unbranded } from "../fixtures/provider-fixtures.ts";
import { authentic, deliverWith, each, recordedOf, withPlace } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { minorUnits, type Notation, notationOf, written, writtenPrices } from "../texts/written-amounts.ts";
import { assertTold, deliver, describeCallback } from "./deliver.ts";

/** Tests the amounts that callbacks state. */
export function testReportedAmounts(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { amount: promise } = provider.traits.callback;
  const { amount: place, currency: currencyPlace } = fixtures.callbacks.places;

  check("reports an amount exactly where the traits promise one", async () => {
    await each(recordedOf(subject), async ({ callback }) => {
      const parsed = await deliver(provider, callback);
      if (parsed.kind !== "notification") return;
      const { amount, status } = parsed.reported;
      if (promise === "absent") assert.equal(amount, undefined, "no amount was stated");
      else if (status === "succeeded") assert.ok(amount, "a success states its amount");
      if (amount !== undefined) assert.ok(Number.isSafeInteger(amount.value), "in whole minor units");
    });
  });

  if (promise === "absent" || place === undefined) return;
  const amounts = fixtures.callbacks.amounts ?? fixtures.amounts;
  check("reports the amount that the callback states, digit for digit", async () => {
    await each(withPlace(subject, place), async ({ callback, gives, text }) => {
      const { currency } = amountOf(gives) ?? {};
      const notation = currency === undefined ? undefined : notationOf(amounts, currency);
      if (currency === undefined || notation === undefined) return;
      const documented = writtenPrices(amounts).filter(({ amount }) => amount.currency === currency);
      const others = [435, 115, 1, 100, 2010, 123_456_789].map((value) => ({ value, text: written(value, notation) }));
      for (const one of [...documented.map((price) => ({ value: price.amount.value, text: price.text })), ...others]) {
        const changed = authentic(subject, callback, place, text.startsWith('"') ? JSON.stringify(one.text) : one.text);
        assert.ok(changed, "the fixture can prove it");
        const parsed = await deliver(provider, changed);
        assert.notEqual(parsed.kind, "refused", `${one.text} is an amount`);
        same(amountOf(parsed), { value: one.value, currency }, `what ${one.text} is`);
      }
    });
  });

  check("reads an amount with fewer decimals as that amount, or as none", async () => {
    await each(withPlace(subject, place), async ({ callback, gives, text }) => {
      const { currency } = amountOf(gives) ?? {};
      const notation = currency === undefined ? undefined : notationOf(amounts, currency);
      if (notation === undefined || notation.decimals <= 0) return;
      for (const value of [1990, 2000, 435_000]) {
        const short = written(value, notation).replace(/0+$/, "").replace(/[.,]$/, "");
        const changed = authentic(subject, callback, place, text.startsWith('"') ? JSON.stringify(short) : short);
        const read = changed && amountOf(await deliver(provider, changed));
        if (read !== undefined) same(read, { value, currency }, `what ${short} is`);
      }
    });
  });

  check("takes no amount from what is none", async () => {
    await each(withPlace(subject, place), async ({ callback, gives, text }) => {
      const stated = amountOf(gives);
      if (stated === undefined) return;
      const notation = notationOf(amounts, stated.currency);
      const isNumber = place.in === "json" && !text.startsWith('"');
      for (const bad of BAD_AMOUNTS.filter((one) => !isAmount(isNumber ? asNumber(one) : one, notation))) {
        const changed = authentic(subject, callback, place, text.startsWith('"') ? JSON.stringify(bad) : bad);
        if (changed === undefined) continue;
        const parsed = await deliver(provider, changed);
        // A success without an amount would skip Pay's comparison with the requested amount.
        assert.notEqual(describeCallback(parsed), "notification: succeeded", `${bad} is no amount`);
        assertTold(parsed, `whose amount is ${bad}`);
      }
    });
  });

  if (currencyPlace === undefined) return;
  check("reports the amount that the callback states in each currency, with that currency's decimals", async () => {
    await each(withPlace(subject, place), async ({ callback, gives, text }) => {
      if (amountOf(gives) === undefined || read(callback, currencyPlace) === undefined) return;
      for (const currency of provider.traits.currencies) {
        const notation = notationOf(amounts, currency);
        if (notation === undefined) continue;
        for (const value of [1, 435, 1001, 123_456_789]) {
          const said = written(value, notation);
          const stated = write(callback, currencyPlace, literal(currencyPlace, currency));
          const changed = authentic(subject, stated, place, text.startsWith('"') ? JSON.stringify(said) : said);
          assert.ok(changed, "the fixture can prove it");
          const parsed = await deliver(provider, changed);
          // A status check states no amount.
          if (parsed.kind !== "check_status")
            same(amountOf(parsed), { value, currency }, `what ${said} ${currency} is`);
        }
      }
    });
  });

  check("reports the currency that the callback states", async () => {
    await each(withPlace(subject, currencyPlace), async ({ callback, gives }) => {
      const stated = amountOf(gives);
      if (stated === undefined) return;
      const { currencies } = provider.traits;
      const own = currencies.find((one) => one !== stated.currency);
      const foreign = FOREIGN.find((one) => !currencies.includes(one));
      for (const other of [own, foreign]) {
        if (other === undefined) continue;
        const parsed = await deliverWith(subject, callback, currencyPlace, other);
        const amount = amountOf(parsed);
        if (amount !== undefined) assert.equal(amount.currency, other);
        else assert.notEqual(describeCallback(parsed), "notification: succeeded", `${other} is not ${stated.currency}`);
        assertTold(parsed, `in ${other}`);
      }
    });
  });
}

const FOREIGN = ["EUR", "USD", "CZK", "HUF", "XTS"];

/** JSON spells one number in many ways, and a parser gives the adapter the number alone: it cannot tell 1e3 from 1000. */
function asNumber(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function isAmount(text: string, notation: Notation | undefined): boolean {
  const minor = notation === undefined ? undefined : minorUnits(text, notation);
  return minor !== undefined && minor <= BigInt(Number.MAX_SAFE_INTEGER);
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
  "1999.5",
  "323.999999999973",
];

/** The amount a callback states, of a payment or of a refund. */
export function amountOf(gives: Unbranded<AcceptedCallback> | ParsedCallback): Unbranded<Money> | undefined {
  if (gives.kind === "notification") return gives.reported.amount;
  return gives.kind === "refund" ? gives.refund.amount : undefined;
}
