// Checks that an adapter from `pay new-adapter` passes its own type check, lint and contract test: in a new folder outside the
// workspace, where npm installs the packed tarballs, and inside the workspace, from the sources.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argsOf } from "./flags.ts";
import { packAll, ROOT, run } from "./packages.ts";

const OUTSIDE = "@shop/pay-check-gateway";
const INSIDE = "check-new-adapter";
const HOME = "examples/adapters";
const CLI_PACKAGES = [
  "cli",
  "config",
  "console",
  "core",
  "gosetti-psc",
  "i18n",
  "node",
  "sellly",
  "simulator",
  "sqlite",
];
const NPM_OPTIONS = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
const FROM_SOURCE = ["--conditions=@pay/source"];
const JEST = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", "node_modules/jest/bin/jest.js"];

argsOf("check:new-adapter, without arguments", {});
const folder = mkdtempSync(join(tmpdir(), "pay-new-adapter-"));
const inside = join(ROOT, HOME, INSIDE);
// A failing command ends the process, and so does an interrupt.
process.on("exit", () => {
  for (const made of [folder, inside]) rmSync(made, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

checkOutside();
checkInside();
console.log("a new adapter passes all checks, outside the workspace and inside it");

/** The command comes from its tarball too, so that its templates must be inside. */
function checkOutside(): void {
  const tarballs = packAll();
  const install = (names: readonly string[], where: string) =>
    run("npm", ["install", ...NPM_OPTIONS, ...names.map((name) => tarballs.get(`@pay/${name}`)!.tarball)], where);
  const tools = join(folder, "tools");
  mkdirSync(tools);
  writeFileSync(join(tools, "package.json"), JSON.stringify({ name: "tools", private: true }));
  console.log("outside: installing the pay command");
  install(CLI_PACKAGES, tools);
  console.log(`outside: pay new-adapter ${OUTSIDE}`);
  run(join(tools, "node_modules/.bin/pay"), ["new-adapter", OUTSIDE, "--into", folder]);

  const adapter = join(folder, "pay-check-gateway");
  console.log("outside: npm install");
  // Until the packages are published, the dependencies in its package.json come from the tarballs.
  install(["core", "i18n", "testkit"], adapter);
  for (const script of ["typecheck", "lint", "test", "build"]) {
    console.log(`outside: npm run ${script}`);
    run("npm", ["run", "--silent", script], adapter);
  }
  console.log("outside: publint");
  run(join(adapter, "node_modules/.bin/publint"), ["--strict"], adapter);
}

/** Its dependencies resolve at the root, so that nothing is installed and the lock file does not change. */
function checkInside(): void {
  rmSync(inside, { recursive: true, force: true });
  console.log(`inside: pay new-adapter ${INSIDE}`);
  run(process.execPath, [...FROM_SOURCE, "packages/cli/src/main.ts", "new-adapter", INSIDE, "--into", HOME]);
  console.log("inside: type check");
  run("tsc", ["-b", inside, "tsconfig.tests.json"]);
  console.log("inside: lint");
  run("biome", ["check", "--error-on-warnings", inside]);
  console.log("inside: contract");
  run(process.execPath, [...JEST, `${HOME}/${INSIDE}/`]);
}
