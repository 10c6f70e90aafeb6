import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import { parseJSONC } from "confbox";
import { STORE_PACKAGES } from "../packages/config/src/load-store.ts";
import { configSchema, SCHEMA_PATH } from "../scripts/config-schema.ts";
import { ROOT } from "../scripts/packages.ts";
import { LIST_PATH, listOfAdapters, published } from "../scripts/published-adapters.ts";

const demo = parseJSONC<{ providers: Record<string, object> }>(
  readFileSync(join(ROOT, "packages/cli/demo.config.jsonc"), "utf8"),
  { allowTrailingComma: true },
);
const check = new Ajv({ strictTypes: false, strictTuples: false }).compile(await configSchema());

describe("the schema of configuration files", () => {
  it("is the one in the package; `pnpm run docs` writes it", async () => {
    expect(JSON.parse(readFileSync(SCHEMA_PATH, "utf8"))).toEqual(await configSchema());
  });

  it("takes the demo's configuration", () => {
    expect(check(demo) || check.errors).toBe(true);
  });

  it.each<[string, object]>([
    ["an option that the adapter does not have", { providers: { cards: { ...demo.providers.cards, surplus: 1 } } }],
    ["an option of another type", { providers: { psc: { ...demo.providers.psc, userId: "1234" } } }],
    ["a needed option that is missing", { providers: { psc: { use: "@pay/gosetti-psc" } } }],
    ["a provider without a package", { providers: { psc: { userId: 1234 } } }],
    ["no providers", { providers: {} }],
    ["a reference to nothing", { secret: { variable: "PAY_SECRET" } }],
    ["a reference to two places", { secret: { env: "PAY_SECRET", file: "secret.txt" } }],
    ["a reference without a name", { secret: { env: "" } }],
    ["retired at the top, where only createPay has it", { retired: ["psc"] }],
    ["retired that is not a boolean", { providers: { psc: { ...demo.providers.psc, retired: "yes" } } }],
    ["an unknown key", { surplus: 1 }],
  ])("refuses %s", (_, change) => {
    expect(check({ ...demo, ...change })).toBe(false);
  });

  it("takes lists whose items stand elsewhere", () => {
    const cards = { ...demo.providers.cards, secretKey: [{ env: "NEW" }, { env: "OLD" }] };
    expect(check({ ...demo, providers: { cards }, secret: [{ env: "NEW" }, { file: "old.txt" }] })).toBe(true);
  });

  it("takes any other adapter, with any options", () => {
    expect(check({ ...demo, providers: { mine: { use: "./my-adapter.ts", anything: true, retired: true } } })).toBe(
      true,
    );
  });
});

describe("Pay's own packages, as configurations know them", () => {
  it("are the adapters of this repository; `pnpm run docs` writes the list", async () => {
    expect(Object.keys(await published("adapter"))).toEqual(
      expect.arrayContaining(["@pay/gosetti-psc", "@pay/sellly"]),
    );
    expect(readFileSync(LIST_PATH, "utf8")).toBe(await listOfAdapters());
  });

  it("are the stores of this repository, each with its scheme", async () => {
    expect([...new Set(Object.values(STORE_PACKAGES))].sort()).toEqual(Object.keys(await published("storePackage")));
  });
});
