import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";

/** A file of the new package: its path in the package, with `/`, and its text. */
export interface PackageFile {
  readonly path: string;
  readonly text: string;
}

/** Beside `src` and `dist` alike. */
const TEMPLATES: string = join(import.meta.dirname, "../../templates/adapter");

/**
 * The template's files: those of every adapter, and those of its kind. Placeholders are valid names in code, so the template itself is
 * compiled, linted and tested. A `_` before a file's name hides it from npm, git and biome.
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

/** The names that the template's code imports and declares. An adapter's factory cannot have any of them. */
export function namesIn(files: readonly PackageFile[]): ReadonlySet<string> {
  const code = files.filter(({ path }) => path.endsWith(".ts")).map(({ text }) => text);
  const imports = code.flatMap((text) => [...text.matchAll(/^import ([^;]*?) from /gm)]);
  const declared = code.flatMap((text) => [...text.matchAll(/^(?:export )?(?:const|function|interface) (\w+)/gm)]);
  const words = [...imports, ...declared].flatMap(([, names = ""]) => names.split(/\W+/));
  return new Set(words.filter((word) => word !== "" && word !== "templateGateway"));
}
