import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { textsIn } from "./gateway.ts";
import { GATEWAYS } from "./index.ts";

const SOURCES = join(import.meta.dirname, "..");
/** The package's door exports what some gateways add to its types. */
const DOOR = "index.ts";

const sources = (pattern: string) => globSync(pattern, { cwd: SOURCES }).filter((file) => !file.endsWith(".test.ts"));

describe("the registered gateways", () => {
  it("have names of their own that fit into an address", () => {
    const names = GATEWAYS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*$/);
    // They would hide the simulator's own pages.
    for (const taken of ["api", "payments", "exchanges", "chaos", "clock"]) expect(names).not.toContain(taken);
  });

  it("have a folder each, with the same file names in every folder", () => {
    const folders = globSync("gateways/*/index.ts", { cwd: SOURCES }).map((file) => file.replace(/\/index\.ts$/, ""));
    expect(folders).toHaveLength(GATEWAYS.length);
    const files = folders.map((folder) => globSync("**/*", { cwd: join(SOURCES, folder) }).sort());
    for (const one of files) expect(one).toEqual(files[0]);
  });

  it("have every text in Polish and English, which they speak", () => {
    for (const { name, texts } of GATEWAYS) {
      expect([name, Object.keys(texts).sort()]).toEqual([name, ["en", "pl"]]);
      for (const one of Object.values(texts)) {
        expect([name, Object.keys(one).sort()]).toEqual([name, Object.keys(texts.en).sort()]);
      }
    }
  });

  it("show English in a language that they do not speak", () => {
    for (const { texts } of GATEWAYS) {
      expect(textsIn({ en: texts.en }, "pl")).toBe(texts.en);
      expect(textsIn(texts, "pl")).toBe(texts.pl);
    }
  });

  it("are mentioned nowhere outside their folders", () => {
    const names = GATEWAYS.flatMap(({ name, texts }) => [name, texts.en.label]);
    const words = [...new Set([...names, "psc", "paysafecard", "cashbill", "stripe", "blik", "przelewy24", "payu"])];
    const mention = new RegExp(words.map((word) => word.replace(".", "\\.")).join("|"), "i");
    const common = sources("**/*.ts").filter((file) => file !== DOOR && !/^gateways\/([^/]+\/|list\.ts)/.test(file));
    expect(common.length).toBeGreaterThan(40);
    const found = common.filter((file) => mention.test(readFileSync(join(SOURCES, file), "utf8")));
    expect(found).toEqual([]);
  });

  it("do not import each other, and share no code with the adapters", () => {
    for (const file of sources("gateways/*/*.ts")) {
      const text = readFileSync(join(SOURCES, file), "utf8");
      expect([file, /from "@pay\/(?!i18n")|from "\.\.\/(?!gateway\.ts|\.\.\/)/.test(text)]).toEqual([file, false]);
    }
  });
});
