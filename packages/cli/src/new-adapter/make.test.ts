import { spawnSync } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { makeAdapter } from "./make.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const PLACEHOLDER = /template-?(?:gateway|package|commands|root)|0\.0\.0-template/i;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pay-make-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Pay's workspace, as far as it is recognised. */
function workspace(): string {
  const root = join(folder, "pay");
  for (const home of ["packages/core", "examples/adapters", "docs"]) mkdirSync(join(root, home), { recursive: true });
  writeFileSync(join(root, "pnpm-workspace.yaml"), "packages: []\n");
  writeFileSync(join(root, "packages/core/package.json"), '{"name":"@pay/core"}');
  return root;
}

const everythingIn = (where: string) => globSync("**", { cwd: where }).sort();
const text = (...path: readonly string[]) => readFileSync(join(folder, ...path), "utf8");
const json = (...path: readonly string[]) => JSON.parse(text(...path));

function run(module: string, args: readonly string[], cwd: string) {
  return spawnSync(process.execPath, [...module.split(" "), ...args], { cwd, encoding: "utf8" });
}
const pay = (...args: readonly string[]) =>
  run(`--conditions=@pay/source ${join(ROOT, "packages/cli/src/main.ts")}`, ["new-adapter", ...args], folder);

describe("a new adapter outside the workspace", () => {
  it("is a package with everything it needs", () => {
    const made = makeAdapter("@shop/pay-my-gateway", folder);
    expect(made.folder).toBe(join(folder, "pay-my-gateway"));
    expect(made.workspace).toBeUndefined();
    expect(made.files).toEqual([
      ".gitignore",
      "README.md",
      "biome.json",
      "package.json",
      "src/index.ts",
      "src/my-gateway.ts",
      "test/contract.test.ts",
      "test/fixtures.ts",
      "tsconfig.build.json",
      "tsconfig.json",
    ]);
    for (const file of made.files) expect(existsSync(join(made.folder, file))).toBe(true);
  });

  it("is named after what was asked for, in all of its files", () => {
    const { files } = makeAdapter("@shop/pay-my-gateway", folder);
    const { version } = JSON.parse(readFileSync(join(ROOT, "packages/cli/package.json"), "utf8"));
    expect(json("pay-my-gateway/package.json")).toMatchObject({
      name: "@shop/pay-my-gateway",
      private: true,
      license: "UNLICENSED",
      peerDependencies: { "@pay/core": `^${version}` },
      devDependencies: { "@pay/testkit": `^${version}` },
    });
    expect(text("pay-my-gateway/src/index.ts")).toBe(
      'export type { MyGatewayOptions } from "./my-gateway.ts";\nexport { adapter, myGateway } from "./my-gateway.ts";\n',
    );
    expect(text("pay-my-gateway/src/my-gateway.ts")).toContain("export function myGateway(options: MyGatewayOptions)");
    expect(text("pay-my-gateway/src/my-gateway.ts")).toContain('{ "use": "@shop/pay-my-gateway", … }');
    expect(text("pay-my-gateway/test/contract.test.ts")).toContain('from "node:test"');
    for (const file of files) expect(file + text("pay-my-gateway", file)).not.toMatch(PLACEHOLDER);
  });

  it.each(["g", "aa", "adapter2", `pay-${"g".repeat(25)}`, `@s/${"g-".repeat(12)}g`])(
    "is formatted and linted whatever its name: %s",
    (name) => {
      const made = makeAdapter(name, folder);
      const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
      const { status, stderr } = run(biome, ["check", "--error-on-warnings", "."], made.folder);
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("No fixes applied.") });
    },
  );

  it.each([
    ["template-root", "templateRoot"],
    ["template-commands", "templateCommands"],
    ["template-package", "templatePackage"],
    ["template-gateway", "templateGateway"],
    ["x-template-gateway", "xTemplateGateway"],
    ["@0.0.0-template/pay-template-root", "templateRoot"],
  ])("keeps its name though a placeholder of the template's is in it: %s", (name, factory) => {
    const made = makeAdapter(name, folder);
    const gateway = name.replace(/^.*\/(?:pay-)?/, "");
    expect(made.files).toContain(`src/${gateway}.ts`);
    expect(readdirSync(folder)).toEqual([basename(made.folder)]);
    const read = (file: string) => readFileSync(join(made.folder, file), "utf8");
    expect(read("src/index.ts")).toContain(`{ adapter, ${factory} } from "./${gateway}.ts";`);
    expect(read(`src/${gateway}.ts`)).toContain(`name: "${gateway}",`);
    expect(JSON.parse(read("package.json"))).toMatchObject({
      name,
      peerDependencies: { "@pay/core": expect.stringMatching(/^\^\d+\.\d+\.\d+$/) },
    });
    expect(read("README.md")).toContain(`# ${name}\n`);
    expect(read("README.md")).toContain("- `npm run typecheck`\n");
  });

  it("may go into an empty folder", () => {
    mkdirSync(join(folder, "my-gateway"));
    expect(makeAdapter("my-gateway", folder).files).toContain("src/my-gateway.ts");
  });
});

