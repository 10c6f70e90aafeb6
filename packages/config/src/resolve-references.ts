import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isShowableVariable, suggestName } from "@pay/core/config";
import type { Problems } from "./problems.ts";

/** Where `env` and `file` references are looked up. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly folder: string;
}

const KINDS: readonly string[] = ["env", "file"];

/**
 * A copy in which the variable's text replaces each `{ "env": "NAME" }`, and the file's text, without its last line break, replaces
 * each `{ "file": "path" }`. A missing or empty variable or file becomes a problem, and the copy holds `undefined` in its place.
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
  if (!isPlainObject(value) || isMade(value, path)) return value;
  // A provider may be named env.
  const isAtText = path.length > 1 || (path.length === 1 && path[0] !== "providers");
  if (isAtText && isReference(value)) return resolveReference(value, path, sources, problems);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveReferences(inner, [...path, key], sources, problems)]),
  );
}

export function isReference(value: unknown): boolean {
  const keys = isPlainObject(value) ? Object.keys(value) : [];
  return keys.length > 0 && keys.every((key) => KINDS.includes(key));
}

/**
 * True for a provider or a store that a module made itself. Those are used as they are; only the configuration itself may have functions.
 */
function isMade(value: Readonly<Record<string, unknown>>, path: readonly string[]): boolean {
  if (path.length === 0 || typeof value.use === "string") return false;
  return Object.values(value).some((inner) => typeof inner === "function");
}

/** A further remedy for a refused value that looks like a misspelt reference. */
export function hintAt(value: unknown): string {
  const isMeant = isPlainObject(value) && Object.keys(value).some((key) => suggestName(key, KINDS));
  return isMeant ? '; to keep it elsewhere, write { "env": "NAME" } or { "file": "path" } and nothing else' : "";
}

function resolveReference(
  { env, file }: Readonly<Record<string, unknown>>,
  path: readonly string[],
  sources: Sources,
  problems: Problems,
) {
  if (env !== undefined && file !== undefined) {
    problems.add(path, "must have env or file, not both");
    return undefined;
  }
  return file === undefined
    ? fromEnvironment(env, [...path, "env"], sources, problems)
    : fromFile(file, [...path, "file"], sources, problems);
}

/** The secret itself may stand where the variable's name belongs: then the problem does not show it. */
function fromEnvironment(name: unknown, path: readonly string[], { env }: Sources, problems: Problems) {
  if (typeof name !== "string" || name === "") {
    problems.add(path, "must be the name of an environment variable");
    return undefined;
  }
  const text = Object.hasOwn(env, name) ? env[name] : undefined;
  if (text) return text;
  const variable = isShowableVariable(name) ? `variable ${name}` : "variable named here";
  problems.add(path, `the environment ${variable} is ${text === "" ? "empty" : "not set"}`);
  return undefined;
}

function fromFile(file: unknown, path: readonly string[], { folder }: Sources, problems: Problems) {
  if (typeof file !== "string" || file === "") {
    problems.add(path, "must be the path of a file");
    return undefined;
  }
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

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    const given = (inner ?? {}) as Readonly<Record<string, unknown>>;
    return Object.hasOwn(given, key) ? given[key] : undefined;
  }, value);
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
