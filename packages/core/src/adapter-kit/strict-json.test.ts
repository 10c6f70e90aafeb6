import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import { parseStrictJson } from "./strict-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** Reads everything. Returns the error's code, after checking that its text does not quote the input. */
function refusal(input: Uint8Array | string): unknown {
  try {
    JSON.stringify(parseStrictJson(input));
  } catch (error) {
    expect(inspect(error, { depth: 9, showHidden: true }).replaceAll(import.meta.filename, "")).not.toMatch(/canary/);
    return isPayError(error) ? error.code : error;
  }
  return "accepted";
}

describe("strict JSON", () => {
  it.each([
    '{"Finished":true,"Id":"a"}',
    ' \t\r\n[1, -0.5, 1e3, true, false, null, ""] ',
    '"text"',
    "0",
    '{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":3}}',
    '{"a":"a","b":"a"}',
    '["a","a",":"]',
    '{"A":1,"a":2}',
    '{"é":1,"e\u0301":2}',
    '{"":1}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"\\\\","b":"\\\\\\"","c":"]}"}',
    '["__proto__"]',
    '{"constructor":1,"prototype":2,"toString":3}',
    '"\\ud83d\\ude00 😀 \ufeff"',
    nested(32),
    `${'{"a":'.repeat(32)}1${"}".repeat(32)}`,
    `[${"[],".repeat(1000)}[]]`,
  ])("reads %s", (text) => {
    expect(parseStrictJson(bytes(text))).toEqual(JSON.parse(text));
  });

  it.each([
    ["two equal keys", '{"a":"canary","a":2}'],
    ["two equal keys with equal values", '{"a":"canary","a":"canary"}'],
    ["keys equal once unescaped", '{"a":1,"\\u0061":2}'],
    ["keys equal once unescaped, the other way", '{"\\u0061":1,"a":2}'],
    ["equal keys with something nested between", '{"a":{"b":[{"a":1}]},"b":[],"a":2}'],
    ["equal keys on the second level", '[{"b":{"a":1,"a":2}}]'],
    ["equal empty keys", '{"":1,"":2}'],
    ["equal keys with white space before the colon", '{"a" :1,"a"\t\r\n :2}'],
    ["equal keys that end in a backslash", '{"a\\\\":1,"a\\\\":2}'],
    ["equal keys with quotes in them", '{"a\\"":1,"a\\"":2}'],
    ["__proto__", '{"__proto__":{"canary":1}}'],
    ["__proto__ further in", '[{"a":{"__proto__":1}}]'],
    ["__proto__ escaped", '{"\\u005f\\u005fproto\\u005F_":1}'],
    ["33 levels of arrays", nested(33)],
    ["33 levels of objects", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`],
    ["33 levels, mixed, after closed ones", `[${nested(31)},${'{"a":['.repeat(16)}${"]}".repeat(16)}]`],
    ["64 KiB of nested arrays", nested(32 * 1024)],
    ["64 KiB of arrays that are never closed", "[".repeat(64 * 1024)],
    ["200,000 nested arrays", nested(200_000)],
    ["200,000 nested objects", `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`],
    ["an escaped NUL", '{"id":"canary\\u0000"}'],
    ["a bare NUL", '{"id":"canary\0"}'],
    ["a NUL after the end", "{}\0"],
    ["a lone high surrogate", '"canary \\ud83d"'],
    ["a lone low surrogate", '"canary \\ude00"'],
    ["surrogates the wrong way round", '"\\ude00\\ud83d"'],
    ["two byte order marks", "\ufeff\ufeff{}"],
    ["nothing", ""],
    ["white space", " \n"],
    ["words", "canary"],
    ["something after the end", "{} {}"],
    ["a comma too many", '{"a":1,}'],
    ["single quotes", "{'a':1}"],
    ["a comment", "{/* canary */}"],
    ["NaN", "[NaN]"],
    ["a number in hexadecimal", "0x10"],
    ["a leading zero", "[01]"],
    ["a string that is never closed", '{"a":"canary'],
    ["a string that ends in an escape", '"canary\\'],
    ["a line break within a string", '"a\nb"'],
    ["a form", "a=canary"],
  ])("refuses %s", (_, text) => {
    expect(refusal(bytes(text))).toBe("MALFORMED");
  });

  it.each([
    ["a byte UTF-8 never has", '"canary \xff"'],
    ["a character cut short", '"canary \xc5"'],
    ["the long way to write a slash", '"\xc0\xaf"'],
    ["a surrogate written as UTF-8", '"\xed\xa0\x80"'],
    ["UTF-16", "\xff\xfe{\0}\0"],
  ])("refuses %s", (_, text) => {
    expect(refusal(latin1(text))).toBe("MALFORMED");
  });

  const odd: readonly [string, string][] = [
    ["NUL", '"canary\\u0000"'],
    ["a lone surrogate", '"canary\\ud83d"'],
    ["a letter in ISO-8859-2", '"\xb3canary"'],
    ["the long way to write a slash", '"\xc0\xaf"'],
    ["a surrogate written as UTF-8", '"\xed\xa0\x80"'],
    ["a repeated key", '{"a":1,"a":2}'],
    ["33 levels", nested(33)],
    ["a number without end", "1e400"],
    ["NUL in a key", '{"canary\\u0000":1}'],
    ["a key in ISO-8859-2, twice", '{"\xb3":1,"\xb3":2}'],
  ];

  it.each(odd)("reads the rest of what has %s in it, as if that stood nowhere", (_, text) => {
    const whole = `\xef\xbb\xbf{"id":"\xc5\xbc1","x":${text},"y":[${text},{"z":${text}}],"last":[true]}`;
    const read = parseStrictJson(latin1(whole)) as Record<string, unknown>;
    expect([read.id, read.last]).toEqual(["\u017c1", [true]]);
  });

  it.each(odd.slice(0, 7))("refuses %s as soon as it is read, wherever it stands", (_, text) => {
    for (const whole of [`{"x":${text}}`, `[[1,${text}]]`, `{"x":[{"y":${text}}],"z":"\xc5\xbc"}`]) {
      const read = parseStrictJson(latin1(whole));
      expect(refusal(latin1(whole))).toBe("MALFORMED");
      expect(() => JSON.stringify(read)).toThrow(expect.objectContaining({ code: "MALFORMED" }));
    }
  });

  it("drops a byte order mark in front of the JSON, and none within", () => {
    for (const other of ['"a"', '"\xb3"']) {
      const read = parseStrictJson(latin1(`\xef\xbb\xbf{"x":${other},"id":"\xef\xbb\xbf1"}`)) as { id: string };
      expect(read.id).toBe("\ufeff1");
    }
  });

  it("refuses a key that stands three times, and one that an unreadable one repeats, but not where it decides nothing", () => {
    for (const text of ['{"a":1,"b":[],"a":2,"a":3}', '{"a":"\xb3","a":2}', '{"a":1,"a":"\\ud800"}']) {
      const read = parseStrictJson(latin1(text)) as { a: unknown };
      expect(() => read.a).toThrow(expect.objectContaining({ code: "MALFORMED", field: "a" }));
      const unreadable: string[] = [];
      expect((parseStrictJson(latin1(text), ["a"], unreadable) as { a: unknown }).a).toBeUndefined();
      expect(unreadable).toEqual(["a"]);
    }
  });

  it("gives no text and a note where it may be unreadable", () => {
    const unreadable: string[] = [];
    const text = '{"id":"1","channel":"p\xb3atno\xb6\xe6","data":{"email":"\\ud800","name":"a"},"list":["\\u0000"]}';
    const paths = ["channel", "data.email", "data.name", "list.0", "absent"];
    expect(parseStrictJson(latin1(text), paths, unreadable)).toEqual({
      id: "1",
      data: { name: "a" },
      list: [undefined],
    });
    expect(unreadable).toEqual(["channel", "data.email", "list.0"]);
  });

  it.each([
    ["9007199254740993", "9007199254740993"],
    ["-123456789012345678901234567890", "-123456789012345678901234567890"],
    ["9007199254740991", 9007199254740991],
    ["1234567890123456.5", 1234567890123456.5],
    ["0.12345678901234567890", 0.12345678901234568],
    ["1e20", 1e20],
  ])("gives the integer %s with all its digits", (text, value) => {
    expect(parseStrictJson(bytes(`{"id":${text},"ids":[${text}]}`))).toEqual({ id: value, ids: [value] });
    expect(parseStrictJson(text)).toEqual(value);
  });

  it("takes U+FFFD in an answer for bytes that were not UTF-8", () => {
    const text = '{"id":"a","name":"p\ufffdatno"}';
    expect(parseStrictJson(text)).toMatchObject({ id: "a" });
    expect(refusal(text)).toBe("MALFORMED");
    expect(refusal(bytes(text))).toBe("accepted");
  });

  it("leaves no trace of a refused __proto__", () => {
    refusal(bytes('{"__proto__":{"polluted":true}}'));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ["escapes", `"${"\\u0061".repeat(10_900)}"`],
    ["backslashes", `"${"\\\\".repeat(32_000)}"`],
    ["keys", `{${Array.from({ length: 6500 }, (_, index) => `"${index}":0`).join()}}`],
    ["objects in a row", `[${Array.from({ length: 8000 }, () => '{"a":1}').join()}]`],
    ["white space after strings", `["a"${" ".repeat(65_000)},"b"]`],
    ["short strings", `[${'"a",'.repeat(16_000)}"a"]`],
  ])("reads 64 KiB of %s", (_, text) => {
    expect(text.length).toBeGreaterThan(55_000);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(parseStrictJson(bytes(text))).toEqual(JSON.parse(text));
  });

  it("agrees with JSON.parse about everything it accepts, and accepts everything unambiguous", () => {
    const text = fc.string({ unit: "grapheme" }).filter((it) => !it.includes("\0"));
    const key = text.filter((it) => it !== "__proto__");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 8 }, tie("leaf"), fc.array(tie("tree")), fc.dictionary(key, tie("tree"))),
      leaf: fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 1, "\t", "\r\n"), (value, space) => {
        const json = JSON.stringify(value, undefined, space === "\r\n" ? 1 : space).replaceAll(
          "\n",
          space === "\r\n" ? "\r\n" : "\n",
        );
        expect(parseStrictJson(bytes(json))).toEqual(withDigits(json));
      }),
    );
  });

  it("agrees with JSON.parse about any value of fast-check's, or refuses it for a reason", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const json = JSON.stringify(value);
        const verdict = refusal(bytes(json));
        if (isAmbiguous(value)) expect(verdict).toBe("MALFORMED");
        else expect(parseStrictJson(bytes(json))).toEqual(withoutOddKeys(withDigits(json)));
      }),
    );
  });

  it("refuses any object one of whose keys comes twice, however it is escaped", () => {
    const key = fc.string({ minLength: 1, maxLength: 4 }).filter((it) => it !== "__proto__" && !it.includes("\0"));
    const escaped = (it: string) =>
      `"${Array.from(it, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
    fc.assert(
      fc.property(key, fc.uniqueArray(key), (twice, others) => {
        const members = others.filter((it) => it !== twice).map((it) => `${JSON.stringify(it)}:[]`);
        const text = (first: string, last: string) => `{${[`${first}:1`, ...members, `${last}:2`].join()}}`;
        expect(refusal(bytes(text(JSON.stringify(twice), escaped(twice))))).toBe("MALFORMED");
        expect(refusal(bytes(text(escaped(twice), JSON.stringify(twice))))).toBe("MALFORMED");
      }),
    );
  });
});

const isOdd = (text: string) => text.includes("\0") || !text.isWellFormed();

/** A value that is read, or a forbidden key. What stands under an unreadable key is not there to be read. */
function isAmbiguous(value: unknown, depth = 1): boolean {
  if (typeof value === "string") return isOdd(value);
  if (typeof value !== "object" || value === null) return false;
  const fields = Object.entries(value);
  return (
    depth > 32 ||
    hasForbiddenKey(value) ||
    fields.some(([key, one]) => (Array.isArray(value) || !isOdd(key)) && isAmbiguous(one, depth + 1))
  );
}

function hasForbiddenKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasForbiddenKey);
}

function withoutOddKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutOddKeys);
  const kept = Object.entries(value).filter(([key]) => !isOdd(key));
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutOddKeys(one)]));
}

/** JSON.parse, with large integers as texts. */
function withDigits(json: string): unknown {
  type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
  const revive: Reviver = (_, value, { source = "" }) =>
    typeof value === "number" && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? source : value;
  return JSON.parse(json, revive as Parameters<typeof JSON.parse>[1]);
}
