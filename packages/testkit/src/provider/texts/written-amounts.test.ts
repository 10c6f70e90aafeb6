import assert from "node:assert/strict";
import { describe, it } from "@jest/globals";
import { minorUnits, notationOf, written, writtenPrices } from "./written-amounts.ts";

describe("the notation of a gateway's prices", () => {
  it.each([
    ["grosze", { "0.01 PLN": "1", "10.00 PLN": "1000" }, "PLN", 0, "123456"],
    ["złoty", { "0.01 PLN": "0.01", "10.00 PLN": "10.00" }, "PLN", 2, "1234.56"],
    ["złoty without zeros", { "0.01 PLN": "0.01", "10.00 PLN": "10" }, "PLN", 2, "1234.56"],
    ["złoty with a comma", { "0.01 PLN": "0,01", "10.00 PLN": "10,00" }, "PLN", 2, "1234,56"],
    ["krónur in hundredths", { "1 ISK": "100", "10 ISK": "1000" }, "ISK", -2, "12345600"],
    ["of a currency with as many decimals", { "0.01 PLN": "1", "10.00 PLN": "1000" }, "EUR", 0, "123456"],
  ])("is read from its texts: %s", (_, amounts, currency, decimals, text) => {
    const notation = notationOf(amounts, currency);
    assert.ok(notation);
    assert.equal(notation.decimals, decimals);
    assert.equal(written(123_456, notation), text);
    assert.equal(minorUnits(text, notation), 123_456n);
  });

  it("is none where two texts contradict each other", () => {
    assert.equal(notationOf({ "0.01 PLN": "1", "10.00 PLN": "10.00" }, "PLN"), undefined);
  });

  it.each(["", "1e3", "1 000", "-1", "0x10", "1.2.3", "1,00"])("reads no amount from %j", (text) => {
    assert.equal(minorUnits(text, { decimals: 2, separator: "." }), undefined);
  });

  it("reads no price from a key that is none", () => {
    assert.deepEqual(writtenPrices({ "1 grosz": "1", "0.00 PLN": "0", "0.001 PLN": "0.1", PLN: "1" }), []);
  });
});
