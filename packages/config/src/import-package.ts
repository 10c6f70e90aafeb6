import { createRequire, isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";
import type { AdapterPackage } from "@pay/core/adapter";
import { suggestName } from "@pay/core/config";
import type { StorePackage } from "@pay/core/store";
import { failureOf } from "./describe-failure.ts";
import type { Problems } from "./problems.ts";

/** The name of an npm package, or a path from the configuration's folder. */
const NAME = /^(?:@[\w.-]+\/)?[\w.-]+(?:\/[\w.-]+)*$|^\.{1,2}\/[\w./-]+$/;
/** Only names with a scope or Pay's prefix: any other text in the place of a package may be a key or a password. */
const SHOWABLE = /^(?=.{1,64}$)(?:@[a-z]+(?:-[a-z]+)*\/|(?=pay-))[a-z]+(?:-[a-z]+)*\d{0,3}$/;

/** How a package is found, and which export of it is wanted. */
export interface PackageSearch {
  /** Path of the file beside which the package is looked for. */
  readonly from: string;
  readonly exported: "adapter" | "storePackage";
  /** Pay's own packages of this kind. Errors never advise you to install a name that resembles one of them: it may be an attacker's. */
  readonly published: readonly string[];
}

/** The package's export, or a problem at the path. The package is resolved from the configuration's place, not from this module's. */
export async function importPackage<T extends AdapterPackage | StorePackage>(
  name: string,
  { from, exported, published }: PackageSearch,
  path: readonly string[],
  problems: Problems,
): Promise<T | undefined> {
  const file = find(from, name, published, path, problems);
  if (file === undefined) return undefined;
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const { cause, text } = failureOf(error);
    const isOldNode = cause.message === "ERR_UNKNOWN_BUILTIN_MODULE";
    const remedy = isOldNode
      ? `needs a newer Node.js than ${process.versions.node}; its README says which`
      : `is installed but failed to load (${text}); import it on its own to see why`;
    problems.add(path, remedy, cause);
    return undefined;
  }
  const found = module[exported] as (T & Partial<AdapterPackage & StorePackage>) | undefined;
  const isWhole =
    typeof found?.open === "function" || (typeof found?.create === "function" && found.options?.["~standard"]);
  if (found?.contract === 1 && isWhole) return found;
  problems.add(
    path,
    `exports no ${exported} of contract version 1; name another package or install a matching version`,
  );
  return undefined;
}

/** True if an error may show the name of a package. */
export function isShowablePackage(name: string): boolean {
  return SHOWABLE.test(name);
}

function find(
  from: string,
  name: string,
  published: readonly string[],
  path: readonly string[],
  problems: Problems,
): string | undefined {
  if (!NAME.test(name)) {
    problems.add(path, "must be the name of a package, or a path that begins with ./ or ../");
    return undefined;
  }
  if (isBuiltin(name)) {
    problems.add(path, "names a module of Node.js; name an adapter package");
    return undefined;
  }
  try {
    return createRequire(from).resolve(name);
  } catch (error) {
    problems.add(path, remedyOf(name, published, error as NodeJS.ErrnoException));
    return undefined;
  }
}

function remedyOf(name: string, published: readonly string[], { code, path }: NodeJS.ErrnoException): string {
  if (name.startsWith(".")) return "names a file that does not exist";
  if (code !== "MODULE_NOT_FOUND") return "is installed, but its package.json does not export this name";
  // Node adds the path of the manifest if the package exists without the file that the manifest names.
  if (path !== undefined) return "is installed, but its code is missing; build it or install it again";
  return missing(name, published);
}

function missing(name: string, published: readonly string[]): string {
  const isOurs = published.includes(name);
  const near = isOurs ? undefined : nearest(name, published);
  if (near !== undefined) return `is not installed; did you mean ${near}?`;
  if (name.startsWith("@pay/") && !isOurs) return `is not one of Pay's packages, which are ${published.join(", ")}`;
  if (isShowablePackage(name)) return `${name} is not installed; run npm install ${name}`;
  return "the package named here is not installed; install it with npm";
}

/** Also finds a name without its scope, or with `pay-` in place of it. */
function nearest(name: string, published: readonly string[]): string | undefined {
  return suggestName(name.includes("/") ? name : `@pay/${name.replace(/^pay-/, "")}`, published);
}
