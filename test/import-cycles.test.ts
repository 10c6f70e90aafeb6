import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");
const IMPORT = /\bfrom "(\.[^"]+)"|\bimport\s*\(?\s*"(\.[^"]+)"/g;

/** The relative imports of each file, with types, since a reader follows those as well. */
function importsByFile(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    files.map((file) => {
      const found = namedIn(readFileSync(join(ROOT, file), "utf8"));
      return [file, found.map((name) => normalize(join(dirname(file), name)))];
    }),
  );
}

function namedIn(text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map(([, from, imported]) => from ?? imported ?? "");
}

/** Every import cycle, once. */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) circles.push([...path.slice(at), file].join(" -> "));
    if (at !== -1 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) walk(file, []);
  return circles;
}

const FILES = globSync("{packages,examples,bench,scripts,test}/**/*.ts", {
  cwd: ROOT,
  exclude: (path) => /node_modules|dist/.test(path),
}).filter((file) => !/node_modules|\/dist\//.test(file));

describe("imports", () => {
  it("are read from all of the repository", () => {
    const imports = importsByFile(FILES);
    expect(imports.get("packages/core/src/engine.ts")).toContain("packages/core/src/lifecycle.ts");
    expect(imports.size).toBeGreaterThan(700);
  });

  it.each([
    'import { a } from "./a.ts";',
    'import type { A } from "./a.ts";',
    'import {\n  // the shop\'s own\n  a,\n} from "./a.ts";',
    '/** What others use. */ export * from "./a.ts";',
    'import "./a.ts";',
    'await import("./a.ts");',
    'await import(\n  "./a.ts"\n);',
    'type A = import("./a.ts").A;',
  ])("are read in every form: %j", (text) => {
    expect(namedIn(text)).toEqual(["./a.ts"]);
  });

  it("that go in a circle are found, however long it is", () => {
    const imports = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["c", ["a"]],
      ["d", []],
    ]);
    expect(circlesIn(imports)).toEqual(["a -> b -> c -> a"]);
  });

  it("never go in a circle", () => {
    expect(circlesIn(importsByFile(FILES))).toEqual([]);
  });
});
