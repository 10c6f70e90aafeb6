import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");
// Beside the sources, where the workspace's packages resolve; node_modules would not do, Node strips no types there.
const FOLDER = join(import.meta.dirname, ".examples");

interface Example {
  /** e.g. `core.testing.fake-provider.1.ts` */
  readonly file: string;
  readonly code: string;
}

/** The programs among the `@example`s of TSDoc comments and in the packages' READMEs. */
function examplesOf(path: string): readonly Example[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const name = path
    .replace(/^packages\//, "")
    .replace("/src/", ".")
    .replace(/\.\w+$/, "")
    .replaceAll("/", ".");
  const comments = [...text.matchAll(/@example\n((?: *\*(?!\/).*\n)+)/g)].map(([, lines = ""]) =>
    lines.replace(/^ *\* ?/gm, ""),
  );
  // A README may show a piece; a program in it asserts what it shows.
  const [parts, begin] = path.endsWith(".md") ? [[text], "import assert "] : [comments, "import "];
  const programs = parts
    .flatMap((part) => [...part.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code))
    .filter((code) => code.startsWith(begin));
  return programs.map((code, at) => ({ file: `${name}.${at + 1}.ts`, code }));
}

const sources = globSync("packages/*/src/**/*.ts", { cwd: ROOT }).filter((path) => !/\.(?:test|types)\.ts$/.test(path));
const examples = [...sources, ...globSync("packages/*/README.md", { cwd: ROOT })].sort().flatMap(examplesOf);
/** They assert what they show. */
const programs = examples.filter(({ code }) => code.includes("node:assert"));

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const { code, file } of examples) writeFileSync(join(FOLDER, file), `${code}\nexport {};\n`);
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe("the examples", () => {
  it("are there for each adapter's factory, each contract and each double", () => {
    expect(examples.map(({ file }) => file)).toEqual(
      expect.arrayContaining([
        "core.testing.callback-request.1.ts",
        "core.testing.fake-provider.1.ts",
        "core.testing.manual-clock.1.ts",
        "gosetti-psc.gosetti-psc.1.ts",
        "sellly.sellly.1.ts",
        "testkit.provider-contract.1.ts",
        "testkit.store-contract.1.ts",
      ]),
    );
  });

  it("compile", () => {
    const compilerOptions = { noEmit: true, composite: false, isolatedDeclarations: false, declarationMap: false };
    const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"] };
    writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(config));
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", FOLDER],
      { encoding: "utf8" },
    );
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it.each(programs.map(({ file }) => file))("in %s do what they say", (file) => {
    const { status, stderr } = spawnSync(process.execPath, ["--conditions=@pay/source", join(FOLDER, file)], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});
