import { describe, expect, it } from "@jest/globals";
import published from "currency-codes";
import fc from "fast-check";
import { currencies, exponentOf } from "./currencies.ts";
import { isPayError } from "./errors.ts";
import { formatMoney, money } from "./money.ts";

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return isPayError(error) ? error.code : error;
  }
  return "no error";
};

describe("money", () => {
  it.each([
    ["19.99", "PLN", 1999],
    ["20", "PLN", 2000],
    ["20.5", "PLN", 2050],
    ["0.01", "EUR", 1],
    ["4.35", "PLN", 435],
    ["500", "JPY", 500],
    ["1.234", "KWD", 1234],
    ["1000.00", "HUF", 100_000],
    ["90071992547409.91", "PLN", Number.MAX_SAFE_INTEGER],
  ])("reads %s %s as %d minor units", (decimal, currency, amount) => {
    expect(money(decimal, currency)).toEqual({ value: amount, currency });
  });

  it.each([
    "",
    " 1",
    "1 ",
    "+1",
    "-1",
    "1e3",
    "0x10",
    "1,50",
    ".5",
    "5.",
    "01",
    "1.999",
    "NaN",
    "Infinity",
    "١",
    "90071992547409.92",
    "9".repeat(400),
  ])("refuses %j", (decimal) => {
    expect(codeOf(() => money(decimal, "PLN"))).toBe("INVALID_AMOUNT");
  });

  it("refuses what is no text, also from plain JavaScript", () => {
    expect(codeOf(() => money(19.99 as never, "PLN"))).toBe("INVALID_AMOUNT");
    expect(codeOf(() => money("1", undefined as never))).toBe("INVALID_AMOUNT");
  });

  it.each(["pln", "XXX", "XAU", "BGN", "", "PL", "constructor"])("refuses the currency %j", (currency) => {
    expect(codeOf(() => money("1", currency))).toBe("INVALID_AMOUNT");
  });

  it("formats with all decimals of the currency", () => {
    expect(formatMoney({ value: 5, currency: "PLN" })).toBe("0.05");
    expect(formatMoney({ value: 2000, currency: "PLN" })).toBe("20.00");
    expect(formatMoney({ value: 500, currency: "JPY" })).toBe("500");
    expect(formatMoney({ value: 1, currency: "KWD" })).toBe("0.001");
  });

  it("refuses to format fractions, negatives and numbers that are not exact", () => {
    for (const amount of [0.5, -1, Number.NaN, Number.MAX_SAFE_INTEGER + 1]) {
      expect(codeOf(() => formatMoney({ value: amount, currency: "PLN" }))).toBe("INVALID_AMOUNT");
    }
  });

  it("reads back what it wrote, for every currency and amount", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom(...currencies()), (amount, currency) => {
        expect(money(formatMoney({ value: amount, currency }), currency)).toEqual({ value: amount, currency });
      }),
    );
  });
});

describe("the currency table", () => {
  // The changes between the package's list (ISO 4217 of 2024-06-25) and the date of our table.
  const withdrawn = ["ANG", "BGN", "CUC"];
  const added = ["XAD", "XCG"];
  const withoutMinorUnit = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX".split(" ");

  it("agrees with an independent package on every code and exponent", () => {
    const expected = published.data
      .filter(({ code }) => ![...withdrawn, ...withoutMinorUnit].includes(code))
      .map(({ code, digits }) => [code, digits]);
    const ours = currencies()
      .filter((code) => !added.includes(code))
      .map((code) => [code, exponentOf(code)]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(expected));
  });
});
