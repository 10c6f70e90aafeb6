import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const DOCS = join(import.meta.dirname, "../docs");
const page = readFileSync(join(DOCS, "guarantees.md"), "utf8");

const promises = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise |"))
  .map((line) => ({
    promise: line.split("|")[1]?.trim() ?? "",
    tests: [...line.matchAll(/\[[\w.-]+\]\((?<file>[^)]+)\) "(?<name>[^"]+)"/g)].map(({ groups }) => groups!),
  }));

describe("the page of guarantees", () => {
  it("makes promises", () => {
    expect(promises.length).toBeGreaterThan(20);
  });

  it.each(promises)("names a test that there is: $promise", ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const { file = "", name = "" } of tests) {
      const source = readFileSync(join(DOCS, file), "utf8");
      expect(source.includes(`"${name}"`) ? name : `not in ${file}: ${name}`).toBe(name);
    }
  });
});
