import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");

interface Imports {
  /** Packages that its sources may import at run time, besides Node's own modules and themselves. */
  readonly run: readonly string[];
  /** Packages that its configuration names, which are imported from there. */
  readonly configured?: readonly string[];
}

const TABLE: Readonly<Record<string, Imports>> = {
  i18n: { run: [] },
  core: { run: ["@pay/i18n/language", "valibot", "tsyringe", "reflect-metadata", "ky", "jose"] },
  "gosetti-psc": { run: ["@pay/core/adapter", "ky", "valibot"] },
  sellly: { run: ["@pay/core/adapter", "ky", "valibot"] },
  sqlite: { run: ["@pay/core/store"] },
  postgres: { run: ["@pay/core/store", "pg", "graphile-worker"] },
  config: { run: ["@pay/core", "@pay/core/config", "@pay/core/adapter", "@pay/core/store", "jsonc-parser"] },
  node: { run: ["@hono/node-server"] },
  testkit: {
    run: ["@pay/core", "@pay/core/adapter", "@pay/core/store", "@pay/core/di", "@pay/core/testing", "fast-check"],
  },
  simulator: { run: ["@pay/i18n", "hono", "@hono/node-server"] },
  console: { run: ["@pay/core", "@pay/i18n", "hono"] },
  cli: {
    run: [
      "@pay/config",
      "@pay/console",
      "@pay/core",
      "@pay/i18n",
      "@pay/node",
      "@pay/simulator",
      "citty",
      "hono",
      "@hono/node-server",
    ],
    configured: ["@pay/gosetti-psc", "@pay/sellly", "@pay/sqlite"],
  },
};

/** Statements that make a Pay, ready for `start()`. */
const CREATE_PAY = `
  const { createPay, memoryStore } = await import("@pay/core");
  const { sellly } = await import("@pay/sellly");
  const pay = createPay({
    providers: { cards: sellly({ shopId: "SHOP1", secretKey: "s3cret-key", operator: "cashbill" }) },
    store: memoryStore(),
    baseUrl: "https://shop.example/pay",
    secret: "0123456789abcdef0123456789abcdef",
  });
  pay.on("payment.succeeded", "deliver", () => {});
`;

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?<type>type\s)?(?:[^"';]*?\sfrom\s+)?"(?<from>[^"]+)"|import\("(?<dynamic>[^"]+)"\)/g;

interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
}

function importsOf(folder: string, within = "packages"): readonly Import[] {
  const files = globSync("src/**/*.ts", { cwd: join(ROOT, within, folder) });
  return files
    .filter((file) => !/\.(test|types)\.ts$/.test(file))
    .flatMap((file) =>
      [...readFileSync(join(ROOT, within, folder, file), "utf8").matchAll(IMPORT)].map(({ groups = {} }) => ({
        file: join(folder, file),
        from: groups.from ?? groups.dynamic ?? "",
        typeOnly: groups.type !== undefined,
      })),
    );
}

const isNode = (from: string) => from.startsWith("node:") || builtinModules.includes(from);
/** `hono/html` is part of `hono`; the entry points of core are distinct. */
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

  it.each(Object.entries(TABLE))(
    "@pay/%s declares exactly what it imports at run time",
    (folder, { configured = [] }) => {
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
      // The bridge names hono as its peer dependency; the app brings it.
      const peers = declared["@hono/node-server"] === undefined ? [] : ["hono"];
      expect([...new Set([...used, ...configured, ...peers])].sort()).toEqual(
        [...new Set([...Object.keys(declared), ...peers])].sort(),
      );
    },
  );

  it("only the door for apps with a container loads tsyringe", () => {
    const users = Object.keys(TABLE)
      .flatMap((folder) => importsOf(folder))
      .filter(({ from, typeOnly }) => from === "tsyringe" && !typeOnly)
      .map(({ file }) => file);
    expect(users).toEqual(["core/src/di.ts"]);
  });

  it.each(["contract", "model"])("core's %s/ knows nothing of the engine", (folder) => {
    const imported = importsOf("core").filter(({ file }) => file.startsWith(`core/src/${folder}/`));
    expect(imported).not.toEqual([]);
    expect(imported.filter(({ from }) => from.startsWith("../") && !/^\.\.\/(contract|model)\//.test(from))).toEqual(
      [],
    );
  });

  it("only core's HTTP helper loads ky, and not before pay.start()", () => {
    const users = importsOf("core")
      .filter(({ from, typeOnly }) => from === "ky" && !typeOnly)
      .map(({ file }) => file);
    expect(users).toEqual(["core/src/adapter-kit/http.ts"]);
    const script = `
      ${watchFor("ky")}
      ${CREATE_PAY}
      const before = loaded;
      await pay.start();
      console.log(before, loaded);
      await pay.close();
    `;
    expect(run(script)).toEqual({ stderr: "", stdout: "false true\n" });
  });

  it("only core's form page loads @pay/i18n, and pay.start() does not", () => {
    const users = importsOf("core")
      .filter(({ from, typeOnly }) => from.startsWith("@pay/i18n") && !typeOnly)
      .map(({ file }) => file);
    expect(users).toEqual(["core/src/http/form-page.ts"]);
    const script = `
      ${watchFor("@pay/i18n/language")}
      ${CREATE_PAY}
      await pay.start();
      const before = loaded;
      const { languageOf } = await import("./packages/core/src/http/form-page.ts");
      await languageOf("pl");
      console.log(before, loaded);
      await pay.close();
    `;
    expect(run(script)).toEqual({ stderr: "", stdout: "false true\n" });
  });

  it("loading a configuration file loads no tsyringe", () => {
    const script = `
      ${watchFor("tsyringe")}
      const { loadPay } = await import("@pay/config");
      const providers = { psc: { use: "@pay/gosetti-psc", userId: 1234 } };
      const secret = "0123456789abcdef0123456789abcdef";
      const pay = await loadPay({ providers, store: "sqlite:pay.db", baseUrl: "https://shop.example/pay", secret });
      console.log(typeof pay.checkout, loaded);
    `;
    expect(run(script)).toEqual({ stderr: "", stdout: "function false\n" });
  });

  it("only core's verification of tokens loads jose, and not before there is a token", () => {
    const users = importsOf("core")
      .filter(({ from, typeOnly }) => from === "jose" && !typeOnly)
      .map(({ file }) => file);
    expect(users).toEqual(["core/src/adapter-kit/jws.ts"]);
    const script = `
      ${watchFor("jose")}
      const { jwsSecret, verifyJws } = await import("@pay/core/adapter");
      const before = loaded;
      await verifyJws("eyJhbGciOiJIUzI1NiJ9.e30.AA", { algorithms: ["HS256"], keys: [jwsSecret("s")] });
      console.log(before, loaded);
    `;
    expect(run(script)).toEqual({ stderr: "", stdout: "false true\n" });
  });
});

describe("a file of a package", () => {
  // Other packages may use only the entry points in `exports` of its package.json.
  const PACKAGE = /^(?:packages|examples\/adapters)\/[^/]+/;
  const files = ["packages/*", "examples/adapters/*", "test", "bench", "scripts"].flatMap((folder) =>
    globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: (path) => /node_modules|dist|\/\./.test(path) }),
  );
  const reached = [...new Set(files)].flatMap((file) =>
    [...readFileSync(join(ROOT, file), "utf8").matchAll(/(?:from|import\(|import) ?"(\.[^"]+)"/g)]
      .map(([, path = ""]) => ({ from: file, to: join(file, "..", path) }))
      .filter(({ from, to }) => PACKAGE.test(to) && PACKAGE.exec(to)?.[0] !== PACKAGE.exec(from)?.[0]),
  );

  it("is looked for", () => {
    expect(files.length).toBeGreaterThan(500);
    expect(reached.map(({ from }) => from)).toContain("scripts/broken-adapters.ts");
  });

  it("is imported by path in no other package", () => {
    expect(reached.filter(({ from }) => PACKAGE.test(from))).toEqual([]);
  });

  it("of core is imported by path nowhere else", () => {
    expect(reached.filter(({ to }) => to.startsWith("packages/core/"))).toEqual([]);
  });
});

