import type { Money } from "@pay/core/adapter";
import type { ProviderFixtures } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { type Said, saidIn } from "../texts/answer-fields.ts";
import { minorUnits, notationOf, written } from "../texts/written-amounts.ts";

/** Names of amounts, and of the objects around them: many gateways write `amount: { value, currency }`. */
const AMOUNTS = /amount|price|total|value|sum|kwota/i;

/** The places of an answer that state this amount. */
export function amountsIn(
  { amounts }: ProviderFixtures,
  answer: WireAnswer,
  { currency, value }: Money,
): readonly Said[] {
  const notation = notationOf(amounts, currency);
  if (notation === undefined) return [];
  return saidIn(answer).filter(
    (said) => AMOUNTS.test(said.path) && minorUnits(String(said.value), notation) === BigInt(value),
  );
}

/** An amount as an answer says it, in the place of another one: as a text, or as a number. */
export function amountLike({ amounts }: ProviderFixtures, { value }: Said, amount: Money): unknown {
  const notation = notationOf(amounts, amount.currency);
  const text = notation === undefined ? String(amount.value) : written(amount.value, notation);
  return typeof value === "number" ? Number(text) : text;
}

/** The documented answer to a request for one amount, as the gateway gives it to a request for another one: it repeats what was asked. */
export function echo(fixtures: ProviderFixtures, answer: WireAnswer, documented: Money, asked: Money): WireAnswer {
  const repeated = amountsIn(fixtures, answer, documented).reduce(
    (so, said) => saidAgain(so, said).with(amountLike(fixtures, said, asked)),
    answer,
  );
  return saidIn(answer)
    .filter(({ value }) => value === documented.currency)
    .reduce((so, said) => saidAgain(so, said).with(asked.currency), repeated);
}

/** The same place in the answer as it is now. */
function saidAgain(answer: WireAnswer, { at }: Said): Said {
  return saidIn(answer)[at]!;
}
