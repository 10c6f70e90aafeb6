import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";

/** A file of the package to be: its path within, with `/`, and what is in it. */
export interface PackageFile {
  readonly path: string;
  readonly text: string;
}

/** Beside `src` and `dist` alike. */
const TEMPLATES: string = join(import.meta.dirname, "../../templates/adapter");

/**
 * The template's files: what every adapter has, and what depends on where it lives. Their placeholders are names that code may have,
 * so that the template itself is compiled, linted and tested. A `_` before a name keeps npm, git and biome from taking the file for
 * their own.
 */
export function readTemplate(kind: "alone" | "workspace"): readonly PackageFile[] {
  const files = ["shared", kind].flatMap((part) => filesOf(join(TEMPLATES, part)));
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

function filesOf(folder: string): readonly PackageFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => {
      const path = relative(folder, join(parentPath, name)).split(sep).join("/");
      const text = readFileSync(join(parentPath, name), "utf8");
      return { path: join(dirname(path), basename(path).replace(/^_/, "")).split(sep).join("/"), text };
    });
}

/** What the template's code imports and declares: names that an adapter's factory cannot have as well. */
export function namesIn(files: readonly PackageFile[]): ReadonlySet<string> {
  const code = files.filter(({ path }) => path.endsWith(".ts")).map(({ text }) => text);
  const imports = code.flatMap((text) => [...text.matchAll(/^import ([^;]*?) from /gm)]);
  const declared = code.flatMap((text) => [...text.matchAll(/^(?:export )?(?:const|function|interface) (\w+)/gm)]);
  const words = [...imports, ...declared].flatMap(([, names = ""]) => names.split(/\W+/));
  return new Set(words.filter((word) => word !== "" && word !== "templateGateway"));
}