describe("the doubles for tests", () => {
  it("are no part of what core runs in production", () => {
    const users = importsOf("core").filter(({ from }) => /testing/.test(from));
    expect([...new Set(users.map(({ file }) => file))]).toEqual(["core/src/testing.ts"]);
  });

  it("load neither the HTTP client nor the engine", () => {
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context); } });
      await import("@pay/core/testing");
      console.log(loaded.filter((name) => !/^[.]|^node:buffer$/.test(name) || name.includes("pay.ts")).join());
    `;
    expect(run(script)).toEqual({ stderr: "", stdout: "@pay/core/testing\n" });
  });
});

/** A program in which `loaded` is true after the package was imported. */
function watchFor(name: string): string {
  return `
    import { registerHooks } from "node:module";
    let loaded = false;
    registerHooks({ resolve(name, context, next) { loaded ||= name === "${name}"; return next(name, context); } });
  `;
}

function run(script: string): { readonly stderr: string; readonly stdout: string } {
  const { stderr, stdout } = spawnSync(
    process.execPath,
    ["--conditions=@pay/source", "--input-type=module", "-e", script],
    { cwd: ROOT, encoding: "utf8" },
  );
  return { stderr, stdout };
}

describe("adapters written outside", () => {
  const EXAMPLES = "examples/adapters";
  const folders = globSync("*/package.json", { cwd: join(ROOT, EXAMPLES) }).map((path) => path.split("/")[0] ?? "");

  it("are these", () => {
    expect(folders.sort()).toEqual(["cashbill", "hotpay", "przelewy24"]);
  });

  it.each(folders)("%s imports the adapter author's door and valibot, and has under 190 lines of code", (folder) => {
    const from = importsOf(folder, EXAMPLES).map((one) => one.from);
    expect([...new Set(from)].filter((name) => !name.startsWith("./")).sort()).toEqual([
      "@pay/core/adapter",
      "valibot",
    ]);
    const sources = globSync("src/**/*.ts", { cwd: join(ROOT, EXAMPLES, folder) }).filter(
      (file) => !file.endsWith(".test.ts"),
    );
    const lines = sources.flatMap((file) => readFileSync(join(ROOT, EXAMPLES, folder, file), "utf8").split("\n"));
    const code = lines.filter((line) => line.trim() !== "" && !/^\s*(?:\/\/|\/\*|\*)/.test(line));
    expect(code.length).toBeLessThan(190);
  });
});
