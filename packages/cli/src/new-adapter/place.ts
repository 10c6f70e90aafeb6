import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { PayError } from "@pay/core";

/** Where the package goes. */
export interface Place {
  /** Absolute. */
  readonly folder: string;
  /** Pay's own workspace, where it is inside of it. Its packages share versions, compiler, formatter and test runner. */
  readonly workspace?: string;
}

/** Where the workspace looks for packages that are adapters. */
const HOMES: readonly string[] = ["packages", "examples/adapters"];

/**
 * @param into folder that the package's folder is made in
 * @throws PayError `INVALID_REQUEST` if it cannot be made there
 */
export function findPlace(into: string, name: string): Place {
  const parent = resolve(into);
  if (!isFolder(parent)) throw invalid(`${parent} must be a folder that exists: ${name} is made in it`);
  const folder = join(parent, name);
  // A link that leads nowhere is there, too.
  const isFree = lstatSync(folder, { throwIfNoEntry: false }) === undefined;
  if (!isFree && !(isFolder(folder) && readdirSync(folder).length === 0)) {
    throw invalid(`${folder} must not exist, or be an empty folder`);
  }
  const workspace = workspaceOf(parent);
  if (workspace === undefined) return { folder };
  if (!HOMES.includes(relative(workspace, parent).split(sep).join("/"))) {
    throw invalid(`inside Pay's repository an adapter must be made in ${HOMES.join(" or ")} (--into ${HOMES[1]})`);
  }
  return { folder, workspace };
}

function workspaceOf(folder: string): string | undefined {
  const manifest = join(folder, "packages/core/package.json");
  if (existsSync(join(folder, "pnpm-workspace.yaml")) && existsSync(manifest)) {
    const { name }: { readonly name?: unknown } = JSON.parse(readFileSync(manifest, "utf8"));
    if (name === "@pay/core") return folder;
  }
  const above = dirname(folder);
  return above === folder ? undefined : workspaceOf(above);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function invalid(what: string): PayError {
  return new PayError("INVALID_REQUEST", `The adapter is not made: ${what}.`, { field: "into" });
}