describe("a new adapter inside the workspace", () => {
  it.each([
    ["packages", "../.."],
    ["examples/adapters", "../../.."],
  ])("in %s is a package like its neighbours", (home, up) => {
    const root = workspace();
    const { files, workspace: found } = makeAdapter("pay-my-gateway", join(root, home));
    // As hotpay holds pay-hotpay, and sellly @pay/sellly.
    const made = ["pay", home, "my-gateway"];
    expect(found).toBe(root);
    expect(files).toEqual([
      "README.md",
      "package.json",
      "src/index.ts",
      "src/my-gateway.ts",
      "test/contract.test.ts",
      "test/fixtures.ts",
      "tsconfig.json",
    ]);
    expect(json(...made, "package.json")).toMatchObject({
      dependencies: { valibot: "catalog:" },
      peerDependencies: { "@pay/core": "workspace:^" },
    });
    expect(json(...made, "tsconfig.json")).toMatchObject({
      extends: `${up}/tsconfig.base.json`,
      references: [{ path: `${up}/packages/core` }],
    });
    expect(text(...made, "test/contract.test.ts")).toContain('from "@jest/globals"');
    expect(text(...made, "README.md")).toContain(`npx -y pnpm@12 test ${home}/my-gateway`);
    for (const file of files) expect(file + text(...made, file)).not.toMatch(PLACEHOLDER);
  });

  it("keeps its name, and leads up to the root, though a placeholder of the template's is in it", () => {
    const root = workspace();
    const made = makeAdapter("x-template-root", join(root, "packages"));
    expect(made.files).toContain("src/x-template-root.ts");
    const read = (file: string) => readFileSync(join(made.folder, file), "utf8");
    expect(JSON.parse(read("package.json")).name).toBe("x-template-root");
    expect(JSON.parse(read("tsconfig.json")).extends).toBe("../../tsconfig.base.json");
    expect(read("README.md")).toContain("npx -y pnpm@12 test packages/x-template-root`");
  });

  it("says what has to name it before the commands that read that", () => {
    const root = workspace();
    const { stdout } = pay("pay-my-gateway", "--into", join(root, "packages"));
    expect(stdout).toMatch(/^Made pay\/packages\/my-gateway\n/);
    expect(stdout).toMatch(/name packages\/my-gateway in tsconfig\.json, .*\n {2}npx .* install\n {2}npx .* typecheck/);
  });

  it.each([".", "docs", "packages/core"])("is refused in %s, where the workspace has no packages", (home) => {
    const root = workspace();
    const before = everythingIn(root);
    expect(() => makeAdapter("my-gateway", join(root, home))).toThrow(/packages or examples\/adapters/);
    expect(everythingIn(root)).toEqual(before);
  });
});

