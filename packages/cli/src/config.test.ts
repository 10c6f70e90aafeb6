import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "@jest/globals";
import { loadPay } from "./config.ts";

const CANARY = "canary-5d1f";
const ENV = { PAY_SECRET: "a secret that is long enough for it" };
// Beside the packages it names, as a shop's is.
const folder = mkdtempSync(join(import.meta.dirname, "../.config-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(extension: string, text: string): string {
  const path = join(folder, `${++count}${extension}`);
  writeFileSync(path, text);
  return path;
}

const JSON_TEXT = `{
  "providers": { "psc": { "use": "@pay/gosetti-psc", "userId": 1234 } },
  "store": "sqlite:pay.db",
  "baseUrl": "https://shop.example/pay",
  "secret": { "env": "PAY_SECRET" }
}`;

describe("a configuration file", () => {
  it.each([
    [".json", JSON_TEXT],
    [".jsonc", JSON_TEXT.replace("{", "{ // the shop's gateways").replace(/\}\n\}$/, "},\n}")],
    [".mts", `const config: object = ${JSON_TEXT};\nexport default config;\n`],
    [".mjs", `export default ${JSON_TEXT};\n`],
  ])("may be %s", async (extension, text) => {
    const pay = await loadPay(file(extension, text), { env: ENV });
    expect(typeof pay.checkout).toBe("function");
    await pay.close();
  });

  it.each([
    ["is missing", () => join(folder, "nowhere.json"), /cannot be read/],
    ["is a module that is missing", () => join(folder, "nowhere.mts"), /is missing, or cannot be imported/],
    ["is no JSON", () => file(".json", `{ "secret": "${CANARY}" `), /is not JSON/],
    ["is a module that throws", () => file(".mjs", `throw new Error("${CANARY}")`), /cannot be imported/],
    ["is a module without a default export", () => file(".mjs", "export const config = {};"), /has no default export/],
    ["has another ending", () => file(".yaml", "providers:"), /must end in \.json, \.jsonc, \.ts/],
    ["is a list", () => file(".json", "[]"), /config: must be an object/],
  ])("that %s is refused by its name, and without its content", async (_, path, message) => {
    const error = await loadPay(path(), { env: ENV }).then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: "INVALID_CONFIG" });
    expect(error.message).toMatch(message);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain(CANARY);
  });
});
