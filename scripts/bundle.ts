// Writes the JavaScript of @pay/core: one file per entry, and what entries share in chunks. Node's loader takes about 0.3 ms per file, and
// core has ninety small ones. Entries share their chunks, so there is one `PayError`, whichever entry a package imports.
import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const FOLDER = join(import.meta.dirname, "../packages/core");

interface Entry {
  readonly "@pay/source": string;
  readonly default?: string;
}

const { exports } = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, Entry>>;
};
const published = Object.values(exports).filter((entry) => entry.default !== undefined);
// A chunk that is no entry's any more would be published too.
for (const file of globSync("dist/**/*.{js,js.map}", { cwd: FOLDER })) rmSync(join(FOLDER, file));
await build({
  absWorkingDir: FOLDER,
  entryPoints: published.map((entry) => entry["@pay/source"]),
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "es2023",
  sourcemap: true,
  logLevel: "warning",
});
