import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");

/** What the sources of a package may import at run time, besides Node's own modules and themselves. `types` are erased. */
const TABLE: Readonly<Record<string, { readonly run: readonly string[]; readonly types?: readonly string[] }>> = {
  core: { run: ["valibot", "tsyringe", "reflect-metadata", "typeid-js", "ky"] },
  "gosetti-psc": { run: ["@pay/core/adapter", "ky", "valibot"] },
  sellly: { run: ["@pay/core/adapter", "ky", "valibot"] },
  sqlite: { run: ["@pay/core/store"] },
  postgres: { run: ["@pay/core/store", "pg", "graphile-worker"] },
  node: { run: ["@pay/core", "@hono/node-server"] },
  testkit: { run: ["@pay/core", "@pay/core/adapter", "@pay/core/store", "@pay/core/di", "fast-check"] },
  simulator: { run: ["hono", "@hono/node-server"] },
  cli: {
    run: ["@pay/core", "@pay/gosetti-psc", "@pay/node", "@pay/sellly", "@pay/simulator", "@pay/sqlite"].concat([
      "citty",
      "hono",
      "@hono/node-server",
    ]),
  },
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?<type>type\s)?(?:[^"';]*?\sfrom\s+)?"(?<from>[^"]+)"|import\("(?<dynamic>[^"]+)"\)/g;

interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
}

function importsOf(folder: string): readonly Import[] {
  const files = globSync("src/**/*.ts", { cwd: join(ROOT, "packages", folder) });
  return files
    .filter((file) => !/\.(test|types)\.ts$/.test(file))
    .flatMap((file) =>
      [...readFileSync(join(ROOT, "packages", folder, file), "utf8").matchAll(IMPORT)].map(({ groups = {} }) => ({
        file: join(folder, file),
        from: groups.from ?? groups.dynamic ?? "",
        typeOnly: groups.type !== undefined,
      })),
    );
}

const isNode = (from: string) => from.startsWith("node:") || builtinModules.includes(from);
/** `hono/html` is part of `hono`; the doors of core are told apart. */
const allowed = (from: string, list: readonly string[]) =>
  list.some((name) => from === name || (!name.startsWith("@pay/") && from.startsWith(`${name}/`)));

describe("who may import whom", () => {
  const folders = globSync("*/package.json", { cwd: join(ROOT, "packages") }).map((path) => path.split("/")[0] ?? "");

  it("covers every package", () => {
    expect(folders.sort()).toEqual(Object.keys(TABLE).sort());
  });

  it.each(Object.entries(TABLE))("@pay/%s imports what the table allows", (folder, { run }) => {
    const imports = importsOf(folder);
    expect(imports.length).toBeGreaterThan(0);
    const strangers = imports.filter(
      ({ from }) => !from.startsWith("./") && !from.startsWith("../") && !isNode(from) && !allowed(from, run),
    );
    expect(strangers).toEqual([]);
  });

  it.each(Object.keys(TABLE))("@pay/%s declares exactly what it imports at run time", (folder) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "packages", folder, "package.json"), "utf8"));
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    const used = importsOf(folder)
      .filter(({ from, typeOnly }) => !typeOnly && !from.startsWith(".") && !isNode(from))
      .map(({ from }) =>
        from
          .split("/")
          .slice(0, from.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    // The bridge names hono as its peer; whoever uses the bridge brings it.
    const peers = declared["@hono/node-server"] === undefined ? [] : ["hono"];
    expect([...new Set([...used, ...peers])].sort()).toEqual([...new Set([...Object.keys(declared), ...peers])].sort());
  });

  it("only pay.ts builds a container, and nothing outside core knows tsyringe", () => {
    const users = Object.keys(TABLE)
      .flatMap(importsOf)
      .filter(({ from, typeOnly }) => from === "tsyringe" && !typeOnly)
      .map(({ file }) => file);
    expect(users).toEqual(["core/src/pay.ts"]);
  });

  it.each(["contract", "model"])("core's %s/ knows nothing of the engine", (folder) => {
    const reached = importsOf("core")
      .filter(({ file }) => file.startsWith(`core/src/${folder}/`))
      .filter(({ from }) => /\.\.\/(flow|store|http|pay|di|adapter)/.test(from));
    expect(reached).toEqual([]);
  });

  it("only core's HTTP helper loads ky", () => {
    const users = importsOf("core")
      .filter(({ from, typeOnly }) => from === "ky" && !typeOnly)
      .map(({ file }) => file);
    expect(users).toEqual(["core/src/adapter/http.ts"]);
  });
});