describe("what cannot be made", () => {
  it.each([
    ["beside it", "adapters", "adapters/other"],
    ["in the workspace's other home", "pay/packages", "pay/examples/adapters/other"],
  ])("is a package whose name another has %s", (_, into, other) => {
    workspace();
    for (const where of ["adapters/broken", other]) mkdirSync(join(folder, where), { recursive: true });
    writeFileSync(join(folder, "adapters/broken/package.json"), "{");
    writeFileSync(join(folder, other, "package.json"), '{ "name": "@shop/pay-my-gateway" }');
    const before = everythingIn(folder);
    expect(() => makeAdapter("@shop/pay-my-gateway", join(folder, into))).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field: "name", message: expect.stringContaining(other) }),
    );
    expect(everythingIn(folder)).toEqual(before);
  });

  it.each([
    ["a folder that is not empty", () => mkdirSync(join(folder, "my-gateway/src"), { recursive: true }), "."],
    ["a file of that name", () => writeFileSync(join(folder, "my-gateway"), "mine"), "."],
    ["a missing parent", () => {}, "nowhere"],
    ["a file for a parent", () => writeFileSync(join(folder, "file"), "mine"), "file"],
  ])("leaves %s as it is", (_, prepare, into) => {
    prepare();
    const before = everythingIn(folder);
    expect(() => makeAdapter("my-gateway", join(folder, into))).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field: "into" }),
    );
    expect(everythingIn(folder)).toEqual(before);
  });

  it("overwrites nothing that another process writes meanwhile", () => {
    const code = `import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      import { makeAdapter } from ${JSON.stringify(join(import.meta.dirname, "make.ts"))};
      fs.mkdirSync = () => fs.cpSync("theirs", "my-gateway", { recursive: true });
      syncBuiltinESMExports();
      try { makeAdapter("my-gateway", "."); } catch ({ code }) { console.log(code); }`;
    mkdirSync(join(folder, "theirs"));
    writeFileSync(join(folder, "theirs/.gitignore"), "mine");
    const { stdout } = run("--conditions=@pay/source --input-type=module -e", [code], folder);
    expect([stdout, text("my-gateway/.gitignore")]).toEqual(["EEXIST\n", "mine"]);
  });

  it("follows no link that leads nowhere", () => {
    symlinkSync(join(folder, "elsewhere"), join(folder, "my-gateway"));
    expect(() => makeAdapter("my-gateway", folder)).toThrow(/must not exist/);
    expect(readdirSync(folder)).toEqual(["my-gateway"]);
  });
});

describe("pay new-adapter", () => {
  it("says what it made and what to do next", () => {
    const { status, stderr, stdout } = pay("@shop/pay-my-gateway");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Made pay-my-gateway\n {2}\.gitignore\n/);
    expect(stdout).toContain("  cd pay-my-gateway\n  npm install\n  npm run typecheck && npm run lint && npm test\n");
    expect(stdout).toContain("If npm does not find @pay/core, install it from a clone of Pay; the guide says how.\n");
    expect(existsSync(join(folder, "pay-my-gateway/package.json"))).toBe(true);
  });

  it("shows how it is used, and makes nothing, on --help", () => {
    const { status, stdout } = pay("my-gateway", "--help");
    expect([status, stdout]).toEqual([0, expect.stringMatching(/npx @pay\/cli new-adapter.*--into/s)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("makes it in another folder on request", () => {
    mkdirSync(join(folder, "adapters"));
    expect(pay("my-gateway", "--into", "adapters").stdout).toMatch(/^Made adapters\/my-gateway\n/);
  });

  it.each([
    ["a bad name", ["../my-gateway"], /^The name must be a package name such as .*\n$/],
    ["a missing parent", ["my-gateway", "--into", "nowhere"], /nowhere must be an existing folder.*\n$/],
    ["no name", [], /NAME/],
    ["an option nobody knows", ["my-gateway", "--force"], /USAGE.*--into.*Unknown option '--force'/s],
    ["a folder without a name", ["my-gateway", "--into="], /USAGE.*--into must not be empty/s],
    ["two names", ["my-gateway", "other"], /USAGE.*It takes one name/s],
  ])("ends with 1, one reason and nothing written on %s", (_, args, reason) => {
    const { status, stderr } = pay(...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(readdirSync(folder)).toEqual([]);
  });
});
