import { createRequire, isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";
import type { AdapterPackage, StorePackage } from "../contract/packages.ts";
import { failureOf } from "./failure.ts";
import { isShowablePackage, meant } from "./names.ts";
import type { Problems } from "./problems.ts";

/** What a package may be called: a name of npm's, or a path from the configuration's place. */
const NAME = /^(?:@[\w.-]+\/)?[\w.-]+(?:\/[\w.-]+)*$|^\.{1,2}\/[\w./-]+$/;

/** Pay's own, by what they export. Whoever publishes a name beside theirs waits for a slip of the pen: none is told to install it. */
export const PUBLISHED = {
  adapter: ["@pay/gosetti-psc", "@pay/sellly"],
  storePackage: ["@pay/postgres", "@pay/sqlite"],
} as const;

/**
 * What a configuration names, imported from the configuration's place and not from Pay's, or a problem at the path.
 *
 * @param from path of a file beside which it is looked for
 * @param exported what the package calls it
 */
export async function loadExport<T extends AdapterPackage | StorePackage>(
  from: string,
  name: string,
  exported: keyof typeof PUBLISHED,
  path: readonly string[],
  problems: Problems,
): Promise<T | undefined> {
  const file = find(from, name, PUBLISHED[exported], path, problems);
  if (file === undefined) return undefined;
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const { cause, text } = failureOf(error);
    problems.add(path, `is there, and failed on load (${text}); import it by itself to see why`, cause);
    return undefined;
  }
  const found = module[exported] as (T & Partial<AdapterPackage & StorePackage>) | undefined;
  const isWhole =
    typeof found?.open === "function" || (typeof found?.create === "function" && found.options?.["~standard"]);
  if (found?.contract === 1 && isWhole) return found;
  problems.add(path, `has no export ${exported} of this version's contract`);
  return undefined;
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
    problems.add(path, "is no adapter package: Node has a module of this name");
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
  if (name.startsWith(".")) return "there is no such file";
  if (code !== "MODULE_NOT_FOUND") return "is installed, and its package.json exports nothing of this name";
  // Node names the manifest of a package that is there without what it points at.
  if (path !== undefined) return "is installed, and its code is not there: build it, or install it again";
  return missing(name, published);
}

function missing(name: string, published: readonly string[]): string {
  const isOurs = published.includes(name);
  const near = isOurs ? undefined : nearest(name, published);
  if (near !== undefined) return `is not installed; did you mean ${near}?`;
  if (name.startsWith("@pay/") && !isOurs) return `is none of Pay's own, which are ${published.join(", ")}`;
  if (isShowablePackage(name)) return `${name} is not installed: npm install ${name}`;
  return "the package named here is not installed: npm install it";
}

/** Also where the scope was forgotten, or `pay-` written in its place. */
function nearest(name: string, published: readonly string[]): string | undefined {
  return meant(name.includes("/") ? name : `@pay/${name.replace(/^pay-/, "")}`, published);
}
