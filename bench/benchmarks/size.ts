import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { atMost, type Benchmark } from "../harness/benchmark.ts";
import { spreadOf } from "../harness/pairs.ts";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
/** The published files of one of our packages: its `files`. */
const PUBLISHED = ["dist", "sql", "package.json", "README.md", "LICENSE"];

/** The size that a shop with one adapter installs and bundles. Equal on every machine; needs `pnpm build`. */
export const size: Benchmark = {
  name: "size",
  async run() {
    const packages = closureOf(["@pay/core", "@pay/sellly"]);
    const installed = [...packages.values()].map((folder) =>
      bytesOf(folder, folder.includes("node_modules") ? undefined : PUBLISHED),
    );
    const { outputFiles } = await build({
      stdin: {
        contents: 'export { createPay } from "@pay/core"; export { sellly } from "@pay/sellly";',
        resolveDir: BENCH,
      },
      bundle: true,
      minify: true,
      platform: "node",
      format: "esm",
      write: false,
    });
    const bundle = outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0);
    return [
      {
        what: "installed size of core and one adapter, with all they need",
        goal: atMost(3_500, " kB"),
        measured: spreadOf([installed.reduce((sum, bytes) => sum + bytes, 0) / 1000]),
        detail: [...packages.keys()].join(", "),
      },
      {
        what: "bundle of core and one adapter, minified",
        goal: atMost(195, " kB"),
        measured: spreadOf([bundle / 1000]),
        detail: "esbuild, for Node",
      },
    ];
  },
};

/** The packages and their dependencies, each with its folder. */
function closureOf(names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (name: string, from: string) => {
    if (found.has(name)) return;
    const folder = folderOf(name, from);
    found.set(name, folder);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
  };
  for (const name of names) visit(name, BENCH);
  return found;
}

function folderOf(name: string, from: string): string {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const place = places.map((path) => join(path, name)).find((path) => existsSync(path));
  if (place === undefined) throw new Error(`${name} is not installed.`);
  return realpathSync(place);
}

function bytesOf(path: string, only?: readonly string[]): number {
  if (!statSync(path).isDirectory())
    return /\.(?:map|tsbuildinfo)$/.test(path) && only === undefined ? 0 : statSync(path).size;
  return readdirSync(path)
    .filter((name) => name !== "node_modules" && (only === undefined || only.includes(name)))
    .reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
