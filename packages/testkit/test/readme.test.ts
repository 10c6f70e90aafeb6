import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../../..");
// The file stands beside the sources, where the workspace's packages resolve.
const FOLDER = join(import.meta.dirname, ".readme");
const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

function run(...args: readonly string[]): string {
  const { status, stderr, stdout } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    // The variables of jest are removed, because node:test reports in another way inside another runner.
    env: { PATH: process.env.PATH },
  });
  assert.equal(status, 0, stderr + stdout);
  return stdout;
}

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const [, name, code] of readme.matchAll(/```ts (\S+)\n([\s\S]*?)```/g))
    writeFileSync(join(FOLDER, name!), code!);
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe("the README's adapter", () => {
  it("compiles", () => {
    const compilerOptions = { noEmit: true, composite: false, isolatedDeclarations: false, declarationMap: false };
    const imports = { rewriteRelativeImportExtensions: false, allowImportingTsExtensions: true };
    const config = { extends: "../../../../tsconfig.base.json", include: ["*.ts"] };
    writeFileSync(
      join(FOLDER, "tsconfig.json"),
      JSON.stringify({ ...config, compilerOptions: { ...compilerOptions, ...imports } }),
    );
    run(join(ROOT, "node_modules/typescript/bin/tsc"), "-p", FOLDER);
  });

  it("passes its contract under node:test", () => {
    const report = run("--conditions=@pay/source", "--test", "--test-reporter=tap", join(FOLDER, "corner.test.ts"));
    const passed = Number(/^# pass (\d+)$/m.exec(report)?.[1]);
    assert.ok(passed > 80, `${passed} tests passed`);
  });
});

describe("the README's list of mistakes", () => {
  it("is the one that the suite is tested with", () => {
    run("--conditions=@pay/source", "scripts/broken-adapters.ts", "--check");
  });
});
