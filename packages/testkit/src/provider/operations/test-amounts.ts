import assert from "node:assert/strict";
import type { Money, ValidateRequest } from "@pay/core/adapter";
import { seeded } from "../../store/fixtures/random.ts";
import { takeEach } from "../create/take-payment.ts";
import type { AmountText } from "../fixtures/provider-fixtures.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import { echo } from "../gateway/echo.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, refundRequest, type Subject, withAdapter } from "../subject.ts";
import { minorUnits, notationOf, priceOf, writtenPrices } from "../texts/written-amounts.ts";
import { assertRepeatsAmounts } from "./test-repeated-amounts.ts";

/**
 * Amounts that floating point gets wrong: 4.35 * 100 is 434.99999999999994, 1.15 * 100 is 114.99999999999999, and 1e21 is a text with
 * an e in it. Also amounts with zeros at every place, up to the largest safe integer.
 */
const AMOUNTS: readonly number[] = [
  1,
  5,
  9,
  10,
  19,
  29,
  57,
  58,
  99,
  100,
  101,
  105,
  110,
  115,
  435,
  999,
  1000,
  1001,
  1010,
  1100,
  1999,
  2000,
  2005,
  2050,
  8_41,
  10_00,
  10_10,
  99_99,
  100_00,
  123_45,
  1000_00,
  1_010_00,
  9_999_99,
  1_000_000_00,
  12_345_678_90,
  90_071_992_54,
  9_007_199_254_740_900,
  Number.MAX_SAFE_INTEGER,
];

/** Whole units and others: a rounded amount is right for the first ones. */
const REPEATED: readonly number[] = [1000, 100_00, 435, 1999, 123_45];

const random = seeded(7);
const SOME: readonly number[] = Array.from({ length: 40 }, () => Math.floor(random() ** 3 * 10 ** 9) + 1);

/** Tests that requests carry each amount exactly, digit for digit. */
export function testAmounts(subject: Subject): void {
  const { check, fixtures, provider } = subject;

  for (const currency of provider.traits.currencies) {
    check(`create writes every amount of ${currency} exactly`, async () => {
      const checkouts = [...AMOUNTS, ...SOME].map((amount) => checkoutOf(subject, amount, currency));
      const taken = await takeEach(subject, checkouts);
      // A gateway may have limits. If it accepts hardly any amount, the requests are at fault.
      assert.ok(taken.length >= checkouts.length / 2, `${taken.length} of ${checkouts.length} amounts are taken`);
      for (const { request, sent } of taken) assertSays(subject, fixtures.create.amount(sent), request.amount);
    });
  }

  check("create says one amount, wherever its request says an amount", async () => {
    for (const currency of provider.traits.currencies) {
      const taken = await takeEach(
        subject,
        REPEATED.map((value) => checkoutOf(subject, value, currency)),
        "where they are taken",
      );
      assertRepeatsAmounts(
        fixtures,
        taken.map(({ request: { amount }, sent }) => ({ amount, sent })),
      );
    }
  });

  check("create writes each price of `amounts` exactly as the gateway's document does", async () => {
    const prices = writtenPrices(fixtures.amounts);
    const taken = await takeEach(
      subject,
      prices.map(({ amount: { value, currency } }) => checkoutOf(subject, value, currency)),
    );
    for (const currency of new Set(prices.map(({ amount }) => amount.currency))) {
      assert.ok(
        taken.some(({ request }) => request.amount.currency === currency),
        `amounts: add a price in ${currency} that validate takes`,
      );
    }
    for (const { request, sent } of taken) {
      const price = priceOf(request.amount);
      const { text } = fixtures.create.amount(sent);
      assert.equal(text, fixtures.amounts[price], `what the document writes for ${price} stands in the request`);
    }
  });

  const { refund } = fixtures;
  if (refund === undefined || provider.refund === undefined) return;
  check("refund writes every amount exactly: the part that goes back, not the whole", async () => {
    const sent: WireRequest[] = [];
    const asked: { readonly amount: Money; readonly sent: WireRequest }[] = [];
    const documented = refundRequest(subject).refundAmount;
    let { answer } = refund.done[0];
    await withAdapter(
      subject,
      ({ request, response }) => {
        sent.push(request);
        reply(response, answer);
      },
      async (of) => {
        for (const refundAmount of refundAmounts(subject)) {
          const { currency } = refundAmount;
          answer = echo(fixtures, refund.done[0].answer, documented, refundAmount);
          const change = { refundAmount, amount: { value: Number.MAX_SAFE_INTEGER, currency } };
          const outcome = await inTime(of.refund!(refundRequest(subject, change), newCall()), "refund");
          assert.ok(
            ["succeeded", "pending"].includes(outcome.kind),
            `refund is done, not ${outcome.kind}, where the gateway answers refund.done[0]`,
          );
          assertSays(subject, refund.amount(sent.at(-1)!), refundAmount);
          asked.push({ amount: refundAmount, sent: sent.at(-1)! });
        }
      },
    );
    assertRepeatsAmounts(fixtures, asked);
  });
}

/** Every amount in the currency of the fixtures, and some in each other one: currencies have two decimals, three, or none. */
function refundAmounts(subject: Subject): readonly Money[] {
  const { currency: own } = refundRequest(subject).refundAmount;
  const inOthers = subject.provider.traits.currencies
    .filter((currency) => currency !== own && notationOf(subject.fixtures.amounts, currency) !== undefined)
    .flatMap((currency) => SOME.slice(0, 10).map((value) => ({ value, currency })));
  return [...[...AMOUNTS, ...SOME].map((value) => ({ value, currency: own })), ...inOthers];
}

function checkoutOf({ fixtures }: Subject, amount: number, currency: string): ValidateRequest<unknown> {
  const { requests } = fixtures.create;
  const own = requests.find((request) => request.amount.currency === currency) ?? requests[0];
  return { ...own, amount: { value: amount, currency } };
}

function assertSays({ fixtures }: Subject, { text, currency: sent }: AmountText, { value, currency }: Money): void {
  const notation = notationOf(fixtures.amounts, currency);
  assert.ok(notation, `amounts: add prices in ${currency} that do not contradict each other`);
  const minor = minorUnits(text, notation);
  assert.equal(minor, BigInt(value), `${text} is ${priceOf({ value, currency })}, as amounts writes prices`);
  if (sent !== undefined) assert.equal(sent, currency, "with their currency");
}
