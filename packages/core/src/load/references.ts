import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Problems } from "./problems.ts";

/** Where values that must not stand in a file come from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that paths of files start from. */
  readonly folder: string;
}

/**
 * A copy with every `{ "env": "NAME" }` replaced by that variable's text, and every `{ "file": "path" }` by that file's, without the end
 * of its last line. What is missing or empty is a problem, and absent from the copy.
 */
export function resolveReferences(
  value: unknown,
  path: readonly string[],
  sources: Sources,
  problems: Problems,
): unknown {
  if (Array.isArray(value)) {
    return value.map((item, at) => resolveReferences(item, [...path, String(at)], sources, problems));
  }
  // What a configuration in TypeScript has made already, a provider or a store, is nobody's to copy.
  if (!isPlainObject(value) || Object.values(value).some((inner) => typeof inner === "function")) return value;
  const [[name, target] = [], ...rest] = Object.entries(value);
  if (rest.length === 0 && typeof target === "string") {
    if (name === "env") return fromEnvironment(target, path, sources, problems);
    if (name === "file") return fromFile(target, path, sources, problems);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveReferences(inner, [...path, key], sources, problems)]),
  );
}

function fromEnvironment(name: string, path: readonly string[], { env }: Sources, problems: Problems) {
  const text = Object.hasOwn(env, name) ? env[name] : undefined;
  if (text) return text;
  problems.add(path, `the environment has no ${variable(name)}; set it`);
  return undefined;
}

function fromFile(file: string, path: readonly string[], { folder }: Sources, problems: Problems) {
  try {
    const text = readFileSync(resolve(folder, file), "utf8").replace(/\r?\n$/, "");
    if (text !== "") return text;
    problems.add(path, "the file is empty");
  } catch (error) {
    const { code } = error as { code?: string };
    problems.add(path, `the file cannot be read (${code ?? "unknown"})`);
  }
  return undefined;
}

/** Somebody may have put the secret itself where its name belongs. */
function variable(name: string): string {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : "such variable";
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
