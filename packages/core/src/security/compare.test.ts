import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { equalsAny, secretsEqual } from "./compare.ts";

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

describe("what a callback brings", () => {
  it.each<[string, string | null | undefined, readonly string[], boolean]>([
    ["the only key", "current", ["current"], true],
    ["the first of several", "current", ["current", "next"], true],
    ["the last of several", "next", ["current", "next"], true],
    ["a key twice configured", "current", ["current", "current"], true],
    ["another key", "old", ["current", "next"], false],
    ["the start of a key", "curren", ["current"], false],
    ["a key and more", "currents", ["current"], false],
    ["both keys", "currentnext", ["current", "next"], false],
    ["another case", "CURRENT", ["current"], false],
    ["more bytes than characters", "zażółć", ["zazolc"], false],
    ["nothing", "", ["current"], false],
    ["no parameter", undefined, ["current"], false],
    ["no header", null, ["current"], false],
    ["anything without keys", "current", [], false],
    ["nothing where a key is nothing", "", [""], false],
    ["no parameter where a key is nothing", undefined, ["current", ""], false],
  ])("%s: %j among %j is %j", (_, given, expected, equal) => {
    expect(equalsAny(given, expected)).toBe(equal);
  });

  it("is compared with every key, whichever fits", () => {
    for (const given of ["current", "third", "none", ""]) {
      const read: string[] = [];
      const keys = new Proxy(["current", "next", "third"], {
        get(target, name) {
          if (/^\d$/.test(String(name))) read.push(String(name));
          return Reflect.get(target, name);
        },
      });
      equalsAny(given, keys);
      expect(read).toEqual(["0", "1", "2"]);
    }
  });

  it("is equal exactly if it is among the texts and not empty", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "\ud800", "\ufffd"), maxLength: 3 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 3 }), (given, expected) => {
        expect(equalsAny(given, expected)).toBe(given !== "" && expected.includes(given));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a list that is compared with again and again", () => {
  it("counts as it is at that moment, also where it is frozen in between", () => {
    const list = ["first"];
    expect(equalsAny("first", list)).toBe(true);
    list[0] = "second";
    expect([equalsAny("first", list), equalsAny("second", list)]).toEqual([false, true]);
    Object.freeze(list);
    for (let again = 0; again < 2; again++) {
      expect([equalsAny("first", list), equalsAny("second", list)]).toEqual([false, true]);
    }
  });
});
