import { describe, expect, it } from "@jest/globals";
import * as v from "valibot";
import { isPayError } from "../model/errors.ts";
import { parseInput } from "./parse-input.ts";

const Schema = v.strictObject({ name: v.string(), list: v.optional(v.array(v.strictObject({ n: v.number() }))) });
const MUST_BE = { name: "a text", "list.1.n": "a number" };

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
    ["a field nobody knows", { name: "a", colour: "red" }, "colour", "colour must be left out."],
    ["no object", "text", "settings", "The settings must be an object."],
  ])("names %s and what it must be", (_, input, field, message) => {
    expect(refusal(input)).toEqual({ code: "INVALID_CONFIG", field, message });
  });

  it.each(["jan@example.pl", "203.0.113.7", "a\nb", "", "x".repeat(60), "zażółć"])(
    "does not repeat the unknown name %j, which may be anything",
    (key) => {
      expect(refusal({ name: "a", [key]: 1 })).toMatchObject({ field: "(an unknown name)" });
    },
  );
});
