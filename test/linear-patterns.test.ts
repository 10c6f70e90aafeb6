import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parseSync } from "@swc/core";
import { analyse } from "scslre";

const ROOT = join(import.meta.dirname, "..");

/** The testkit reads the sources and the recorded texts of the adapter under test, nothing from outside. */
const FILES = globSync("{packages/*/src,packages/cli/templates,examples/adapters/*/src}/**/*.ts", {
  cwd: ROOT,
  exclude: (path) => path.includes("node_modules"),
}).filter((file) => !/\.(?:test|types)\.ts$/.test(file) && !file.startsWith("packages/testkit/"));

/** Files that join texts to a pattern. Nothing repeats in such a pattern, so its work is the text's length times the number of texts. */
const JOINED = ["packages/cli/src/new-adapter/render.ts", "packages/core/src/exchanges/known-texts.ts"];

interface Pattern {
  /** `undefined` if only the running program knows it. */
  readonly source: string | undefined;
  readonly flags: string;
}

/** A node of the syntax tree, with what this test reads of it. */
interface Node {
  readonly type?: string;
  readonly value?: string;
  readonly pattern?: string;
  readonly flags?: string;
  readonly callee?: Node;
  readonly id?: Node;
  readonly init?: Node;
  readonly arguments?: readonly { readonly expression: Node }[] | null;
  readonly quasis?: readonly { readonly cooked: string }[];
  readonly expressions?: readonly Node[];
}

/** Every pattern of a source file, literal or constructed. */
function patternsIn(code: string): readonly Pattern[] {
  const nodes = [...nodesOf(parseSync(code, { syntax: "typescript" }))];
  const constants = new Map(
    nodes.flatMap(({ type, id, init }) => (type === "VariableDeclarator" && init ? [[id?.value, init] as const] : [])),
  );
  /** A part that only the running program knows stands for one letter. */
  const textOf = (node: Node | undefined, part?: string): string | undefined => {
    if (node?.type === "StringLiteral") return node.value;
    if (node?.type === "Identifier") return constants.has(node.value) ? textOf(constants.get(node.value), part) : part;
    if (node?.type !== "TemplateLiteral") return part;
    const texts = node.expressions!.map((one) => textOf(one, "a"));
    return node.quasis!.map(({ cooked }, at) => cooked + (texts[at] ?? "")).join("");
  };
  return nodes.flatMap((node) => {
    if (node.type === "RegExpLiteral") return [{ source: node.pattern!, flags: node.flags! }];
    if (node.type !== "NewExpression" && node.type !== "CallExpression") return [];
    if (node.callee?.type !== "Identifier" || node.callee.value !== "RegExp") return [];
    const [source, flags] = node.arguments ?? [];
    return [{ source: textOf(source?.expression), flags: textOf(flags?.expression) ?? "" }];
  });
}

function* nodesOf(tree: unknown): Generator<Node> {
  if (typeof tree !== "object" || tree === null) return;
  if ("type" in tree) yield tree as Node;
  for (const child of Object.values(tree)) yield* nodesOf(child);
}

/**
 * Says for which repeated character the work of the pattern grows faster than the text. A text that repeats several characters, such as
 * quotation marks behind backslashes, is not tried.
 */
function growthOf({ source, flags }: Pattern): readonly string[] {
  const { reports } = analyse({ source: source!, flags });
  return reports.map(({ character, exponential }) => {
    return `/${source}/${flags}: ${exponential ? "exponential" : "quadratic"} in ${character.literal.source.slice(0, 40)}`;
  });
}

describe("the work of a regular expression", () => {
  const found = FILES.map((file) => ({ file, patterns: patternsIn(readFileSync(join(ROOT, file), "utf8")) }));

  it("is known for every pattern of the sources", () => {
    const unknown = found.filter(({ patterns }) => patterns.some(({ source }) => source === undefined));
    expect(unknown.map(({ file }) => file).sort()).toEqual(JOINED);
    expect(found.flatMap(({ patterns }) => patterns).length).toBeGreaterThan(200);
  });

  it("grows no faster than the text", () => {
    const growing = found.flatMap(({ file, patterns }) =>
      patterns.flatMap((pattern) =>
        pattern.source === undefined ? [] : growthOf(pattern).map((at) => `${file} ${at}`),
      ),
    );
    expect(growing).toEqual([]);
  });

  it.each([
    ["const A = /^(?:a+)+$/;", "/^(?:a+)+$/: exponential in a"],
    ["text.replace(/\\/+$/, '');", "/\\/+$/: quadratic in \\/"],
    ["text.match(/^a*:a*a*$/i);", "/^a*:a*a*$/i: quadratic in A"],
    ["new RegExp('b+c', 'g');", "/b+c/g: quadratic in b"],
    ["const B = 'b+'; const make = () => RegExp(`$" + "{B}c$" + "{d}`);", "/b+ca/: quadratic in b"],
  ])("is found to grow faster in %j", (code, growth) => {
    expect(patternsIn(code).flatMap(growthOf)).toEqual([growth]);
  });

  it("is not known of a pattern that the running program makes", () => {
    const patterns = patternsIn("new RegExp(texts.join('|'), 'g'); const f = (text) => new RegExp(text);");
    expect(patterns.map(({ source }) => source)).toEqual([undefined, undefined]);
  });
});
