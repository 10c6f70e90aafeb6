import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import { parseJSONC } from "confbox";
import { configSchema, SCHEMA_PATH } from "../scripts/config-schema.ts";
import { ROOT } from "../scripts/packages.ts";

const demo = parseJSONC<{ providers: Record<string, object> }>(
  readFileSync(join(ROOT, "packages/cli/demo.config.jsonc"), "utf8"),
  { allowTrailingComma: true },
);
const check = new Ajv({ strictTypes: false, strictTuples: false }).compile(configSchema());

describe("the schema of configuration files", () => {
  it("is the one in the package; `pnpm run docs` writes it", () => {
    expect(JSON.parse(readFileSync(SCHEMA_PATH, "utf8"))).toEqual(configSchema());
  });

  it("takes the demo's configuration", () => {
    expect(check(demo) || check.errors).toBe(true);
  });

  it.each<[string, object]>([
    ["an option that an adapter has not", { providers: { cards: { ...demo.providers.cards, surplus: 1 } } }],
    ["an option of another type", { providers: { psc: { ...demo.providers.psc, userId: "1234" } } }],
    ["a needed option that is missing", { providers: { psc: { use: "@pay/gosetti-psc" } } }],
    ["a provider without a package", { providers: { psc: { userId: 1234 } } }],
    ["no providers", { providers: {} }],
    ["a reference to nothing", { secret: { variable: "PAY_SECRET" } }],
    ["a reference to two places", { secret: { env: "PAY_SECRET", file: "secret.txt" } }],
    ["a reference without a name", { secret: { env: "" } }],
    ["retired at the top, where only createPay has it", { retired: ["psc"] }],
    ["retired that is no boolean", { providers: { psc: { ...demo.providers.psc, retired: "yes" } } }],
    ["a key of nobody's", { surplus: 1 }],
  ])("refuses %s", (_, change) => {
    expect(check({ ...demo, ...change })).toBe(false);
  });

  it("takes lists whose items stand elsewhere", () => {
    const cards = { ...demo.providers.cards, secretKey: [{ env: "NEW" }, { env: "OLD" }] };
    expect(check({ ...demo, providers: { cards }, secret: [{ env: "NEW" }, { file: "old.txt" }] })).toBe(true);
  });

  it("takes adapters of others, whose options are theirs", () => {
    expect(check({ ...demo, providers: { mine: { use: "./my-adapter.ts", anything: true, retired: true } } })).toBe(
      true,
    );
  });
});
