import assert from "node:assert/strict";
import type { Money } from "@pay/core/adapter";
import type { ProviderFixtures } from "../fixtures/provider-fixtures.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import { leavesOf } from "../texts/request-fields.ts";
import { isInSomeNotation, minorUnits, notationOf, priceOf } from "../texts/written-amounts.ts";

/** A request, and the amount that it is about. */
interface Asked {
  readonly sent: WireRequest;
  readonly amount: Money;
}

/**
 * Fails if a field that follows the amount says another one, or the same in another unit. Many gateways want the amount twice, e.g. as the
 * price of an item too, and refuse the payment, or show the buyer a wrong price, if the two differ.
 */
export function assertRepeatsAmounts({ amounts }: ProviderFixtures, asked: readonly Asked[]): void {
  const all = asked.map(({ amount, sent }) => ({ amount, leaves: leavesOf(sent) }));
  const [first, ...rest] = all;
  for (const [at, { path }] of (first?.leaves ?? []).entries()) {
    const said = all.flatMap(({ amount, leaves }) =>
      leaves[at]?.path === path ? [{ amount, text: bare(leaves[at].text, amount) }] : [],
    );
    if (rest.length === 0 || said.length < all.length || new Set(said.map(({ text }) => text)).size === 1) continue;
    if (!said.some(({ amount, text }) => isInSomeNotation(text, amount))) continue;
    for (const { amount, text } of said) {
      const notation = notationOf(amounts, amount.currency);
      assert.equal(
        notation && minorUnits(text, notation),
        BigInt(amount.value),
        `${path} says ${text} where the amount is ${priceOf(amount)}: write each amount of a request as \`amounts\` writes prices`,
      );
    }
  }
}

/** The text without the currency that may stand beside an amount. */
const bare = (text: string, { currency }: Money) => text.replace(currency, "").trim();
