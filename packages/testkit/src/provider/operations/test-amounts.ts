import assert from "node:assert/strict";
import { formatMoney, type ValidateRequest } from "@pay/core/adapter";
import { seeded } from "../../store/fixtures/random.ts";
import { takeEach } from "../create/take-payment.ts";
import type { AmountText } from "../fixtures/provider-fixtures.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, refundRequest, type Subject, withAdapter } from "../subject.ts";
import { minorUnits } from "../texts/request-texts.ts";

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
      for (const { request, sent } of taken) assertSays(fixtures.create.amount(sent), request.amount);
    });
  }

  const { refund } = fixtures;
  if (refund === undefined || provider.refund === undefined) return;
  check("refund writes every amount exactly: the part that goes back, not the whole", async () => {
    const { currency } = refundRequest(subject).refundAmount;
    const sent: WireRequest[] = [];
    await withAdapter(
      subject,
      ({ request, response }) => {
        sent.push(request);
        reply(response, refund.done[0].answer);
      },
      async (of) => {
        for (const amount of [...AMOUNTS, ...SOME]) {
          const refundAmount = { value: amount, currency };
          const change = { refundAmount, amount: { value: Number.MAX_SAFE_INTEGER, currency } };
          const outcome = await inTime(of.refund!(refundRequest(subject, change), newCall()), "refund");
          assert.ok(["succeeded", "pending"].includes(outcome.kind), `${outcome.kind} is done`);
          assertSays(refund.amount(sent.at(-1)!), refundAmount);
        }
      },
    );
  });
}

function checkoutOf({ fixtures }: Subject, amount: number, currency: string): ValidateRequest<unknown> {
  const { requests } = fixtures.create;
  const own = requests.find((request) => request.amount.currency === currency) ?? requests[0];
  return { ...own, amount: { value: amount, currency } };
}

function assertSays(text: AmountText, { value: amount, currency }: ValidateRequest<unknown>["amount"]): void {
  const decimals = formatMoney({ value: 0, currency }).split(".")[1]?.length ?? 0;
  assert.equal(minorUnits(text, currency, decimals), BigInt(amount), `${amount} minor units of ${currency}`);
  if (text.currency !== undefined) assert.equal(text.currency, currency, "with their currency");
}
