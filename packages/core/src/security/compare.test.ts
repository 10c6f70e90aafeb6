import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { secretsEqual } from "./compare.ts";

describe("secrets", () => {
  it.each([
    ["the same text", "s3cret", "s3cret"],
    ["nothing", "", ""],
    ["the same text of many bytes", "zażółć 🔑", "zażółć 🔑"],
    ["the same half of a character", "\ud800", "\ud800"],
    ["the same megabyte", "a".repeat(1 << 20), "a".repeat(1 << 20)],
  ])("are equal: %s", (_, a, b) => {
    expect(secretsEqual(a, b)).toBe(true);
  });

  it.each([
    ["the last character", "s3cret", "s3creT"],
    ["the first character", "s3cret", "S3cret"],
    ["the length", "s3cret", "s3cret1"],
    ["nothing and something", "", "s3cret"],
    ["a space", "s3cret", "s3cret "],
    ["a NUL", "s3cret", "s3cret\0"],
    ["a NUL and nothing", "", "\0"],
    ["the length in bytes alone", "é", "e"],
    ["composed and decomposed", "é", "e\u0301"],
    ["width", "a", "ａ"],
    ["a lone surrogate and what UTF-8 puts in its place", "\ud800", "\ufffd"],
    ["two lone surrogates", "\ud800", "\udc00"],
    ["characters of one low byte", "a", "\u0161"],
  ])("differ: %s", (_, a, b) => {
    expect(secretsEqual(a, b)).toBe(false);
    expect(secretsEqual(b, a)).toBe(false);
  });

  it("are equal exactly if the texts are", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\0", "é", "\ud800", "\udc00", "\ufffd"), maxLength: 4 });
    fc.assert(
      fc.property(text, text, (a, b) => secretsEqual(a, b) === (a === b)),
      { numRuns: 2000 },
    );
  });
});
