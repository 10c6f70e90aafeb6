import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it, jest } from "@jest/globals";
import { ADAPTERS, breakAdapter, removeBroken, testsOf } from "../broken-adapters/adapters.ts";
import { MUTATIONS } from "../broken-adapters/mutations.ts";

// Some tests notice a mistake only after their time limit.
jest.setTimeout(20_000);

beforeAll(removeBroken);
afterAll(removeBroken);

/** The subject of a test, without the operation, currency or kind of proof in its name. */
const kindOf = (name: string) =>
  name
    .replace(/^(?:create|retrieve|refund|cancel) .*?(?= when )/, "")
    .replace(/^(?:create|retrieve|refund|cancel) |, from one request$/g, "")
    .replace(/\b(?:signature|secret)\b/g, "proof")
    .replace(/\b[A-Z]{3} exactly/, "a currency exactly")
    .replace(/^answers \w+ with/, "answers with");

const kinds = new Set<string>();
for (const name of ADAPTERS) {
  const tests = await testsOf(name);
  for (const { name: promise } of tests) kinds.add(kindOf(promise));
  describe(`the provider contract finds nothing wrong with ${name}, which`, () => {
    for (const { name: promise, run } of tests) it(promise, run);
  });
}

describe("the provider contract notices an adapter that", () => {
  for (const [index, mutation] of MUTATIONS.entries()) {
    it(`${mutation.mistake} (${mutation.adapter})`, async () => {
      const tests = await testsOf(mutation.adapter, breakAdapter(mutation, index), mutation.fixtures);
      const meant = tests.find(({ name }) => name === mutation.noticedBy);
      assert.ok(meant, `there is a test named: ${mutation.noticedBy}`);
      await assert.rejects(meant.run, { name: "AssertionError" });
    });
  }
});

describe("the provider contract has no test", () => {
  it("that no mutation was made for", () => {
    const bitten = new Set(MUTATIONS.map(({ noticedBy }) => kindOf(noticedBy)));
    assert.deepEqual(
      [...kinds].filter((kind) => !bitten.has(kind)),
      [],
    );
  });
});
