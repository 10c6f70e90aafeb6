import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { typeCheck, writeModules } from "./support/type-check.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(import.meta.dirname, ".examples");

/** Functions whose documentation must have an example. */
const REQUIRED: readonly (readonly [file: string, ...names: string[]])[] = [
  ["packages/core/src/pay.ts", "createPay", "registerPay"],
  ["packages/core/src/contract/pay.ts", "checkout", "on", "refund", "cancel", "resolve"],
  ["packages/config/src/load-pay.ts", "loadPay"],
  ["packages/config/src/load-config.ts", "loadConfig"],
  ["packages/sellly/src/sellly.ts", "sellly"],
  ["packages/gosetti-psc/src/gosetti-psc.ts", "goSettiPsc"],
  ["packages/core/src/testing/callback-request.ts", "callbackRequest"],
  ["packages/core/src/testing/fake-provider.ts", "fakeProvider"],
  ["packages/core/src/testing/manual-clock.ts", "manualClock"],
  ["packages/testkit/src/provider-contract.ts", "providerContract"],
  ["packages/testkit/src/store-contract.ts", "storeContract"],
];

const DECLARATION = /^\s*(?:export\s+)?(?:async\s+)?(?:function\s+|const\s+|interface\s+|readonly\s+)?([\w$]+)/;

interface Example {
  readonly file: string;
  readonly line: number;
  /** The declaration that the comment stands before. */
  readonly name: string;
  readonly code: string;
}

const FILES = globSync("packages/*/src/**/*.ts", { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts"));
const EXAMPLES = FILES.flatMap((file) => examplesOf(file, readFileSync(join(ROOT, file), "utf8")));

/** Every fenced `ts` block in a TSDoc comment, after its first `@example`. */
function examplesOf(file: string, text: string): readonly Example[] {
  return [...text.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*@example[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const [, name = ""] = DECLARATION.exec(text.slice(index + comment.length)) ?? [];
    const examples = comment.slice(comment.indexOf("@example")).replace(/^\s*\* ?/gm, "");
    const line = text.slice(0, index).split("\n").length;
    return [...examples.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => ({ file, line, name, code }));
  });
}

/** The module of an example, named so that the compiler's message shows where the example is. */
function moduleOf({ file, line }: Example, at: number): string {
  return `${file.replace("packages/", "").replaceAll(/[/.]/g, "-")}-line-${line}-${at}.ts`;
}

beforeAll(() =>
  writeModules(
    FOLDER,
    EXAMPLES.map((example, at) => [moduleOf(example, at), example.code]),
  ),
);

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe("the examples in TSDoc", () => {
  it.each(REQUIRED.flatMap(([file, ...names]) => names.map((name) => [name, file] as const)))(
    "show %s (%s)",
    (name, file) => {
      expect(EXAMPLES.some((example) => example.file === file && example.name === name)).toBe(true);
    },
  );

  it("are fenced ts blocks, at least one after each tag", () => {
    const empty = FILES.flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*\*\//g)]
        .flatMap(([comment]) => comment.split(/^\s*\* @example\b/m).slice(1))
        .filter((example) => !/^\s*\* ```ts$/m.test(example))
        .map((example) => `${file}: ${example}`),
    );
    expect(empty).toEqual([]);
    expect(EXAMPLES.length).toBeGreaterThan(REQUIRED.length);
  });

  it("are complete modules: each imports what it uses", () => {
    expect(
      EXAMPLES.filter(({ code }) => !code.startsWith("import ")).map(({ file, line }) => `${file}:${line}`),
    ).toEqual([]);
  });

  it("compile", () => {
    expect(typeCheck(FOLDER)).toEqual({ status: 0, stdout: "" });
  });
});
