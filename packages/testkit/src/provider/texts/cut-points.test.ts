import assert from "node:assert/strict";
import { describe, it } from "@jest/globals";
import { choicesOf, runOn } from "./cut-points.ts";

describe("the ways to fill places from values", () => {
  it("are both orders of a pair, so that the order of fields in a form does not matter", () => {
    assert.deepEqual(choicesOf(["a", "b"], 2), [
      ["a", "a"],
      ["a", "b"],
      ["b", "a"],
      ["b", "b"],
    ]);
  });

  it("are rows of values, and rows with one gap", () => {
    assert.deepEqual(choicesOf(["a", "b", "c", "d"], 3), [
      ["a", "b", "c"],
      ["b", "c", "d"],
      ["a", "c", "d"],
      ["a", "b", "d"],
    ]);
    assert.deepEqual(choicesOf(["a"], 3), []);
  });

  it("without anything between fields are all that follows a text that begins as it has to", () => {
    assert.deepEqual(runOn(["x", "changed", "1", "2"], ["changed", "7"]), [
      ["changed", ""],
      ["changed", "1"],
      ["changed", "12"],
    ]);
    assert.deepEqual(runOn(["changed7", "1"], ["changed", "7"])[1], ["changed", "71"]);
  });
});
