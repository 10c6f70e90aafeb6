import { exponentOf } from "./currencies.ts";
import { PayError } from "./errors.ts";

/** An exact amount. It survives JSON, so events can carry it. */
export interface Money {
  /** Minor units (grosze, cents) as a safe integer, never negative. */
  readonly value: number;
  /** ISO 4217 code, upper case. */
  readonly currency: string;
}

const DECIMAL = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,4}))?$/;

/**
 * Reads a decimal text without floating point: `money("19.99", "PLN")` is 1999 grosze. Missing decimals count as zeros ("19.9", "20");
 * more decimals than the currency has are refused.
 *
 * @throws PayError `INVALID_AMOUNT` for anything but digits and one dot, an unknown currency, or more than 2^53 - 1 minor units
 */
export function money(decimal: string, currency: string): Money {
  const exponent = knownExponent(currency);
  const match = typeof decimal === "string" ? DECIMAL.exec(decimal) : null;
  if (match === null) {
    throw new PayError("INVALID_AMOUNT", 'amount must be a decimal text such as "19.99": digits and at most one dot.', {
      field: "amount",
    });
  }
  const fraction = match[2] ?? "";
  if (fraction.length > exponent) {
    throw new PayError("INVALID_AMOUNT", `amount must have at most ${exponent} decimals, as many as ${currency} has.`, {
      field: "amount",
    });
  }
  const amount = Number(match[1] + fraction.padEnd(exponent, "0"));
  if (!Number.isSafeInteger(amount)) {
    throw new PayError("INVALID_AMOUNT", "amount must be smaller: Pay counts to 2^53 - 1 minor units.", {
      field: "amount",
    });
  }
  return { value: amount, currency };
}

/**
 * Writes an amount as a decimal text with all decimals of its currency: 1999 grosze are `"19.99"`, 2000 are `"20.00"`, 5 yen are `"5"`.
 *
 * @throws PayError `INVALID_AMOUNT` if the amount is not valid
 */
export function formatMoney(value: Money): string {
  checkMoney(value);
  const exponent = knownExponent(value.currency);
  const digits = String(value.value).padStart(exponent + 1, "0");
  if (exponent === 0) return digits;
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * Checks that a value is an exact, non-negative amount in a known currency.
 *
 * @throws PayError `INVALID_AMOUNT`
 */
export function checkMoney(value: Money): void {
  if (typeof value !== "object" || value === null || !Number.isSafeInteger(value.value) || value.value < 0) {
    throw new PayError(
      "INVALID_AMOUNT",
      'amount must be a whole, non-negative number of minor units with a currency; make it with money("19.99", "PLN").',
      { field: "amount" },
    );
  }
  knownExponent(value.currency);
}

/** Whether a value is an exact, non-negative amount in a known currency. */
export function isMoney(value: Money): boolean {
  try {
    checkMoney(value);
    return true;
  } catch {
    return false;
  }
}

/** Reads a decimal text as `money` does. Returns `undefined` for a text that `money` refuses: report it as `unrecognized`, never as no answer. */
export function parseMoney(decimal: string, currency: string): Money | undefined {
  try {
    return money(decimal, currency);
  } catch {
    return undefined;
  }
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.value === b.value && a.currency === b.currency;
}

function knownExponent(currency: string): number {
  const exponent = typeof currency === "string" ? exponentOf(currency) : undefined;
  if (exponent === undefined) {
    throw new PayError("INVALID_AMOUNT", "amount.currency must be an ISO 4217 code in use, such as PLN.", {
      field: "amount.currency",
    });
  }
  return exponent;
}
