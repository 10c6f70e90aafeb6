import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { PayError } from "@pay/core";
import type { AdapterName } from "./name.ts";

/** The place of the package. */
export interface Place {
  /** Absolute. */
  readonly folder: string;
  /** Pay's own workspace, if the package is inside it. Its packages share versions, compiler, formatter and test runner. */
  readonly workspace?: string;
}

/** The workspace's folders of adapters. */
const HOMES: readonly string[] = ["packages", "examples/adapters"];

/**
 * @param into folder in which the package's folder is made
 * @throws PayError `INVALID_REQUEST` if it cannot be made there
 */
export function findPlace(into: string, name: Pick<AdapterName, "folder" | "gateway" | "package">): Place {
  const parent = resolve(into);
  if (!isFolder(parent)) throw invalid(`${parent} must be an existing folder, in which the package's folder is made`);
  const workspace = workspaceOf(parent);
  const folder = join(parent, workspace === undefined ? name.folder : name.gateway);
  // A dangling link also takes the name.
  const isFree = lstatSync(folder, { throwIfNoEntry: false }) === undefined;
  if (!isFree && !(isFolder(folder) && readdirSync(folder).length === 0)) {
    throw invalid(`${folder} must not exist, or be an empty folder`);
  }
  const homes = workspace === undefined ? [parent] : HOMES.map((home) => join(workspace, home));
  const namesake = homes.flatMap(foldersIn).find((neighbour) => nameOf(neighbour) === name.package);
  if (namesake !== undefined) throw invalid(`the package in ${namesake} already has this name`, "name");
  if (workspace === undefined) return { folder };
  if (!HOMES.includes(relative(workspace, parent).split(sep).join("/"))) {
    throw invalid(`inside Pay's repository an adapter must be made in ${HOMES.join(" or ")} (--into ${HOMES[1]})`);
  }
  return { folder, workspace };
}

function workspaceOf(folder: string): string | undefined {
  const isOurs =
    existsSync(join(folder, "pnpm-workspace.yaml")) && nameOf(join(folder, "packages/core")) === "@pay/core";
  if (isOurs) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : workspaceOf(above);
}

/** The name of the package in a folder, if there is one. */
function nameOf(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))?.name;
  } catch {
    return undefined;
  }
}

function foldersIn(folder: string): readonly string[] {
  return isFolder(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function invalid(what: string, field = "into"): PayError {
  return new PayError("INVALID_REQUEST", `The adapter is not made: ${what}.`, { field });
}
