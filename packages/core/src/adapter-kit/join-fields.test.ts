import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import { digest } from "./digest.ts";
import { joinFields, valuesByName } from "./join-fields.ts";

describe("joined fields", () => {
  it.each<[readonly (string | undefined)[], string, string]>([
    [["a", "b"], ";", "a;b"],
    [["a", "b"], "", "ab"],
    [["a", "", "b"], "|", "a||b"],
    [["a", undefined, "b"], "|", "a||b"],
    [["", ""], "|", "|"],
    [["a"], "|", "a"],
    [[], "|", ""],
    [["ż", "ó"], "&&", "ż&&ó"],
  ])("%j with %j are %j", (fields, separator, joined) => {
    expect(joinFields(fields, { separator })).toBe(joined);
  });

  it.each<[readonly (string | undefined)[], string]>([
    [["a", "", undefined, "b"], "a|b"],
    [["", "a"], "a"],
    [["", undefined], ""],
    [["0", " "], "0| "],
  ])("%j without the empty ones are %j", (fields, joined) => {
    expect(joinFields(fields, { separator: "|", skipEmpty: true })).toBe(joined);
  });

  it("collide without a separator, and their signatures with them: as documented", () => {
    const sign = (fields: readonly string[], separator: string) =>
      digest("sha256", joinFields([...fields, "secret"], { separator }));
    expect(sign(["a", "bc"], "")).toBe(sign(["ab", "c"], ""));
    expect(sign(["a", "bc"], ";")).not.toBe(sign(["ab", "c"], ";"));
  });

  it("collide when a field holds the separator, unless that is refused", () => {
    const separator = ";";
    expect(joinFields(["a;b", "c"], { separator })).toBe(joinFields(["a", "b;c"], { separator }));
    for (const fields of [["a;b", "c"], ["a", "b;c"], [";"]]) {
      const refusal = refusedWith(() => joinFields(fields, { separator, refuseSeparator: true }));
      expect(refusal).toBe("MALFORMED");
    }
    expect(joinFields(["a,b", "c"], { separator, refuseSeparator: true })).toBe("a,b;c");
  });

  it("collide when empty ones are left out: as documented", () => {
    const how = { separator: ";", skipEmpty: true };
    expect(joinFields(["a", ""], how)).toBe(joinFields(["", "a"], how));
  });

  it("cannot be kept apart without a separator", () => {
    expect(() => joinFields(["a"], { separator: "", refuseSeparator: true })).toThrow(TypeError);
  });

  it("tell which fields they were, where the separator is refused in them", () => {
    const field = fc.string({ unit: fc.constantFrom("a", "b", ";", "|"), maxLength: 4 });
    // Both sides have the same number of fields, as a gateway's documentation fixes it.
    const both = fc
      .nat(4)
      .chain((length) =>
        fc.tuple(
          fc.array(field, { minLength: length, maxLength: length }),
          fc.array(field, { minLength: length, maxLength: length }),
        ),
      );
    const join = (fields: readonly string[]) => joinFields(fields, { separator: ";", refuseSeparator: true });
    fc.assert(
      fc.property(both, ([one, other]) => {
        const clean = [...one, ...other].every((it) => !it.includes(";"));
        if (!clean) expect(refusedWith(() => [join(one), join(other)])).toBe("MALFORMED");
        else expect(join(one) === join(other)).toBe(one.every((it, at) => it === other[at]));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("values by name", () => {
  it("are in the order of their names' code units, whatever the order they came in", () => {
    expect(valuesByName({ b: 2, a: 1, B: 0, "a.b": 4, ab: 5, ż: 9 })).toEqual([0, 1, 4, 5, 2, 9]);
    expect(valuesByName({})).toEqual([]);
  });

  it("are those of the sorted names", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.nat()), (fields) => {
        expect(valuesByName(fields)).toEqual(
          Object.keys(fields)
            .sort()
            .map((name) => fields[name]),
        );
      }),
    );
  });
});

function refusedWith(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return isPayError(error) ? error.code : error;
  }
  return "accepted";
}
