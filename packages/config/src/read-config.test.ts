import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "@jest/globals";
import { loadPay } from "./index.ts";

const CANARY = "canary-5d1f";
const ENV = { PAY_SECRET: "a secret that is long enough for it" };
// Beside the packages it names, as a shop's is.
const folder = mkdtempSync(join(import.meta.dirname, "../.config-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

mkdirSync(join(folder, "folder.json"));

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
    [".json", `\uFEFF${JSON_TEXT}`],
    [".mts", `const config: object = ${JSON_TEXT};\nexport default config;\n`],
    [".mjs", `export default ${JSON_TEXT};\n`],
    [".mjs", `export default Promise.resolve(${JSON_TEXT});\n`],
  ])("may be %s", async (extension, text) => {
    const pay = await loadPay(file(extension, text), { env: ENV });
    expect(typeof pay.checkout).toBe("function");
    await pay.close();
  });

  it.each([
    ["is missing", () => join(folder, "nowhere.json"), /nowhere\.json does not exist\.$/],
    ["is a module that is missing", () => join(folder, "nowhere.mts"), /nowhere\.mts does not exist\.$/],
    ["is a folder", () => join(folder, "folder.json"), /cannot be read \(Error, EISDIR\)\.$/],
    [
      "is cut off",
      () => file(".json", `{\n  "secret": "${CANARY}" `),
      /is not JSON: close brace expected at line 2, column 27\.$/,
    ],
    [
      "lacks a comma",
      () => file(".jsonc", `{ "a": 1 // ${CANARY}\r\n "${CANARY}": 2 }`),
      /comma expected at line 2, column 2\.$/,
    ],
    ["is empty", () => file(".json", ""), /is not JSON: value expected at line 1, column 1\.$/],
    [
      "has keys twice",
      () =>
        file(
          ".json",
          `{ "a": { "${CANARY}": 1,\n\n  "\\u0063${CANARY.slice(1)}": 2 },\n"b": [{ "c": 1, "c": 1 }], "a": 1 }`,
        ),
      /repeats a key at line 3, column 3; line 4, column 17; line 4, column 28\.$/,
    ],
    [
      "is a module that throws",
      () => file(".mjs", `throw Object.assign(new RangeError("${CANARY}"), { code: "E_CODE" })`),
      /failed to load \(RangeError, E_CODE\); run it on its own to see why\.$/,
    ],
    [
      "is a module whose promise fails",
      () => file(".mjs", `export default Promise.reject(new RangeError("${CANARY}"))`),
      /failed to load \(RangeError\); run it on its own to see why\.$/,
    ],
    [
      "is a module that throws a text",
      () => file(".mjs", `throw "${CANARY}"`),
      /failed to load \(Error\); run it on its own/,
    ],
    [
      "is a module that misses another",
      () => file(".mjs", 'import "pay-nowhere"'),
      /failed to load \(\w+, \w*NOT_FOUND\)/,
    ],
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
