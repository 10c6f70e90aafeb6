import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import LongestFirst from "./support/longest-first.ts";

const ROOT = join(import.meta.dirname, "..");

type Tests = Parameters<LongestFirst["sort"]>[0];

/** Test files with their sizes. Their times are in no cache. */
function filesOf(sizes: Readonly<Record<string, number>>): Tests {
  const context = {
    config: { id: "fresh-clone", cacheDirectory: join(ROOT, "no-such-folder") },
    hasteFS: { getSize: (path: string) => sizes[path.slice(ROOT.length + 1)] },
  };
  return Object.keys(sizes).map((path) => ({ path: join(ROOT, path), context })) as never;
}

describe("the order of the test files in a fresh clone", () => {
  it("begins with those that start servers, processes or browsers, however small they are", async () => {
    const files = filesOf({
      "packages/core/src/pay.test.ts": 400,
      "packages/postgres/src/store.test.ts": 40,
      "packages/sellly/src/sellly.test.ts": 700,
      "test/crash.test.ts": 70,
    });
    const sorted = await new LongestFirst({ contexts: [], globalConfig: {} as never }).sort(files);
    expect(sorted.map(({ path }) => path.slice(ROOT.length + 1))).toEqual([
      "test/crash.test.ts",
      "packages/postgres/src/store.test.ts",
      "packages/sellly/src/sellly.test.ts",
      "packages/core/src/pay.test.ts",
    ]);
  });
});
