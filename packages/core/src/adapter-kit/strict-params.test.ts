import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import { parseStrictParams } from "./strict-params.ts";

/** Returns the error's code and field, after checking that its text does not quote the input. */
function refusal(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary/);
    return isPayError(error) ? [error.code, error.field] : error;
  }
  return "accepted";
}

describe("strict parameters", () => {
  it.each([
    ["a=1&b=2", "a", "1"],
    ["a=1&b=2", "b", "2"],
    ["a=1", "b", undefined],
    ["", "a", undefined],
    ["", "", undefined],
    ["a", "a", ""],
    ["a=", "a", ""],
    ["a&b=1", "b", "1"],
    ["=1", "", "1"],
    ["=", "", ""],
    ["&&a=1&&", "a", "1"],
    ["&&a=1&&", "", undefined],
    ["a=b=c==", "a", "b=c=="],
    ["a=1;b=2", "a", "1;b=2"],
    ["a=x+y", "a", "x y"],
    ["a=x%2By", "a", "x+y"],
    ["a=x%20y", "a", "x y"],
    ["a=%26b%3D1", "a", "&b=1"],
    ["a+b=1", "a b", "1"],
    ["%61=1", "a", "1"],
    ["a%3D=1", "a=", "1"],
    ["a=%C5%BC%f0%9f%98%80", "a", "ż😀"],
    ["a=ż", "a", "ż"],
    ["a=%2525", "a", "%25"],
    ["a=%0D%0A", "a", "\r\n"],
    ["A=1", "a", undefined],
    ["?a=1", "a", undefined],
    ["a[]=1", "a", undefined],
    ["a[b]=1", "a[b]", "1"],
    ["a=1", "constructor", undefined],
    ["a=1", "toString", undefined],
    ["a=1", "hasOwnProperty", undefined],
    ["a=1", "__proto__", undefined],
    ["__proto__=1", "__proto__", "1"],
    ["__proto__[a]=1", "a", undefined],
    ["constructor=1", "constructor", "1"],
    ["%C3%A9=1", "e\u0301", undefined],
  ])("%j has at %j %j", (encoded, name, value) => {
    expect(parseStrictParams(encoded).get(name)).toBe(value);
  });

  it.each([
    ["a=canary&a=canary", "a"],
    ["a=1&b=2&a=3", "a"],
    ["a=1&%61=2", "a"],
    ["a&a=1", "a"],
    ["a=&a=", "a"],
    ["a+b=1&a%20b=2", "a b"],
    ["=1&=2", ""],
    ["__proto__=1&__proto__=2", "__proto__"],
    [`a=1${"&a=1".repeat(16_000)}`, "a"],
  ])("%.40j is refused where %j is asked for", (encoded, name) => {
    const params = parseStrictParams(encoded);
    expect(refusal(() => params.get(name))).toEqual(["MALFORMED", name]);
    expect(refusal(() => params.get(name))).toEqual(["MALFORMED", name]);
  });

  it("does not mind a repeated name nobody asks for", () => {
    const params = parseStrictParams("utm=1&a=1&utm=2");
    expect([params.get("a"), params.get("A")]).toEqual(["1", undefined]);
  });

  it.each([
    ["a NUL", "a=canary%00"],
    ["a NUL in a name", "canary%00=1"],
    ["a bare NUL", "a=canary\0"],
    ["a byte UTF-8 never has", "a=canary%FF"],
    ["a character cut short", "a=%C5canary"],
    ["the long way to write a slash", "a=%C0%AF"],
    ["a surrogate written as UTF-8", "a=%ED%A0%80"],
    ["a lone surrogate", "a=canary\ud800"],
    ["a lone surrogate in a name", "\udc00=canary"],
    ["a percent sign alone", "a=canary%"],
    ["a percent sign in a name", "%=canary"],
    ["one digit", "a=%4"],
    ["no digits", "a=%zz"],
    ["the escape of UTF-16", "a=%u0061"],
  ])("refuses %s, whichever parameter has it", (_, encoded) => {
    expect(refusal(() => parseStrictParams(encoded))).toEqual(["MALFORMED", undefined]);
    expect(refusal(() => parseStrictParams(`b=2&${encoded}`))).toEqual(["MALFORMED", undefined]);
  });

  it("reads back whatever URLSearchParams writes, if no name is repeated", () => {
    const text = fc.string({ unit: "grapheme" }).filter((it) => !it.includes("\0"));
    const pairs = fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name });
    fc.assert(
      fc.property(pairs, (written) => {
        const params = parseStrictParams(new URLSearchParams(written).toString());
        for (const [name, value] of written) expect(params.get(name)).toBe(value);
      }),
    );
  });

  it("agrees with URLSearchParams about any text it accepts", () => {
    const unit = fc.constantFrom(..."ab=&&+%0126CFż\0", "%41", "%3D", "%26", "%C5%BC", "%00");
    fc.assert(
      fc.property(fc.string({ unit }), (encoded) => {
        const params = accepted(encoded);
        const all = new URLSearchParams(`&${encoded}`);
        for (const name of params === undefined ? [] : new Set([...all.keys(), "a", "", "absent"])) {
          const values = all.getAll(name);
          if (values.length > 1) expect(refusal(() => params?.get(name))).toEqual(["MALFORMED", name]);
          else expect(params?.get(name)).toBe(values[0]);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

function accepted(encoded: string) {
  try {
    return parseStrictParams(encoded);
  } catch {
    return undefined;
  }
}
