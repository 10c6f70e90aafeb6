import { inspect } from "node:util";
import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import { asciiForm, parseStrictParams } from "./strict-params.ts";

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

  it("reads what decodeURIComponent reads, and refuses what it throws for", () => {
    const byte = fc.nat(255).map((value) => `%${value.toString(16).padStart(2, "0")}`);
    const sound = fc.constantFrom("%C5%BC", "%f0%9f%98%80", "%ED%A0%80", "%EF%BF%BE", "\u017c", "a", "+");
    const pieces = fc.array(fc.oneof(byte, sound, fc.constantFrom("%", "%C5", "%a")), { maxLength: 4 });
    fc.assert(
      fc.property(pieces, (all) => {
        const encoded = all.join("");
        const unreadable: string[] = [];
        const read = parseStrictParams(`a=${encoded}`, unreadable).getIfReadable("a");
        let expected: string | undefined;
        try {
          expected = decodeURIComponent(encoded.replaceAll("+", " "));
        } catch {}
        if (expected?.includes("\0")) expected = undefined;
        expect([read, unreadable.length]).toEqual([expected, expected === undefined ? 1 : 0]);
      }),
    );
  });

  it("makes no error for a name that is unreadable: anybody may send thousands of them", () => {
    const decode = jest.spyOn(globalThis, "decodeURIComponent");
    try {
      parseStrictParams("%&%a1=&%C5=&%ED%A0%80=&%C5%BC=1");
      expect(decode.mock.results.map(({ type }) => type)).toEqual(["return"]);
    } finally {
      decode.mockRestore();
    }
  });

  it("does not mind a repeated name nobody asks for", () => {
    const params = parseStrictParams("utm=1&a=1&utm=2");
    expect([params.get("a"), params.get("A")]).toEqual(["1", undefined]);
  });

  it.each([
    ["a NUL", "a=canary%00"],
    ["a bare NUL", "a=canary\0"],
    ["a byte UTF-8 never has", "a=canary%FF"],
    ["a character cut short", "a=%C5canary"],
    ["a letter in ISO-8859-2", "a=p%B3atno%B6%E6"],
    ["the long way to write a slash", "a=%C0%AF"],
    ["a surrogate written as UTF-8", "a=%ED%A0%80"],
    ["a lone surrogate", "a=canary\ud800"],
    ["a percent sign alone", "a=canary%"],
    ["one digit", "a=%4"],
    ["no digits", "a=%zz"],
    ["the escape of UTF-16", "a=%u0142"],
  ])("refuses %s where it is read, and nowhere else", (_, encoded) => {
    const unreadable: string[] = [];
    const params = parseStrictParams(`b=2&${encoded}`, unreadable);
    expect(params.get("b")).toBe("2");
    expect(unreadable).toEqual([]);
    expect(refusal(() => params.get("a"))).toEqual(["MALFORMED", "a"]);
    expect(params.getIfReadable("a")).toBeUndefined();
    expect(unreadable).toEqual(["a"]);
  });

  it("refuses a repeated name where it decides, and leaves it out where it decides nothing", () => {
    for (const encoded of ["a=1&a=1", "a=1&a=%B3", "a=%B3&a=1", "a=1&%61=2", "a=1&a=2&a=3"]) {
      const unreadable: string[] = [];
      const params = parseStrictParams(encoded, unreadable);
      expect(params.getIfReadable("a")).toBeUndefined();
      expect(unreadable).toEqual(["a"]);
      expect(refusal(() => params.get("a"))).toEqual(["MALFORMED", "a"]);
    }
  });

  it.each(["canary%00=1", "\udc00=canary", "%=canary", "%u0061=1", "%C1%A1=1", "a%=1"])(
    "leaves out %j, whose name is no text",
    (encoded) => {
      const params = parseStrictParams(`a=1&${encoded}&${encoded}&b=2`);
      expect([params.get("a"), params.get("b")]).toEqual(["1", "2"]);
    },
  );

  it("reads 10,000 parameters, and one of them twice", () => {
    const params = parseStrictParams(`${Array.from({ length: 10_000 }, (_, at) => `p${at}=${at}`).join("&")}&p7=8`);
    expect(params.get("p9999")).toBe("9999");
    expect(refusal(() => params.get("p7"))).toEqual(["MALFORMED", "p7"]);
  });

  it("reads a form byte for byte, without its byte order mark", () => {
    const form = Buffer.concat([
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from("a=%C5\xbc&b=\xc5\xbc&c=\xb3&\xb3=1&d=%4\xb1", "latin1"),
    ]);
    const params = parseStrictParams(asciiForm(form));
    expect([params.get("a"), params.get("b"), params.getIfReadable("c")]).toEqual(["\u017c", "\u017c", undefined]);
    expect(refusal(() => params.get("d"))).toEqual(["MALFORMED", "d"]);
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

  it("agrees with URLSearchParams about any text, or refuses it for a reason", () => {
    const unit = fc.constantFrom(..."ab=&&+%0126CFż\0", "%41", "%3D", "%26", "%C5%BC", "%00");
    fc.assert(
      fc.property(fc.string({ unit }), (encoded) => {
        const params = parseStrictParams(encoded);
        const all = new URLSearchParams(`&${encoded}`);
        for (const name of new Set([...all.keys(), "a", "", "absent"])) {
          const values = all.getAll(name);
          if (!isSound(name, encoded)) continue;
          if (values.length > 1) expect(refusal(() => params.get(name))).toEqual(["MALFORMED", name]);
          else if (params.getIfReadable(name) !== undefined) expect(params.get(name)).toBe(values[0]);
          else if (values.length === 1) expect(values[0]).toMatch(/[\0%\ufffd]/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** Whether a name is read alike: URLSearchParams also makes one from what is no percent-encoded UTF-8. */
function isSound(name: string, encoded: string): boolean {
  const names = encoded.split("&").map((pair) => pair.split("=")[0]!.replaceAll("+", " "));
  const isRead = (text: string) => {
    try {
      return !decodeURIComponent(text).includes("\0");
    } catch {
      return false;
    }
  };
  return !/[\0%\ufffd]/.test(name) && names.every(isRead);
}
