import { formatMoney, type Money, money } from "@pay/core/adapter";
import type { AmountsFixture } from "../fixtures/provider-fixtures.ts";

/** How a gateway writes amounts of one currency. */
export interface Notation {
  /** The digits of the text that are less than its unit: 0 if it counts grosze, 2 if it counts złoty, -2 if it adds two zeros. */
  readonly decimals: number;
  readonly separator: "." | ",";
}

/** A price of the fixtures and its documented text. */
export interface WrittenPrice {
  readonly price: string;
  readonly amount: Money;
  readonly text: string;
}

/** The prices of `amounts`. A key that is no price is left out; `missingFixtures` names it. */
export function writtenPrices(amounts: AmountsFixture): readonly WrittenPrice[] {
  return Object.entries(amounts).flatMap(([price, text]) => {
    const amount = parsePrice(price);
    return amount === undefined ? [] : [{ price, amount, text }];
  });
}

/** Reads a price such as `"0.01 PLN"`. */
export function parsePrice(price: string): Money | undefined {
  const [decimal = "", currency = "", ...more] = price.split(" ");
  try {
    const amount = money(decimal, currency);
    return more.length === 0 && amount.value > 0 ? amount : undefined;
  } catch {
    return undefined;
  }
}

/** Writes an amount as a key of `amounts`. */
export function priceOf(amount: Money): string {
  return `${formatMoney(amount)} ${amount.currency}`;
}

/** The digits after the dot of a currency's prices. */
export function decimalsOf(currency: string): number {
  return formatMoney({ value: 0, currency }).split(".")[1]?.length ?? 0;
}

const NOTATIONS: readonly Notation[] = [0, 1, 2, 3, 4, -1, -2, -3].flatMap((decimals) =>
  ([".", ","] as const).map((separator) => ({ decimals, separator })),
);

/**
 * The notation that the fixtures' prices of a currency, or of one with as many decimals, have in common; `undefined` if there is none,
 * because the prices contradict each other.
 */
export function notationOf(amounts: AmountsFixture, currency: string): Notation | undefined {
  const prices = writtenPrices(amounts);
  const own = prices.filter(({ amount }) => amount.currency === currency);
  const alike = prices.filter(({ amount }) => decimalsOf(amount.currency) === decimalsOf(currency));
  const known = own.length > 0 ? own : alike;
  return NOTATIONS.find((one) => known.every(({ amount, text }) => minorUnits(text, one) === BigInt(amount.value)));
}

/** True if a text is this amount in some notation, the documented one or another. */
export function isInSomeNotation(text: string, { value }: Money): boolean {
  return NOTATIONS.some((one) => minorUnits(text, one) === BigInt(value));
}

/** Reads a text digit by digit, without floating point; `undefined` if it is no amount in this notation. */
export function minorUnits(text: string, { decimals, separator }: Notation): bigint | undefined {
  const [, whole, fraction = ""] = (separator === "." ? DOT : COMMA).exec(text) ?? [];
  if (whole === undefined) return undefined;
  if (decimals >= 0) {
    const rest = fraction.slice(decimals);
    return /^0*$/.test(rest) ? BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0")) : undefined;
  }
  const units = BigInt(whole);
  const step = 10n ** BigInt(-decimals);
  return fraction === "" && units % step === 0n ? units / step : undefined;
}

const DOT = /^(\d+)(?:\.(\d+))?$/;
const COMMA = /^(\d+)(?:,(\d+))?$/;

/** Writes minor units in a notation, with all decimals. */
export function written(minor: number, { decimals, separator }: Notation): string {
  if (decimals <= 0) return String(minor) + "0".repeat(-decimals);
  const digits = String(minor).padStart(decimals + 1, "0");
  return `${digits.slice(0, -decimals)}${separator}${digits.slice(-decimals)}`;
}
