import { describe, expect, it } from "@jest/globals";
import { showMoney } from "./show-money.ts";
import { showNumber } from "./show-number.ts";
import { showTime } from "./show-time.ts";

describe("an amount", () => {
  it.each([
    ["19.99", "PLN", "19,99\u00a0zł", "PLN\u00a019.99"],
    ["12345.60", "EUR", "12\u00a0345,60\u00a0€", "€12,345.60"],
    ["500", "JPY", "500\u00a0JPY", "JP¥500"],
    ["1.250", "KWD", "1,250\u00a0KWD", "KWD\u00a01.250"],
    // Currencies for which Intl writes fewer decimals than ISO 4217 has.
    ["7.123", "IQD", "7,123\u00a0IQD", "IQD\u00a07.123"],
    ["5.00", "LAK", "5,00\u00a0LAK", "LAK\u00a05.00"],
    // More than a floating-point number holds.
    ["90071992547409.91", "PLN", "90\u00a0071\u00a0992\u00a0547\u00a0409,91\u00a0zł", "PLN\u00a090,071,992,547,409.91"],
    [
      "9007199254740993.01",
      "PLN",
      "9\u00a0007\u00a0199\u00a0254\u00a0740\u00a0993,01\u00a0zł",
      "PLN\u00a09,007,199,254,740,993.01",
    ],
  ])("of %s %s is %s in Polish and %s in English", (decimal, currency, polish, english) => {
    expect(showMoney({ decimal, currency }, "pl")).toBe(polish);
    expect(showMoney({ decimal, currency }, "en")).toBe(english);
  });

  it.each([
    ["19.99", "zł"],
    ["19.99", "pln"],
    ["much", "PLN"],
    ["-1", "PLN"],
    ["1e3", "PLN"],
    ["", ""],
  ])("that is none is shown unchanged: %p %p", (decimal, currency) => {
    expect(showMoney({ decimal, currency }, "pl")).toBe(`${decimal} ${currency}`);
  });
});

describe("a time", () => {
  const at = Date.UTC(2026, 0, 15, 12, 0, 0, 7);

  it("has date and time of its zone", () => {
    expect(showTime(at, { language: "pl", timeZone: "Europe/Warsaw" })).toBe("15.01.2026, 13:00:00");
    expect(showTime(at, { language: "en", timeZone: "UTC" })).toBe("15/01/2026, 12:00:00");
  });

  it("has milliseconds where they are wanted", () => {
    expect(showTime(at, { language: "pl", timeZone: "UTC", milliseconds: true })).toBe("15.01.2026, 12:00:00,007");
    expect(showTime(at, { language: "en", timeZone: "UTC", milliseconds: true })).toBe("15/01/2026, 12:00:00.007");
  });

  it("can be the time of day alone, which begins at 00 at midnight", () => {
    const midnight = Date.UTC(2026, 0, 15);
    expect(showTime(midnight, { language: "en", timeZone: "UTC", parts: "time" })).toBe("00:00:00");
  });
});

it("a number has the separators of its language, and what its options say", () => {
  expect([showNumber(12345.6, "pl"), showNumber(12345.6, "en")]).toEqual(["12\u00a0345,6", "12,345.6"]);
  expect([showNumber(0.755, "pl", { style: "percent" }), showNumber(0.755, "en", { style: "percent" })]).toEqual([
    "76%",
    "76%",
  ]);
});
