import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it, jest } from "@jest/globals";
import { ADAPTERS, breakAdapter, removeBroken, testsOf } from "../broken-adapters/adapters.ts";
import { MUTATIONS } from "../broken-adapters/mutations.ts";

const LONG = process.env.PAY_TEST_LONG === "1";

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

/** One of each kind in the usual suite, all in the long one. */
function selected<T>(all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  const found = new Map(all.toReversed().map((one) => [kindOf(nameOf(one)), one]));
  return LONG ? all : all.filter((one) => found.get(kindOf(nameOf(one))) === one);
}

const kinds = new Set<string>();
const names = new Map<string, ReadonlySet<string>>();
for (const name of ADAPTERS) {
  const tests = await testsOf(name);
  names.set(name, new Set(tests.map((test) => test.name)));
  for (const { name: promise } of tests) kinds.add(kindOf(promise));
  describe(`the provider contract finds nothing wrong with ${name}, which`, () => {
    for (const { name: promise, run } of selected(tests, (test) => test.name)) it(promise, run);
  });
}

describe("the provider contract notices an adapter that", () => {
  for (const mutation of selected(MUTATIONS, ({ noticedBy }) => noticedBy)) {
    it(`${mutation.mistake} (${mutation.adapter})`, async () => {
      const path = breakAdapter(mutation, MUTATIONS.indexOf(mutation));
      const tests = await testsOf(mutation.adapter, path, mutation.fixtures);
      const meant = tests.find(({ name }) => name === mutation.noticedBy);
      assert.ok(meant, `there is a test named: ${mutation.noticedBy}`);
      await assert.rejects(meant.run, { name: "AssertionError" });
    });
  }
});

describe("each mistake", () => {
  it("is one line of a good adapter, and names a test of it", () => {
    for (const [index, mutation] of MUTATIONS.entries()) {
      breakAdapter(mutation, index);
      // Other fixtures may bring other tests.
      const isKnown = names.get(mutation.adapter)?.has(mutation.noticedBy) || mutation.fixtures !== undefined;
      assert.ok(isKnown, `${mutation.adapter} has a test named: ${mutation.noticedBy}`);
    }
  });
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
