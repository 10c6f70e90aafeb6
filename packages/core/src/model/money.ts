import { exponentOf } from "./currencies.ts";
import { PayError } from "./errors.ts";

/** An exact amount. Survives JSON, so events can carry it. */
export interface Money {
  /** Minor units (grosze, cents) as a safe integer, never negative. */
  readonly value: number;
  /** ISO 4217 code, upper case. */
  readonly currency: string;
}

const DECIMAL = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,4}))?$/;

/**
 * Reads a decimal by pattern, without floating point: `money("19.99", "PLN")` is 1999 grosze.
 * Fewer decimals than the currency has are filled up ("19.9", "20"), more are refused.
 *
 * @throws PayError `INVALID_AMOUNT` for anything but digits and one dot, for an unknown currency, or past 2^53 - 1 minor units.
 */
export function money(decimal: string, currency: string): Money {
  const exponent = knownExponent(currency);
  const match = typeof decimal === "string" ? DECIMAL.exec(decimal) : null;
  if (match === null) {
    throw new PayError("INVALID_AMOUNT", 'An amount is a decimal text such as "19.99": digits and at most one dot.', {
      field: "amount",
    });
  }
  const fraction = match[2] ?? "";
  if (fraction.length > exponent) {
    throw new PayError("INVALID_AMOUNT", `${currency} has ${exponent} decimals; the amount has ${fraction.length}.`, {
      field: "amount",
    });
  }
  const amount = Number(match[1] + fraction.padEnd(exponent, "0"));
  if (!Number.isSafeInteger(amount)) {
    throw new PayError("INVALID_AMOUNT", "The amount is too large to be kept exactly.", { field: "amount" });
  }
  return { value: amount, currency };
}

/**
 * The decimal text of an amount with all decimals of its currency: 1999 grosze are `"19.99"`, 2000 are `"20.00"`, 5 yen are `"5"`.
 *
 * @throws PayError `INVALID_AMOUNT` if it is not a valid amount.
 */
export function formatMoney(value: Money): string {
  checkMoney(value);
  const exponent = knownExponent(value.currency);
  const digits = String(value.value).padStart(exponent + 1, "0");
  if (exponent === 0) return digits;
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * Refuses what is not an exact, non-negative amount in a known currency.
 *
 * @throws PayError `INVALID_AMOUNT`
 */
export function checkMoney(value: Money): void {
  if (typeof value !== "object" || value === null || !Number.isSafeInteger(value.value) || value.value < 0) {
    throw new PayError(
      "INVALID_AMOUNT",
      'An amount is a whole, non-negative number of minor units; make it with money("19.99", "PLN").',
      { field: "amount" },
    );
  }
  knownExponent(value.currency);
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.value === b.value && a.currency === b.currency;
}

function knownExponent(currency: string): number {
  const exponent = typeof currency === "string" ? exponentOf(currency) : undefined;
  if (exponent === undefined) {
    throw new PayError("INVALID_AMOUNT", "The currency is not an ISO 4217 code in use, such as PLN.", {
      field: "amount.currency",
    });
  }
  return exponent;
}
