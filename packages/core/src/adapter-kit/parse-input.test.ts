import { describe, expect, it } from "@jest/globals";
import * as v from "valibot";
import { isPayError } from "../model/errors.ts";
import { optionsSchema, parseInput } from "./parse-input.ts";

const Item = v.strictObject({ n: v.number() });
const Keys = v.union([v.string(), v.array(v.pipe(v.string(), v.minLength(1)))]);
const Schema = v.strictObject({ name: v.string(), list: v.optional(v.array(Item)), keys: v.optional(Keys) });
const MUST_BE = { name: "a text", list: "a list of items", "list.1.n": "a number", keys: "a key, or a list of keys" };

function refusal(input: unknown) {
  try {
    parseInput(Schema, input, "INVALID_CONFIG", MUST_BE, "settings");
  } catch (error) {
    if (isPayError(error)) return { code: error.code, field: error.field, message: error.message };
    throw error;
  }
  return "taken";
}

describe("parseInput", () => {
  it("gives back what it takes", () => {
    expect(parseInput(Schema, { name: "a" }, "INVALID_CONFIG", MUST_BE)).toEqual({ name: "a" });
  });

  it.each<[string, unknown, string, string]>([
    ["a wrong field", { name: 1 }, "name", "name must be a text."],
    ["a missing field", {}, "name", "name must be a text."],
    ["a field deep inside", { name: "a", list: [{ n: 1 }, { n: "2" }] }, "list.1.n", "list.1.n must be a number."],
    ["an item, of which its list tells,", { name: "a", list: [5] }, "list.0", "list.0 must be a list of items."],
    [
      "an unknown field in an item",
      { name: "a", list: [{ n: 1, m: 1 }] },
      "list.0.m",
      "list.0.m must be left out; known keys are n.",
    ],
    [
      "an unknown field",
      { name: "a", colour: "red" },
      "colour",
      "colour must be left out; known keys are name, list, keys.",
    ],
    ["a misspelt field", { nmae: "a", name: "a" }, "nmae", "nmae must be left out; did you mean name?"],
    [
      "a misspelt field in an item",
      { name: "a", list: [{ n: 1, N: 1 }] },
      "list.0.N",
      "list.0.N must be left out; did you mean n?",
    ],
    ["no object", "text", "settings", "The settings must be an object."],
  ])("names %s and what it must be", (_, input, field, message) => {
    expect(refusal(input)).toEqual({ code: "INVALID_CONFIG", field, message });
  });

  it.each(["jan@example.pl", "203.0.113.7", "a\nb", "", "x".repeat(60), "zażółć", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"])(
    "does not repeat the unknown name %j, which may be anything",
    (key) => {
      expect(refusal({ name: "a", [key]: 1 })).toMatchObject({ field: "(an unknown name)" });
    },
  );
});

describe("a field of the schema", () => {
  it("is named whatever it looks like", () => {
    const schema = v.strictObject({ P24_crc32KEYS: v.strictObject({ SEKRET: v.string() }) });
    const refusing = () => parseInput(schema, { P24_crc32KEYS: { SEKRET: 1 } }, "INVALID_CONFIG", {});
    expect(refusing).toThrow("P24_crc32KEYS.SEKRET must be left out.");
  });
});

describe("optionsSchema", () => {
  const refused = async (value: unknown) => {
    const { issues } = await optionsSchema(Schema, MUST_BE)["~standard"].validate(value);
    return issues?.map(({ message, path }) => `${path?.join(".")}: ${message}`);
  };

  it("tells everything at once: what is wrong, and each field that nobody knows", async () => {
    expect(await refused({ name: 1, colour: "red", keys: ["k", ""], size: 1, nameOfShop: 1 })).toEqual([
      "name: must be a text",
      "keys.1: must be a key, or a list of keys",
      "colour: must be left out; known keys are name, list, keys",
      "size: must be left out; known keys are name, list, keys",
      "nameOfShop: must be left out; did you mean name?",
    ]);
  });
});
