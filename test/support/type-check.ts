import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/**
 * Writes modules into a folder, which is emptied first. It must be a folder of `test/`: the workspace's packages resolve there, and Node
 * strips types there, unlike in node_modules.
 *
 * @param files texts by file name
 */
export function writeModules(folder: string, files: Iterable<readonly [name: string, text: string]>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
}

/** Type-checks all modules of a folder of `test/` in one run of the compiler, against the sources of the packages. */
export function typeCheck(folder: string): { readonly status: number | null; readonly stdout: string } {
  const compilerOptions = { noEmit: true, composite: false, isolatedDeclarations: false, declarationMap: false };
  const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  return { status, stdout };
}
