import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { typeCheck, writeModules } from "./support/type-check.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(import.meta.dirname, ".doubles");

/** Where the doubles of `@pay/core/testing` are shown, by programs that assert what they show. */
const SHOWN = [
  "packages/core/README.md",
  "packages/core/src/testing/callback-request.ts",
  "packages/core/src/testing/fake-provider.ts",
  "packages/core/src/testing/manual-clock.ts",
];

const programs = SHOWN.map((path): readonly [name: string, code: string] => {
  const text = readFileSync(join(ROOT, path), "utf8").replace(/^ \* ?/gm, "");
  const code = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  return [`${path.replaceAll(/[/.]/g, "-")}.ts`, code.find((block) => block.startsWith("import assert ")) ?? ""];
});

beforeAll(() => writeModules(FOLDER, programs));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe("the programs that show the doubles", () => {
  it("compile", () => {
    expect(programs.filter(([, code]) => code === "")).toEqual([]);
    expect(typeCheck(FOLDER)).toEqual({ status: 0, stdout: "" });
  });

  it.each(programs)("do what they say: %s", (name) => {
    const { status, stderr } = spawnSync(process.execPath, ["--conditions=@pay/source", join(FOLDER, name)], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
