import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import { decodeUtf8, parseStrictJson } from "./strict-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** Returns the error's code, after checking that its text does not quote the input. */
function refusal(input: Uint8Array, read: (bytes: Uint8Array) => unknown = parseStrictJson): unknown {
  try {
    read(input);
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
    ["two equal keys", '{"canary":1,"canary":2}'],
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
    ["an escaped NUL in a key", '{"canary\\u0000":1}'],
    ["a bare NUL", '{"id":"canary\0"}'],
    ["a NUL after the end", "{}\0"],
    ["a lone high surrogate", '"canary \\ud83d"'],
    ["a lone low surrogate", '"canary \\ude00"'],
    ["surrogates the wrong way round", '"\\ude00\\ud83d"'],
    ["a lone surrogate in a key", '{"\\ud800":1}'],
    ["a byte order mark", "\ufeff{}"],
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
    expect(refusal(latin1(text), decodeUtf8)).toBe("MALFORMED");
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
        expect(parseStrictJson(bytes(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  it("agrees with JSON.parse about any value of fast-check's, or refuses it for a reason", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const json = JSON.stringify(value);
        const verdict = refusal(bytes(json));
        if (isAmbiguous(value)) expect(verdict).toBe("MALFORMED");
        else expect(parseStrictJson(bytes(json))).toEqual(JSON.parse(json));
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

function isAmbiguous(value: unknown, depth = 1): boolean {
  if (typeof value === "string") return value.includes("\0") || !value.isWellFormed();
  if (typeof value !== "object" || value === null) return false;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return (
    depth > 32 ||
    keys.some((key) => key === "__proto__" || isAmbiguous(key)) ||
    Object.values(value).some((one) => isAmbiguous(one, depth + 1))
  );
}
