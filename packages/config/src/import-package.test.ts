import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "@jest/globals";
import { isPayError, type PayError } from "@pay/core";
import { isShowablePackage } from "./import-package.ts";
import { loadConfig } from "./load-config.ts";

const CANARY = "canary-5d1f";
const SECRET = "a secret that is long enough for it";
const folder = mkdtempSync(join(tmpdir(), "pay-packages-"));
afterAll(() => rmSync(folder, { recursive: true }));

const WHOLE = `export const adapter = {
  contract: 1,
  options: { "~standard": { version: 1, vendor: "none", validate: (value) => VALIDATE } },
  create: (options) => CREATE,
};`;
const adapter = (validate: string, create: string) => WHOLE.replace("VALIDATE", validate).replace("CREATE", create);
const THROWS = `(() => { throw Object.assign(new TypeError("${CANARY}"), { code: "E_CANARY" }); })()`;

/** Packages beside the configuration, by name: their code, and what their manifest says besides. */
const PACKAGES: Readonly<Record<string, readonly [code: string | undefined, manifest: object]>> = {
  "pay-throws": [THROWS, { exports: "./index.js" }],
  "pay-unmet": ['import "pay-nowhere";', { exports: "./index.js" }],
  "pay-unbuilt": [undefined, { exports: "./index.js" }],
  "pay-elsewhere": ["", { exports: { "./adapter": "./index.js" } }],
  "pay-bad-schema": [adapter(THROWS, "({})"), { exports: "./index.js" }],
  "pay-quotes": [
    adapter('({ issues: [{ message: "Invalid: received " + JSON.stringify(value.key), path: ["key"] }] })', "({})"),
    { exports: "./index.js" },
  ],
  "pay-newer": [adapter("({ value })", "({})").replace("contract: 1", "contract: 2"), { exports: "./index.js" }],
  "pay-bad-create": [adapter("({ value })", THROWS), { exports: "./index.js" }],
};
for (const [name, [code, manifest]] of Object.entries(PACKAGES)) {
  const place = join(folder, "node_modules", name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "package.json"), JSON.stringify({ name, type: "module", ...manifest }));
  if (code !== undefined) writeFileSync(join(place, "index.js"), code);
}
mkdirSync(join(folder, "config"));

async function refusalOf(use: string, from = join(folder, "pay.config.json"), options = {}) {
  const config = {
    providers: { psc: { use, ...options } },
    store: "memory:",
    baseUrl: "https://a.example",
    secret: SECRET,
  };
  const error: PayError = await loadConfig(config, { from }).then(
    () => undefined,
    (reason) => reason,
  );
  expect(isPayError(error)).toBe(true);
  expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain(CANARY);
  return error;
}

describe("the package of an adapter", () => {
  it("may quote what it was given in its messages, which are then not told", async () => {
    const error = await refusalOf("pay-quotes", undefined, { key: CANARY });
    expect(error.message).toContain(
      "providers.psc.key: is not a value that the adapter accepts; see its documentation",
    );
  });

  it.each([
    ["is missing", "pay-nowhere", "use: pay-nowhere is not installed; run npm install pay-nowhere"],
    ...["@pay/gosetti-pcs", "@pya/gosetti-psc", "@pay/gosettipsc", "gosetti-psc", "pay-gosetti-psc"].map(
      (use): [string, string, RegExp] => [
        `is a slip away from Pay's own (${use})`,
        use,
        /use: is not installed; did you mean @pay\/gosetti-psc\?$/,
      ],
    ),
    [
      "is in Pay's scope and not Pay's",
      "@pay/p24",
      /use: is not one of Pay's packages, which are @pay\/gosetti-psc, @pay\/sellly$/,
    ],
    ["is Pay's own", "@pay/sellly", "use: @pay/sellly is not installed; run npm install @pay/sellly"],
    ["is a module of Node's", "fs", "use: names a module of Node.js; name an adapter package"],
    [
      "is missing, and may be a key",
      "sk_live_4eC39HqL",
      "use: the package named here is not installed; install it with npm",
    ],
    ["throws", "pay-throws", /use: is installed but failed to load \(TypeError, E_CANARY\); import it on its own/],
    ["misses a package of its own", "pay-unmet", /use: is installed but failed to load \(Error, \w*MODULE_NOT_FOUND\)/],
    ["is of another version's contract", "pay-newer", "use: exports no adapter of contract version 1"],
    ["has a schema that throws", "pay-bad-schema", "psc: made its package throw (TypeError, E_CANARY)"],
    ["cannot make a provider", "pay-bad-create", "psc: made its package throw (TypeError, E_CANARY)"],
  ])("that %s is told apart from others", async (_, use, remedy) => {
    expect((await refusalOf(use)).message).toMatch(remedy);
  });

  // Jest resolves by itself, and does not tell these apart.
  it("that is there and cannot be found is told from one that is missing, by Node", () => {
    const uses = ["pay-unbuilt", "pay-elsewhere", "pay-nowhere"];
    const providers = Object.fromEntries(uses.map((use, at) => [`p${at}`, { use }]));
    const code = `import { loadConfig } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
      await loadConfig(${JSON.stringify({ providers })}, { from: ${JSON.stringify(join(folder, "pay.json"))} })
        .catch(({ message }) => console.log(message));`;
    const { stdout } = spawnSync(process.execPath, ["--conditions=@pay/source", "--input-type=module", "-e", code], {
      encoding: "utf8",
    });
    expect(stdout.split("\n- ").slice(1, 4)).toEqual([
      "providers.p0.use: is installed, but its code is missing; build it or install it again",
      "providers.p1.use: is installed, but its package.json does not export this name",
      "providers.p2.use: pay-nowhere is not installed; run npm install pay-nowhere",
    ]);
  });

  it("that threw leaves its class and code as the cause", async () => {
    const { cause } = await refusalOf("pay-throws");
    expect(cause).toMatchObject({ name: "TypeError", code: "E_CANARY", message: "E_CANARY" });
  });

  it("may be a file beside the configuration, or above it", async () => {
    writeFileSync(join(folder, "own.mjs"), adapter("({ value })", '({ contract: 1, merchantAccount: "a" })'));
    const rest = { store: "memory:", baseUrl: "https://a.example", secret: SECRET };
    for (const [use, place] of [
      ["./own.mjs", folder],
      ["../own.mjs", join(folder, "config")],
    ] as const) {
      const { providers } = await loadConfig(
        { providers: { own: { use } }, ...rest },
        { from: join(place, "pay.json") },
      );
      expect(providers.own).toMatchObject({ merchantAccount: "a" });
    }
  });

  it("is shown in an error where its name has a scope, or Pay's prefix", () => {
    expect(["@pay/sellly", "@my-shop/pay-p24", "pay-my-gateway"].filter(isShowablePackage)).toHaveLength(3);
    const secrets = [
      "hunter",
      "correct-horse-battery",
      "@pay/sk_live_1",
      "@pay/a1b2c3d4",
      "pay-",
      "@Shop/pay",
      "sk-live",
    ];
    expect(secrets.filter(isShowablePackage)).toEqual([]);
  });
});
